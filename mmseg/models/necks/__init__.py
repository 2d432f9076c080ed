"""Necks: modules between a backbone and the heads."""
from .channel_mapper import ChannelMapper
from .featurepyramid import Feature2Pyramid
from .fpn import FPN
from .fpnc import FPNC
from .gap import GlobalAveragePooling
from .ic_neck import ICNeck
from .jpu import JPU
from .mla_neck import MLANeck
from .multilevel_neck import MultiLevelNeck

__all__ = ['ChannelMapper', 'FPN', 'FPNC', 'Feature2Pyramid', 'GlobalAveragePooling', 'ICNeck',
           'JPU', 'MLANeck', 'MultiLevelNeck']
