"""Building blocks that several networks share."""
from .inverted_residual import InvertedResidual, InvertedResidualV3
from .make_divisible import make_divisible
from .res_block import BasicBlock, Bottleneck, ResidualBlock
from .res_layer import ResLayer
from .same_pad_conv import SamePadConv2d
from .se_layer import SELayer
from .self_attention_block import SelfAttentionBlock
from .up_conv_block import UpConvBlock

__all__ = [
    'BasicBlock', 'Bottleneck', 'InvertedResidual', 'InvertedResidualV3', 'ResLayer',
    'ResidualBlock', 'SELayer', 'SamePadConv2d', 'SelfAttentionBlock', 'UpConvBlock',
    'make_divisible'
]
