"""Necks: what stands between a backbone's features and the heads."""
from .fpn import FPN
from .ic_neck import ICNeck
from .jpu import JPU
from .multilevel_neck import MultiLevelNeck

__all__ = ['FPN', 'ICNeck', 'JPU', 'MultiLevelNeck']
