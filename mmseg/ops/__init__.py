"""Tensor operations that know nothing of models: resizing, deformable convolution, encoding."""
from mmseg.utils import mmcv_compat  # noqa: F401  before anything uses mmcv

from .deform_attention import MultiScaleDeformableAttention, register_deform_attention
from .deform_conv import (
    DeformConv2dPack,
    ModulatedDeformConv2dPack,
    portable_deform_convs,
    register_deform_conv,
)
from .depthwise import DilatedDepthwiseConv2d, speed_up_depthwise
from .encoding import Encoding
from .page_mean import PageMean, PageMeans
from .pooling import adaptive_avg_pool, pool_spans
from .winograd import RowWinogradConv2d, speed_up_training
from .wrappers import Upsample, resize

register_deform_conv()
register_deform_attention()

__all__ = [
    'DeformConv2dPack', 'DilatedDepthwiseConv2d', 'Encoding', 'ModulatedDeformConv2dPack',
    'MultiScaleDeformableAttention', 'PageMean', 'PageMeans', 'RowWinogradConv2d', 'Upsample',
    'adaptive_avg_pool', 'pool_spans', 'portable_deform_convs', 'register_deform_attention',
    'register_deform_conv', 'resize', 'speed_up_depthwise', 'speed_up_training'
]
