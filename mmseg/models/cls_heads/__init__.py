"""Classification heads: feature maps in, logits of the page's type out."""
from .cls_head import ClsHead

__all__ = ['ClsHead']
