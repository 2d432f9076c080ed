"""Optimizers whose learning rate falls from the head of a network down to its first layers.

Bao et al., "BEiT: BERT Pre-Training of Image Transformers", ICLR 2022, section 3.2 (layer-wise
decay), as also ConvNeXt and MAE are fine-tuned.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import torch
from mmcv.runner import DefaultOptimizerConstructor

from mmseg.core.builder import OPTIMIZER_BUILDERS
from mmseg.utils import get_root_logger
from mmseg.utils.errors import InputError, nearest

_TOKENS = ('backbone.cls_token', 'backbone.mask_token', 'backbone.pos_embed')


def _numbers(prefix: str, var_name: str) -> list[int] | None:
    """The whole numbers among the parts of a name right after ``prefix``; None for others."""
    found = re.match(re.escape(prefix) + r'((?:\.\d+)+)\.', var_name)
    return [int(part) for part in found[1].split('.')[1:]] if found else None


def get_layer_id_for_convnext(var_name: str, max_layer_id: int) -> int:
    """Which layer a parameter of ConvNeXt belongs to, from 0 to ``max_layer_id + 1`` (the head).

    Three blocks of the third stage make a layer, each other stage is one.

    Args:
        var_name: The parameter's name in the segmentor.
        max_layer_id: Number of the last stage's layer.
    """
    if var_name in _TOKENS:
        return 0
    down = _numbers('backbone.downsample_layers', var_name)
    if down is not None:
        return (0, 2, 3, max_layer_id)[down[0]]
    block = _numbers('backbone.stages', var_name)
    if block is None:
        return max_layer_id + 1
    stage = block[0]
    return (1, 2, 3 + block[1] // 3, max_layer_id)[stage]


def get_stage_id_for_convnext(var_name: str, max_stage_id: int) -> int:
    """Which stage a parameter of ConvNeXt belongs to, from 0 to ``max_stage_id - 1`` (the head).

    Args:
        var_name: The parameter's name in the segmentor.
        max_stage_id: Number of groups of stages.
    """
    if var_name in _TOKENS or var_name.startswith('backbone.downsample_layers'):
        return 0
    stage = _numbers('backbone.stages', var_name)
    return max_stage_id - 1 if stage is None else stage[0] + 1


def get_layer_id_for_vit(var_name: str, max_layer_id: int) -> int:
    """Which layer a parameter of a plain transformer belongs to, up to ``max_layer_id - 1``.

    Args:
        var_name: The parameter's name in the segmentor.
        max_layer_id: Number of groups of layers.
    """
    if var_name in _TOKENS or var_name.startswith('backbone.patch_embed'):
        return 0
    layer = _numbers('backbone.layers', var_name)
    return max_layer_id - 1 if layer is None else layer[0] + 1


@OPTIMIZER_BUILDERS.register_module()
class LearningRateDecayOptimizerConstructor(DefaultOptimizerConstructor):
    """Builds an optimizer whose learning rate falls by ``decay_rate`` from layer to layer.

    ``paramwise_cfg`` has ``num_layers`` (layers of the backbone), ``decay_rate`` and
    ``decay_type``: ``'layer_wise'`` (ConvNeXt, BEiT, MAE, VisionTransformer) or ``'stage_wise'``
    (ConvNeXt). A backbone of one's own counts as the one whose name is part of its class's or a
    base class's name. Weights with one axis and biases have no weight decay.

    Args:
        optimizer_cfg: ``type`` and arguments of the optimizer.
        paramwise_cfg: See above; ``decay_type`` is ``'layer_wise'`` where not given.

    Raises:
        InputError: A key of ``paramwise_cfg`` is missing or not known.
    """

    def __init__(self, optimizer_cfg: dict, paramwise_cfg: dict | None = None) -> None:
        super().__init__(optimizer_cfg, self._complete(paramwise_cfg or {}))

    def add_params(self, params: list[dict], module: torch.nn.Module, **kwargs: Any) -> None:
        """Add ``module``'s parameters to ``params``, a group for each learning rate and decay.

        Args:
            params: Groups, which this extends.
            module: The segmentor.

        Raises:
            InputError: The backbone has no layers that ``decay_type`` could number.
        """
        count = self.paramwise_cfg['num_layers'] + 2
        layer_of = self._numbering(module, self.paramwise_cfg)
        groups: dict[str, dict] = {}
        for name, weight in module.named_parameters():
            if not weight.requires_grad:
                continue
            plain = weight.dim() == 1 or name.endswith('.bias')
            layer = layer_of(name, count)
            key = f'layer_{layer}_{"no_decay" if plain else "decay"}'
            if key not in groups:
                scale = self.paramwise_cfg['decay_rate']**(count - layer - 1)
                groups[key] = dict(
                    weight_decay=0. if plain else self.base_wd, params=[], param_names=[],
                    lr_scale=scale, group_name=key, lr=scale * self.base_lr)
            groups[key]['params'].append(weight)
            groups[key]['param_names'].append(name)
        for key, group in groups.items():
            get_root_logger().debug(f'{key}: {len(group["params"])} parameters, learning rate '
                                    f'{group["lr"]:.3g}, weight decay {group["weight_decay"]}')
        params.extend(groups.values())

    def _complete(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """``paramwise_cfg`` with known keys, and all of them."""
        known = ('num_layers', 'decay_rate', 'decay_type')
        for key in given:
            if key not in known:
                raise InputError(f"paramwise_cfg of {type(self).__name__} has the unknown key "
                                 f"'{key}'{nearest(key, known)}; it takes {', '.join(known)}")
        for key in known[:2]:
            if given.get(key) is None:
                raise InputError(f'{type(self).__name__} needs paramwise_cfg.{key}, which the '
                                 'optimizer config does not give')
        return {'decay_type': 'layer_wise', **given}

    @staticmethod
    def _numbering(module: torch.nn.Module, settings: dict) -> Callable[[str, int], int]:
        """The function that tells a parameter's layer, for the backbone of ``module``."""
        kinds = [cls.__name__ for cls in type(module.backbone).__mro__]
        convnext = any('ConvNeXt' in kind for kind in kinds)
        transformer = any(name in kind for kind in kinds
                          for name in ('BEiT', 'MAE', 'VisionTransformer'))
        if settings['decay_type'] == 'stage_wise' and convnext:
            return get_stage_id_for_convnext
        if settings['decay_type'] == 'layer_wise' and convnext:
            return lambda name, _: get_layer_id_for_convnext(name, settings['num_layers'])
        if settings['decay_type'] == 'layer_wise' and transformer:
            return get_layer_id_for_vit
        raise InputError(f"the learning rate cannot decay by decay_type='{settings['decay_type']}' "
                         f'over a backbone of type {kinds[0]}; layer_wise takes ConvNeXt, BEiT, '
                         'MAE and VisionTransformer, stage_wise takes ConvNeXt, and classes with '
                         'these names in theirs')


@OPTIMIZER_BUILDERS.register_module()
class LayerDecayOptimizerConstructor(LearningRateDecayOptimizerConstructor):
    """The same under the name and key (``layer_decay_rate``) of BEiT's and MAE's configs."""

    def __init__(self, optimizer_cfg: dict, paramwise_cfg: dict | None = None) -> None:
        paramwise_cfg = dict(paramwise_cfg or {})
        if 'layer_decay_rate' in paramwise_cfg:
            paramwise_cfg['decay_rate'] = paramwise_cfg.pop('layer_decay_rate')
        super().__init__(optimizer_cfg, paramwise_cfg)
