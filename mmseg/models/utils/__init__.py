"""Building blocks that several networks share."""
from .attention import (
    FFN,
    MultiheadAttention,
    SpatialReductionAttention,
    add_norm,
    check_heads,
    drop_path_rates,
    join_heads,
    split_heads,
)
from .embed import AdaptivePadding, PatchEmbed, PatchMerging
from .inverted_residual import InvertedResidual, InvertedResidualV3
from .make_divisible import make_divisible
from .res_block import BasicBlock, Bottleneck, ResidualBlock
from .res_layer import ResLayer
from .same_pad_conv import SamePadConv2d
from .se_layer import SELayer
from .self_attention_block import SelfAttentionBlock
from .shape_convert import nchw2nlc2nchw, nchw_to_nlc, nlc2nchw2nlc, nlc_to_nchw
from .up_conv_block import UpConvBlock
from .windows import join_windows, pad_to_windows, split_windows

__all__ = [
    'AdaptivePadding', 'BasicBlock', 'Bottleneck', 'FFN', 'InvertedResidual', 'InvertedResidualV3',
    'MultiheadAttention', 'PatchEmbed', 'PatchMerging', 'ResLayer', 'ResidualBlock', 'SELayer',
    'SamePadConv2d', 'SelfAttentionBlock', 'SpatialReductionAttention', 'UpConvBlock', 'add_norm',
    'check_heads', 'drop_path_rates', 'join_heads', 'join_windows', 'make_divisible',
    'nchw2nlc2nchw', 'nchw_to_nlc', 'nlc2nchw2nlc', 'nlc_to_nchw', 'pad_to_windows', 'split_heads',
    'split_windows'
]
