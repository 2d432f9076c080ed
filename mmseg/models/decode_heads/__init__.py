"""Decode heads: feature maps in, logits of every pixel out."""
from .aspp_head import ASPPHead
from .cascade_decode_head import BaseCascadeDecodeHead
from .decode_head import BaseDecodeHead
from .fcn_head import FCNHead
from .fpn_head import FPNHead
from .lraspp_head import LRASPPHead
from .psp_head import PPM, PSPHead
from .sep_aspp_head import DepthwiseSeparableASPPHead
from .sep_fcn_head import DepthwiseSeparableFCNHead
from .uper_head import UPerHead

__all__ = [
    'ASPPHead', 'BaseCascadeDecodeHead', 'BaseDecodeHead', 'DepthwiseSeparableASPPHead',
    'DepthwiseSeparableFCNHead', 'FCNHead', 'FPNHead', 'LRASPPHead', 'PPM', 'PSPHead', 'UPerHead'
]
