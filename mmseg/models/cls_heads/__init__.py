"""Classification heads: feature maps in, logits of the page's type out."""
from .cls_head import ClsHead
from .inputs import cls_head_inputs

__all__ = ['ClsHead', 'cls_head_inputs']
