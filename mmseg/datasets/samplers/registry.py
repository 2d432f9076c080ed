"""The orders of pages that a config may name."""
from mmcv.utils import Registry

from mmseg.utils.registry import build_from_cfg

SAMPLERS = Registry('sampler', build_func=build_from_cfg)
