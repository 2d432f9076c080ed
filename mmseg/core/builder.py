"""Optimizers from config dicts."""
from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch
from mmcv.runner.optimizer import OPTIMIZER_BUILDERS as MMCV_OPTIMIZER_BUILDERS
from mmcv.utils import Registry

OPTIMIZER_BUILDERS = Registry('optimizer builder', parent=MMCV_OPTIMIZER_BUILDERS)


def build_optimizer_constructor(cfg: Mapping[str, Any]) -> Any:
    """The optimizer constructor that ``cfg['type']`` names, ours or mmcv's.

    Args:
        cfg: ``type``, ``optimizer_cfg`` and ``paramwise_cfg``.

    Raises:
        UnknownNameError: No constructor of that name.
    """
    options = dict(cfg)
    name = options.get('type')
    # a registry does not look a bare name up in its parent
    is_mmcvs = isinstance(name, str) and name not in OPTIMIZER_BUILDERS.module_dict and (
        name in MMCV_OPTIMIZER_BUILDERS.module_dict)
    return (MMCV_OPTIMIZER_BUILDERS if is_mmcvs else OPTIMIZER_BUILDERS).build(options)


def build_optimizer(model: torch.nn.Module, cfg: Mapping[str, Any]) -> torch.optim.Optimizer:
    """The optimizer of ``model``'s parameters.

    Args:
        model: With the parameters to train.
        cfg: ``type`` and arguments of the optimizer; ``paramwise_cfg`` changes learning rate and
            decay of some parameters, in the way of ``constructor``
            (``'DefaultOptimizerConstructor'`` by default).
    """
    options = copy.deepcopy(dict(cfg))
    constructor = build_optimizer_constructor(dict(
        type=options.pop('constructor', 'DefaultOptimizerConstructor'),
        paramwise_cfg=options.pop('paramwise_cfg', None), optimizer_cfg=options))
    return constructor(model)
