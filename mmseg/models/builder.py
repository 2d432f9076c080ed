"""Registries of network parts, and building them from configs."""
from typing import Any

from mmcv.cnn import MODELS as MMCV_MODELS
from mmcv.cnn.bricks.registry import ATTENTION as MMCV_ATTENTION
from mmcv.utils import Registry

from ..ops import speed_up_depthwise
from ..utils.errors import InputError
from ..utils.network_size import limited_layers
from ..utils.registry import build_from_cfg
from .output_names import OutputNames, name_outputs


def _build(cfg: dict | list, registry: Registry, default_args: dict | None = None) -> Any:
    """Build one part, or a ``Sequential`` of parts from a list of configs."""
    if isinstance(cfg, list):
        from mmcv.runner import Sequential
        return Sequential(*(build_from_cfg(part, registry, default_args) for part in cfg))
    return build_from_cfg(cfg, registry, default_args)


MODELS = Registry('models', parent=MMCV_MODELS, build_func=_build, scope='mmseg')
ATTENTION = Registry('attention', parent=MMCV_ATTENTION, build_func=build_from_cfg, scope='mmseg')
# One registry under the names by which users of 0.x and its sister projects register their parts.
BACKBONES = NECKS = HEADS = LOSSES = SEGMENTORS = CLASSIFIERS = DETECTORS = MODELS


def build_backbone(cfg: dict) -> Any:
    """Return the backbone that ``cfg`` describes."""
    return BACKBONES.build(cfg)


def build_neck(cfg: dict) -> Any:
    """Return the neck that ``cfg`` describes."""
    return NECKS.build(cfg)


def build_head(cfg: dict) -> Any:
    """Return the decode, auxiliary or cls head that ``cfg`` describes."""
    return HEADS.build(cfg)


def build_loss(cfg: dict) -> Any:
    """Return the loss that ``cfg`` describes."""
    return LOSSES.build(cfg)


def build_segmentor(cfg: dict, train_cfg: dict | None = None, test_cfg: dict | None = None,
                    names: OutputNames | None = None,
                    default_names: OutputNames | None = None) -> Any:
    """Return the network that a config's ``model`` describes.

    Args:
        cfg: The ``model`` part of a config.
        train_cfg: For configs that keep ``train_cfg`` outside ``model``.
        test_cfg: For configs that keep ``test_cfg`` outside ``model``.
        names: What its outputs are called: its ``CLASSES``, ``PALETTE`` and ``PAGE_CLASSES``.
        default_names: The same for what ``names`` leaves open, where the numbers agree.

    Raises:
        InputError: ``train_cfg`` or ``test_cfg`` is given both in the model and outside it, or the
            network has more than 30,000 layers.
    """
    for name, outer in (('train_cfg', train_cfg), ('test_cfg', test_cfg)):
        if outer is not None and cfg.get(name) is not None:
            raise InputError(f'{name} is given both in model and outside it; keep one of the two')
    with limited_layers('the model'):
        model = SEGMENTORS.build(cfg, default_args=dict(train_cfg=train_cfg, test_cfg=test_cfg))
    speed_up_depthwise(model)
    if names is not None or default_names is not None:
        name_outputs(model, names or OutputNames(), default_names or OutputNames())
    return model
