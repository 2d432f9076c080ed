"""How the parts of a classifier are found by their names."""
from __future__ import annotations

import inspect
from typing import Any

from mmcv.utils import Registry

from ...utils.registry import build_from_cfg, parameters_of
from ..builder import MODELS, build_segmentor

# Parts whose names mean something else in segmentors; within classifiers these are taken first.
CLASSIFICATION = Registry('classification', build_func=build_from_cfg, scope='classification')
_SCOPE = 'mmcls.'


def build_part(cfg: dict) -> Any:
    """Return the backbone, neck, head or loss that ``cfg`` describes, in a classifier.

    A name means what MMClassification calls so, where it takes all arguments that ``cfg`` gives;
    else the part of that name in the registry of models, where users register their own.

    Args:
        cfg: ``type``, with or without ``mmcls.`` before it, and arguments.
    """
    kind = cfg.get('type')
    name = kind.removeprefix(_SCOPE) if isinstance(kind, str) else None
    part = CLASSIFICATION.module_dict.get(name)
    if part is None:
        return MODELS.build(cfg)
    taken = inspect.signature(part).parameters
    known = parameters_of(part) if 'kwargs' in taken else set(taken)
    if name in MODELS.module_dict and not set(cfg) <= {'type', *known}:
        return MODELS.build(dict(cfg, type=name))
    return CLASSIFICATION.build(dict(cfg, type=name))


def build_classifier(cfg: dict, train_cfg: dict | None = None,
                     test_cfg: dict | None = None) -> Any:
    """Return the network that a config's ``model`` describes; the same as ``build_segmentor``."""
    return build_segmentor(cfg, train_cfg, test_cfg)
