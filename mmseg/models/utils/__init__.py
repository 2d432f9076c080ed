"""Building blocks that several networks share."""
from .res_block import BasicBlock, Bottleneck, ResidualBlock
from .res_layer import ResLayer

__all__ = ['BasicBlock', 'Bottleneck', 'ResLayer', 'ResidualBlock']
