"""Backbones that configs of MMSegmentation 0.x take from MMClassification, known without it."""
from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TypeVar

from mmcv.cnn import MODELS as MMCV_MODELS
from mmcv.cnn import NORM_LAYERS
from mmcv.utils import Registry

Class = TypeVar('Class', bound=type)


def _has_mmcls() -> bool:
    """Whether MMClassification 0.x is there, which keeps these names for itself."""
    try:
        return version('mmcls').startswith('0.')
    except PackageNotFoundError:
        return False


HAS_MMCLS = _has_mmcls()
MMCLS = None if HAS_MMCLS else Registry('models', parent=MMCV_MODELS, scope='mmcls')


def known_in_mmcls(cls: Class) -> Class:
    """``cls``, which configs then find as ``mmcls.<its name>`` too."""
    if MMCLS is not None:
        MMCLS.register_module(module=cls)
    return cls


def norm_of_mmcls(name: str, cls: Class) -> Class:
    """``cls``, which ``norm_cfg`` then finds as ``name``."""
    if not HAS_MMCLS:
        NORM_LAYERS.register_module(name, module=cls)
    return cls
