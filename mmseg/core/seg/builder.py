"""Registry of pixel samplers."""
from __future__ import annotations

from typing import Any

from mmcv.utils import Registry

from ...utils.registry import build_from_cfg

PIXEL_SAMPLERS = Registry('pixel sampler')


def build_pixel_sampler(cfg: dict, **default_args: Any) -> Any:
    """The pixel sampler that ``cfg`` describes; ``default_args`` fill in what it leaves out."""
    return build_from_cfg(cfg, PIXEL_SAMPLERS, default_args)
