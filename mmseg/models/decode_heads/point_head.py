"""Point head."""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from ...ops import resize
from ...utils.errors import InputError
from ...utils.precision import in_full
from ..builder import HEADS
from ..losses import accuracy
from .cascade_decode_head import BaseCascadeDecodeHead


def point_sample(input: Tensor, points: Tensor, align_corners: bool = False,
                 mode: str = 'bilinear') -> Tensor:
    """Values ``(N, C, P)`` of a map at points, in the precision of the points.

    Coordinates in 16 bits would miss the pixels' centres.

    Args:
        input: ``(N, C, h, w)``.
        points: x and y of each point ``(N, P, 2)``, from 0 to 1 over the map.
        align_corners: Whether 0 and 1 are the centres of the outer pixels, or their outer edges.
        mode: ``'bilinear'`` or ``'nearest'``.
    """
    grid = (2 * points - 1).unsqueeze(2)
    values = F.grid_sample(input.to(grid.dtype), grid, mode=mode, align_corners=align_corners)
    return values.squeeze(3)


def calculate_uncertainty(seg_logits: Tensor) -> Tensor:
    """How near the second class comes to the first, ``(N, 1, ...)``, at most 0.

    Args:
        seg_logits: ``(N, K, ...)``.
    """
    first, second = seg_logits.topk(2, dim=1).values.split(1, dim=1)
    return second - first


# Scripted in a trace: a small image may have fewer pixels than points, a large one more.
@torch.jit.script_if_tracing
def _largest(values: Tensor, count: int) -> Tensor:
    """Places ``(N, P)`` of the ``count`` largest of ``values (N, L)``, or of all."""
    return values.topk(min(count, values.shape[1]), dim=1)[1]


def _setting(cfg: Mapping | None, key: str, where: str) -> Any:
    """``cfg[key]``, which PointHead cannot do without."""
    if cfg is None or key not in cfg:
        raise InputError(f'PointHead needs {where}.{key}, which model.{where} does not give')
    return cfg[key]


@HEADS.register_module()
class PointHead(BaseCascadeDecodeHead):
    """Second look at the points where coarse logits are unsure (Kirillov et al., "PointRend: Image
    Segmentation as Rendering", CVPR 2020).

    It is the last of the heads of a ``CascadeEncoderDecoder``. Training reads ``num_points``,
    ``oversample_ratio`` and ``importance_sample_ratio`` from ``train_cfg``; a test reads
    ``subdivision_steps``, ``subdivision_num_points`` and ``scale_factor`` from ``test_cfg``.

    Args:
        num_fcs: Layers before the classifier.
        coarse_pred_each_layer: Whether every layer sees the coarse logits, not only the first.
        conv_cfg: Config of the layers.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
        **kwargs: See :class:`BaseDecodeHead`; ``in_channels`` and ``in_index`` are lists.
    """

    def __init__(self, num_fcs: int = 3, coarse_pred_each_layer: bool = True,
                 conv_cfg: dict | None = dict(type='Conv1d'), norm_cfg: dict | None = None,
                 act_cfg: dict | None = dict(type='ReLU', inplace=False), **kwargs: Any) -> None:
        super().__init__(
            input_transform='multiple_select', conv_cfg=conv_cfg, norm_cfg=norm_cfg,
            act_cfg=act_cfg, init_cfg=dict(type='Normal', std=0.01,
                                           override=dict(name='fc_seg')), **kwargs)
        self.num_fcs, self.coarse_pred_each_layer = num_fcs, coarse_pred_each_layer
        extra = self.num_classes if coarse_pred_each_layer else 0
        channels = [sum(self.in_channels) + self.num_classes]
        channels += [self.channels + extra] * num_fcs
        style = dict(conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.fcs = nn.ModuleList(ConvModule(count, self.channels, 1, **style)
                                 for count in channels[:-1])
        self.fc_seg = nn.Conv1d(channels[-1], self.num_classes, 1)
        # Points have one axis less than the images for which the base head made these.
        self.dropout = nn.Dropout(self.dropout_ratio) if self.dropout_ratio > 0 else None
        del self.conv_seg

    def cls_seg(self, feat: Tensor) -> Tensor:
        """Logits ``(N, K, P)`` of the points' features ``(N, C, P)``."""
        return self.fc_seg(feat if self.dropout is None else self.dropout(feat))

    def forward(self, fine_grained_point_feats: Tensor, coarse_point_feats: Tensor) -> Tensor:
        """Logits ``(N, K, P)`` of points.

        Args:
            fine_grained_point_feats: Features of the points ``(N, C, P)``.
            coarse_point_feats: Coarse logits of the points ``(N, K, P)``.
        """
        x = torch.cat([fine_grained_point_feats, coarse_point_feats], dim=1)
        for layer in self.fcs:
            x = layer(x)
            if self.coarse_pred_each_layer:
                x = torch.cat([x, coarse_point_feats], dim=1)
        return self.cls_seg(x)

    def _point_logits(self, features: Sequence[Tensor], coarse: Tensor, points: Tensor) -> Tensor:
        """Logits ``(N, K, P)`` at ``points (N, P, 2)``."""
        fine = [point_sample(x, points, self.align_corners) for x in features]
        return self(torch.cat(fine, dim=1), point_sample(coarse, points, self.align_corners))

    def forward_train(self, inputs: Sequence[Tensor], prev_output: Tensor, img_metas: list[dict],
                      gt_semantic_seg: Tensor, train_cfg: dict | None) -> dict[str, Tensor]:
        """Losses by name, and ``acc_point``, for labels ``(N, 1, H, W)``."""
        features = self._transform_inputs(inputs)
        points = self.get_points_train(prev_output, calculate_uncertainty, cfg=train_cfg)
        logits = self._point_logits(features, prev_output, points)
        label = point_sample(gt_semantic_seg.float(), points, self.align_corners, mode='nearest')
        return self.losses(logits, label.squeeze(1).long())

    def forward_test(self, inputs: Sequence[Tensor], prev_output: Tensor, img_metas: list[dict],
                     test_cfg: dict | None) -> Tensor:
        """Logits ``(N, K, h, w)``, each step enlarged and then replaced at the uncertain points."""
        features = self._transform_inputs(inputs)
        refined = prev_output = in_full(prev_output)
        for _ in range(_setting(test_cfg, 'subdivision_steps', 'test_cfg')):
            refined = resize(refined, scale_factor=_setting(test_cfg, 'scale_factor', 'test_cfg'),
                             mode='bilinear', align_corners=self.align_corners)
            places, points = self.get_points_test(refined, calculate_uncertainty, cfg=test_cfg)
            logits = self._point_logits(features, prev_output, points)
            index = places.unsqueeze(1).expand(-1, logits.shape[1], -1)
            replaced = refined.flatten(2).scatter(2, index, logits.to(refined.dtype))
            refined = replaced.reshape(refined.shape)
        return refined

    def losses(self, point_logits: Tensor, point_label: Tensor) -> dict[str, Tensor]:
        """Losses, named ``point`` and the loss's name, and the accuracy ``acc_point`` in percent.

        Args:
            point_logits: ``(N, K, P)``.
            point_label: ``(N, P)``.
        """
        several = isinstance(self.loss_decode, nn.ModuleList)
        result: dict[str, Tensor] = {}
        for loss in self.loss_decode if several else [self.loss_decode]:
            value = loss(point_logits.float(), point_label, ignore_index=self.ignore_index)
            name = f'point{loss.loss_name}'
            result[name] = result[name] + value if name in result else value
        result['acc_point'] = accuracy(point_logits, point_label, ignore_index=self.ignore_index)
        return result

    @torch.no_grad()
    def get_points_train(self, seg_logits: Tensor, uncertainty_func: Callable[[Tensor], Tensor],
                         cfg: Mapping | None) -> Tensor:
        """Points ``(N, num_points, 2)`` to learn from: the least sure of many drawn at random,
        topped up with others that are random (section 3.1).

        Args:
            seg_logits: Coarse logits ``(N, K, h, w)``.
            uncertainty_func: Gives the uncertainty ``(N, 1, P)`` of logits ``(N, K, P)``.
            cfg: ``num_points``, ``oversample_ratio`` (candidates a point, at least 1) and
                ``importance_sample_ratio`` (share of the unsure points, in [0, 1]).

        Raises:
            InputError: A ratio of ``cfg`` out of range.
        """
        wanted, many, share = (
            _setting(cfg, key, 'train_cfg')
            for key in ('num_points', 'oversample_ratio', 'importance_sample_ratio'))
        if many < 1 or not 0 <= share <= 1:
            raise InputError('PointHead needs train_cfg.oversample_ratio of at least 1 and '
                             f'train_cfg.importance_sample_ratio in [0, 1], got {many} and {share}')
        count = len(seg_logits)
        candidates = torch.rand(count, int(wanted * many), 2, device=seg_logits.device)
        unsure = int(wanted * share)
        uncertainty = uncertainty_func(point_sample(seg_logits.float(), candidates)).squeeze(1)
        best = uncertainty.topk(unsure, dim=1).indices.unsqueeze(2).expand(-1, -1, 2)
        others = torch.rand(count, wanted - unsure, 2, device=seg_logits.device)
        return torch.cat([candidates.gather(1, best), others], dim=1)

    @torch.no_grad()
    def get_points_test(self, seg_logits: Tensor, uncertainty_func: Callable[[Tensor], Tensor],
                        cfg: Mapping | None) -> tuple[Tensor, Tensor]:
        """The least sure pixels: their places ``(N, P)`` in the flattened map, and as points.

        Args:
            seg_logits: Logits ``(N, K, h, w)``.
            uncertainty_func: Gives the uncertainty ``(N, 1, h, w)`` of logits.
            cfg: ``subdivision_num_points``, the number of pixels, or all where there are fewer.

        Returns:
            Places ``(N, P)``, and x and y of the pixels' centres ``(N, P, 2)``, from 0 to 1.
        """
        height, width = seg_logits.shape[2:]
        places = _largest(uncertainty_func(seg_logits).flatten(1),
                          _setting(cfg, 'subdivision_num_points', 'test_cfg'))
        x = (places % width + 0.5) / width
        y = (places.div(width, rounding_mode='floor') + 0.5) / height
        return places, torch.stack([x, y], dim=2)
