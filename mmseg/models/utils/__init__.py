"""Building blocks that several networks share."""
from .inverted_residual import InvertedResidual, InvertedResidualV3
from .make_divisible import make_divisible
from .res_block import BasicBlock, Bottleneck, ResidualBlock
from .res_layer import ResLayer
from .same_pad_conv import SamePadConv2d
from .se_layer import SELayer
from .self_attention_block import SelfAttentionBlock

__all__ = [
    'BasicBlock', 'Bottleneck', 'InvertedResidual', 'InvertedResidualV3', 'ResLayer',
    'ResidualBlock', 'SELayer', 'SamePadConv2d', 'SelfAttentionBlock', 'make_divisible'
]
