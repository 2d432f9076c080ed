"""Decode heads: feature maps in, logits of every pixel out."""
from .aspp_head import ASPPHead
from .cascade_decode_head import BaseCascadeDecodeHead
from .decode_head import BaseDecodeHead
from .fcn_head import FCNHead
from .sep_aspp_head import DepthwiseSeparableASPPHead

__all__ = [
    'ASPPHead', 'BaseCascadeDecodeHead', 'BaseDecodeHead', 'DepthwiseSeparableASPPHead', 'FCNHead'
]
