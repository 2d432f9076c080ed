"""Encoder and decoder of Deformable DETR, out of mmcv's transformer layers."""
from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import torch
from mmcv.cnn import build_norm_layer
from torch import Tensor, nn

from ...utils.errors import InputError
from ..builder import MODELS

with warnings.catch_warnings():
    # It misses the compiled attention, which mmseg.ops has.
    warnings.filterwarnings('ignore', 'Fail to import ``MultiScale')
    from mmcv.cnn.bricks.transformer import BaseTransformerLayer, TransformerLayerSequence

# Arguments of a layer that configure its feed-forward part, and what mmcv calls them there.
_FFN_KEYS = {'feedforward_channels': 'feedforward_channels', 'ffn_dropout': 'ffn_drop',
             'ffn_num_fcs': 'num_fcs', 'act_cfg': 'act_cfg'}
_DECODER_PARTS = {'self_attn', 'norm', 'cross_attn', 'ffn'}


def inverse_sigmoid(x: Tensor, eps: float = 1e-5) -> Tensor:
    """The logits of scores, of the same shape; at most ``eps`` away from 0 and 1 they stay
    finite."""
    x = x.clamp(0, 1)
    return x.clamp(min=eps).log() - (1 - x).clamp(min=eps).log()


class DetrTransformerDecoderLayer(BaseTransformerLayer):
    """A layer with attention among queries, attention to the maps, and a feed-forward part.

    Args:
        attn_cfgs: Configs of the two attentions.
        operation_order: Six names, the normalisations after or before each part.
        **kwargs: See mmcv's BaseTransformerLayer.

    Raises:
        InputError: Another order.
    """

    def __init__(self, attn_cfgs: Any, operation_order: Sequence[str], **kwargs: Any) -> None:
        if len(operation_order) != 6 or set(operation_order) != _DECODER_PARTS:
            raise InputError('operation_order of DetrTransformerDecoderLayer must have six of '
                             f'{sorted(_DECODER_PARTS)}, got {operation_order}')
        super().__init__(attn_cfgs=attn_cfgs, operation_order=operation_order, **kwargs)


def _layer_config(cfg: Any) -> Any:
    """The config of a layer as mmcv takes it, with this package's type where it has one."""
    if not isinstance(cfg, dict):
        return [_layer_config(part) for part in cfg] if isinstance(cfg, (list, tuple)) else cfg
    cfg = dict(cfg)
    given = {new: cfg.pop(old) for old, new in _FFN_KEYS.items() if old in cfg}
    # without embed_dims, which mmcv takes from the attention
    usual = dict(type='FFN', feedforward_channels=1024, num_fcs=2, ffn_drop=0.0,
                 act_cfg=dict(type='ReLU', inplace=True))
    cfg.setdefault('ffn_cfgs', {**usual, **given})
    if cfg.get('type') == DetrTransformerDecoderLayer.__name__:
        cfg['type'] = DetrTransformerDecoderLayer
    return cfg


@MODELS.register_module()
class DetrTransformerEncoder(TransformerLayerSequence):
    """Layers in a row, and a normalisation after them where they normalise before their parts.

    Args:
        transformerlayers: Config of the layers, or a list with one for each.
        num_layers: How many.
        post_norm_cfg: Config of that normalisation.
        init_cfg: Initialisation config.

    Raises:
        InputError: Layers that normalise first, without ``post_norm_cfg``.
    """

    def __init__(self, transformerlayers: Any, num_layers: int,
                 post_norm_cfg: dict | None = dict(type='LN'),
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(_layer_config(transformerlayers), num_layers, init_cfg)
        if self.pre_norm and post_norm_cfg is None:
            raise InputError('DetrTransformerEncoder needs post_norm_cfg for layers whose '
                             "operation_order begins with 'norm'")
        self.post_norm = build_norm_layer(post_norm_cfg, self.embed_dims)[1] \
            if self.pre_norm else None

    def forward(self, *args: Any, **kwargs: Any) -> Tensor:
        """The queries ``(S, N, C)`` after all layers."""
        encoded = super().forward(*args, **kwargs)
        return encoded if self.post_norm is None else self.post_norm(encoded)


@MODELS.register_module()
class DeformableDetrTransformerDecoder(TransformerLayerSequence):
    """Layers in a row, each of which may move the reference points of the next one.

    Args:
        transformerlayers: Config of the layers, or a list with one for each.
        num_layers: How many.
        return_intermediate: Whether the queries after every layer come out, not only the last.
        init_cfg: Initialisation config.
    """

    def __init__(self, transformerlayers: Any, num_layers: int, return_intermediate: bool = False,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(_layer_config(transformerlayers), num_layers, init_cfg)
        self.return_intermediate = return_intermediate

    def forward(self, query: Tensor, *args: Any, reference_points: Tensor, valid_ratios: Tensor,
                reg_branches: nn.ModuleList | None = None, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Queries and reference points after the layers.

        Args:
            query: ``(Q, N, C)``.
            *args: See mmcv's BaseTransformerLayer.
            reference_points: Points ``(N, Q, 2)`` or boxes of centre and size ``(N, Q, 4)``, in
                shares of the image.
            valid_ratios: Width and height of the image on each map as shares of the map,
                ``(N, L, 2)``.
            reg_branches: What reads a correction of the box out of the queries of each layer; None
                leaves the reference points.
            **kwargs: As ``args``.

        Returns:
            ``(layers, Q, N, C)`` and ``(layers, N, Q, 2 or 4)``; without ``return_intermediate``
            those of the last layer, without the first axis.
        """
        states, references = [], []
        for number, layer in enumerate(self.layers):
            shares = valid_ratios.repeat(1, 1, reference_points.shape[-1] // 2)
            query = layer(query, *args, reference_points=reference_points[:, :, None]
                          * shares[:, None], **kwargs)
            if reg_branches is not None:
                change = reg_branches[number](query.transpose(0, 1))
                reference_points = moved(change, reference_points).detach()
            states.append(query)
            references.append(reference_points)
        if self.return_intermediate:
            return torch.stack(states), torch.stack(references)
        return query, reference_points


def moved(change: Tensor, references: Tensor) -> Tensor:
    """Boxes (centre, size) in shares of the image: ``references`` changed, before the sigmoid.

    Args:
        change: ``(..., 4)``.
        references: Boxes ``(..., 4)``, or points ``(..., 2)``, which give no size to start from.
    """
    start = inverse_sigmoid(references)
    return (change + nn.functional.pad(start, (0, 4 - start.shape[-1]))).sigmoid()
