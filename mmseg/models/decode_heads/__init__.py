"""Decode heads: feature maps in, logits of every pixel out."""
from .ann_head import ANNHead
from .apc_head import APCHead
from .aspp_head import ASPPHead
from .aspp_unet_head import ASPPUNetHead
from .cascade_decode_head import BaseCascadeDecodeHead
from .cc_head import CCHead
from .da_head import DAHead
from .decode_head import BaseDecodeHead
from .dm_head import DMHead
from .dnl_head import DNLHead
from .dpt_head import DPTHead
from .ema_head import EMAHead
from .enc_head import EncHead
from .fcn_head import FCNHead
from .fpn_head import FPNHead
from .gc_head import GCHead
from .isa_head import ISAHead
from .knet_head import IterativeDecodeHead, KernelUpdateHead, KernelUpdator
from .lraspp_head import LRASPPHead
from .nl_head import NLHead
from .ocr_head import OCRHead
from .point_head import PointHead
from .psa_head import PSAHead
from .psp_head import PPM, PSPHead
from .segformer_head import SegformerHead
from .segmenter_mask_head import SegmenterMaskTransformerHead
from .sep_aspp_head import DepthwiseSeparableASPPHead
from .sep_fcn_head import DepthwiseSeparableFCNHead
from .setr_mla_head import SETRMLAHead
from .setr_up_head import SETRUPHead
from .stdc_head import STDCHead
from .uper_head import UPerHead

__all__ = [
    'ANNHead', 'APCHead', 'ASPPHead', 'ASPPUNetHead', 'BaseCascadeDecodeHead',
    'BaseDecodeHead', 'CCHead', 'DAHead',
    'DMHead', 'DNLHead', 'DPTHead', 'DepthwiseSeparableASPPHead', 'DepthwiseSeparableFCNHead',
    'EMAHead', 'EncHead', 'FCNHead', 'FPNHead', 'GCHead', 'ISAHead', 'IterativeDecodeHead',
    'KernelUpdateHead', 'KernelUpdator', 'LRASPPHead', 'NLHead', 'OCRHead', 'PPM', 'PSAHead',
    'PSPHead', 'PointHead', 'SETRMLAHead', 'SETRUPHead', 'STDCHead', 'SegformerHead',
    'SegmenterMaskTransformerHead', 'UPerHead'
]
