"""The head of Deformable DETR: classes and boxes of the queries, and their losses."""
from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
import torch.distributed as dist
import torch.nn.functional as F
from mmcv.cnn import bias_init_with_prob, constant_init
from mmcv.runner import BaseModule
from torch import Tensor, nn

from ...core.utils import check_dist_init
from ...utils.errors import InputError
from ...utils.late_import import torchvision_ops as box_ops
from ..builder import HEADS, MODELS, build_loss
from .layers import moved
from .matching import MATCHING

_NO_LABEL = -1


class BoxOutputs(NamedTuple):
    """What the head says of a batch; D is the number of decoder layers.

    Attributes:
        logits: ``(D, N, Q, K)``.
        boxes: Centre and size in shares of the image, ``(D, N, Q, 4)``.
        proposal_logits: ``(N, S, K)`` of the encoder's places; None without two stages.
        proposal_boxes: ``(N, S, 4)``, as ``boxes``; None without two stages.
    """
    logits: Tensor
    boxes: Tensor
    proposal_logits: Tensor | None = None
    proposal_boxes: Tensor | None = None


@HEADS.register_module()
class DeformableDETRHead(BaseModule):
    """Classes and boxes of a fixed number of queries.

    Zhu et al., "Deformable DETR: Deformable Transformers for End-to-End Object Detection", ICLR
    2021. Arguments and parameter names are those of MMDetection 2.28.

    Args:
        num_classes: Classes, without background.
        in_channels: Accepted for existing configs; the neck decides the channels.
        num_query: Q, the most boxes that a page can have.
        num_reg_fcs: Layers before the last one of the branch for boxes.
        transformer: Config.
        sync_cls_avg_factor: Whether the loss of classes divides by the mean number of boxes over
            all processes.
        positional_encoding: Config; its ``num_feats`` is half the transformer's channels.
        loss_cls, loss_bbox, loss_iou: Configs of the losses.
        train_cfg: With ``assigner``, the config of the matching; None for a head that only tests.
        test_cfg: ``max_per_img``, the most boxes in a result.
        init_cfg: Initialisation config.
        with_box_refine: Whether each decoder layer starts from the boxes of the one before.
        as_two_stage: Whether queries are made of the encoder's best places.

    Raises:
        InputError: Arguments that do not go together.
    """

    def __init__(self, num_classes: int, in_channels: int | None = None, num_query: int = 100,
                 num_reg_fcs: int = 2, transformer: dict | None = None,
                 sync_cls_avg_factor: bool = False,
                 positional_encoding: dict = dict(type='SinePositionalEncoding', num_feats=128,
                                                  normalize=True),
                 loss_cls: dict = dict(type='FocalLoss', use_sigmoid=True, gamma=2.0, alpha=0.25,
                                       loss_weight=2.0),
                 loss_bbox: dict = dict(type='L1Loss', loss_weight=5.0),
                 loss_iou: dict = dict(type='GIoULoss', loss_weight=2.0),
                 train_cfg: dict | None = None, test_cfg: dict | None = dict(max_per_img=100),
                 init_cfg: dict | list | None = None, with_box_refine: bool = False,
                 as_two_stage: bool = False) -> None:
        super().__init__(init_cfg)
        if transformer is None:
            raise InputError('DeformableDETRHead needs transformer, a config of '
                             'DeformableDetrTransformer')
        if as_two_stage and not with_box_refine:
            raise InputError('as_two_stage of DeformableDETRHead needs with_box_refine=True')
        self.num_classes, self.in_channels, self.num_query = num_classes, in_channels, num_query
        self.num_reg_fcs, self.sync_cls_avg_factor = num_reg_fcs, sync_cls_avg_factor
        self.with_box_refine, self.as_two_stage = with_box_refine, as_two_stage
        self.train_cfg, self.test_cfg = train_cfg, test_cfg or {}
        self._init_matching(loss_cls, loss_bbox, loss_iou)
        self.positional_encoding = MODELS.build(positional_encoding)
        if as_two_stage:
            transformer = dict(transformer, as_two_stage=True)
        self.transformer = MODELS.build(transformer)
        self.embed_dims = self.transformer.embed_dims
        if 2 * positional_encoding.get('num_feats', 0) != self.embed_dims:
            raise InputError('num_feats of positional_encoding must be half the channels of the '
                             f'transformer, {self.embed_dims // 2}, got '
                             f'{positional_encoding.get("num_feats")}')
        self._init_branches()

    def _init_matching(self, *losses: dict) -> None:
        """Losses, and the matching, which has to weigh the same things alike."""
        self.loss_cls, self.loss_bbox, self.loss_iou = map(build_loss, losses)
        self.use_sigmoid = bool(getattr(self.loss_cls, 'use_sigmoid', False))
        self.assigner = None
        if not self.train_cfg:
            return
        if 'assigner' not in self.train_cfg:
            raise InputError('train_cfg of DeformableDETRHead needs assigner, such as '
                             f"dict(type='HungarianAssigner', ...), got {sorted(self.train_cfg)}")
        self.assigner = MATCHING.build(self.train_cfg['assigner'])
        for cost, loss in zip(('cls_cost', 'reg_cost', 'iou_cost'),
                              (self.loss_cls, self.loss_bbox, self.loss_iou)):
            weight = getattr(getattr(self.assigner, cost, None), 'weight', loss.loss_weight)
            if weight != loss.loss_weight:
                raise InputError(f'{cost} of the assigner weighs {weight} and the loss of the same '
                                 f'{loss.loss_weight}; both must have one weight')

    def _init_branches(self) -> None:
        """Branches that read class and box out of a query, one for each decoder layer.

        They share their weights unless boxes are refined; with two stages the last one is for
        proposals.
        """
        channels = self.embed_dims
        number = self.transformer.decoder.num_layers + self.as_two_stage
        classes = nn.Linear(channels, self.num_classes + (not self.use_sigmoid))
        layers: list[nn.Module] = []
        for _ in range(self.num_reg_fcs):
            layers += [nn.Linear(channels, channels), nn.ReLU()]
        boxes = nn.Sequential(*layers, nn.Linear(channels, 4))
        for name, branch in (('cls_branches', classes), ('reg_branches', boxes)):
            copies = [copy.deepcopy(branch) if self.with_box_refine else branch
                      for _ in range(number)]
            setattr(self, name, nn.ModuleList(copies))
        if not self.as_two_stage:
            self.query_embedding = nn.Embedding(self.num_query, 2 * channels)

    def init_weights(self) -> None:
        """Few objects, and boxes at their reference points, as section A.4 of the paper starts."""
        self.transformer.init_weights()
        branches: Any = self.reg_branches
        if self.use_sigmoid:
            for branch in self.cls_branches:
                nn.init.constant_(branch.bias, bias_init_with_prob(0.01))  # type: ignore[arg-type]
        for branch in branches:
            constant_init(branch[-1], 0)
        if not self.as_two_stage:  # proposals have a size already
            nn.init.constant_(branches[0][-1].bias.data[2:], -2.0)
        self._is_init = True

    def forward(self, mlvl_feats: Sequence[Tensor], img_metas: Sequence[dict]) -> BoxOutputs:
        """Logits and boxes of all decoder layers.

        Args:
            mlvl_feats: Maps ``(N, C, h, w)``.
            img_metas: ``batch_input_shape`` is the (height, width) of the batch and ``img_shape``
                that of each page in it.
        """
        height, width = img_metas[0]['batch_input_shape']
        padding = mlvl_feats[0].new_ones(len(img_metas), 1, height, width)
        for page, meta in zip(padding, img_metas):
            page[:, :meta['img_shape'][0], :meta['img_shape'][1]] = 0
        masks = [F.interpolate(padding, size=x.shape[-2:])[:, 0].bool() for x in mlvl_feats]
        decoded = self.transformer(
            mlvl_feats, masks, None if self.as_two_stage else self.query_embedding.weight,
            [self.positional_encoding(mask) for mask in masks],
            reg_branches=self.reg_branches if self.with_box_refine else None,
            cls_branches=self.cls_branches if self.as_two_stage else None)
        found = list(zip(decoded.states, decoded.references, self.cls_branches, self.reg_branches))
        logits = torch.stack([classify(state) for state, _, classify, _ in found])
        boxes = torch.stack([moved(locate(state), start) for state, start, _, locate in found])
        proposals = decoded.proposal_boxes
        return BoxOutputs(logits.float(), boxes.float(), decoded.proposal_logits,
                          None if proposals is None else proposals.sigmoid())

    def forward_train(self, x: Sequence[Tensor], img_metas: Sequence[dict],
                      gt_bboxes: Sequence[Tensor], gt_labels: Sequence[Tensor],
                      gt_bboxes_ignore: Any = None) -> dict[str, Tensor]:
        """Return :meth:`loss` of maps ``x``, ``(N, C, h, w)`` each, with boxes ``(n, 4)`` and
        classes ``(n,)`` of each page."""
        return self.loss(self(x, img_metas), gt_bboxes, gt_labels, img_metas)

    def loss(self, outputs: BoxOutputs, gt_bboxes: Sequence[Tensor], gt_labels: Sequence[Tensor],
             img_metas: Sequence[dict]) -> dict[str, Tensor]:
        """``loss_cls``, ``loss_bbox`` and ``loss_iou`` of the last layer; with ``d0.``, … before
        their names those of the others, and with ``enc_`` those of proposals.

        Args:
            outputs: From :meth:`forward`.
            gt_bboxes: Corners of each page's boxes in pixels, ``(G, 4)``.
            gt_labels: Their classes ``(G,)``.
            img_metas: With ``img_shape`` of each page.

        Raises:
            InputError: The head has no ``train_cfg``.
        """
        if self.assigner is None:
            raise InputError('DeformableDETRHead needs train_cfg with assigner to be trained')
        losses: dict[str, Tensor] = {}
        if outputs.proposal_logits is not None and outputs.proposal_boxes is not None:
            any_class = [torch.zeros_like(labels) for labels in gt_labels]
            of_proposals = self._losses(outputs.proposal_logits.float(),
                                        outputs.proposal_boxes.float(), gt_bboxes, any_class,
                                        img_metas)
            losses.update({f'enc_{name}': value for name, value in of_proposals.items()})
        last = len(outputs.logits) - 1
        for number, (logits, boxes) in enumerate(zip(outputs.logits, outputs.boxes)):
            found = self._losses(logits, boxes, gt_bboxes, gt_labels, img_metas)
            prefix = '' if number == last else f'd{number}.'
            losses.update({f'{prefix}{name}': value for name, value in found.items()})
        return losses

    def _losses(self, logits: Tensor, boxes: Tensor, gt_bboxes: Sequence[Tensor],
                gt_labels: Sequence[Tensor], img_metas: Sequence[dict]) -> dict[str, Tensor]:
        """The losses of one layer."""
        labels = logits.new_full(logits.shape[:2], self.num_classes, dtype=torch.long)
        pred, true, spans = [], [], []
        for page, meta in enumerate(img_metas):
            height, width = meta['img_shape'][:2]
            query, truth = self.assigner.assign(  # type: ignore[union-attr]
                boxes[page].detach(), logits[page].detach(), gt_bboxes[page], gt_labels[page],
                (height, width))
            labels[page, query] = gt_labels[page][truth]
            pred.append(boxes[page, query])
            true.append(gt_bboxes[page][truth])
            spans.append(boxes.new_tensor([width, height] * 2).expand(len(query), 4))
        found, wanted, span = torch.cat(pred), torch.cat(true).to(boxes), torch.cat(spans)
        own = float(len(found))
        shared = _mean_over_processes(found.new_tensor(own))
        number = max(shared, 1.0)
        return dict(
            loss_cls=self._class_loss(
                logits, labels, max(shared if self.sync_cls_avg_factor else own, 1.0)),
            loss_bbox=self.loss_bbox(found, box_ops.box_convert(wanted / span, 'xyxy', 'cxcywh'),
                                     avg_factor=number),
            loss_iou=self.loss_iou(box_ops.box_convert(found, 'cxcywh', 'xyxy') * span, wanted,
                                   avg_factor=number))

    def _class_loss(self, logits: Tensor, labels: Tensor, avg_factor: float) -> Tensor:
        """The loss of classes, of which background is the one after the last."""
        target = labels.flatten()
        if self.use_sigmoid:
            target = F.one_hot(target, self.num_classes + 1)[:, :-1]
        return self.loss_cls(logits.flatten(0, 1), target, avg_factor=avg_factor,
                             ignore_index=_NO_LABEL)

    def get_bboxes(self, outputs: BoxOutputs, img_metas: Sequence[dict],
                   rescale: bool = False) -> list[tuple[Tensor, Tensor]]:
        """Boxes with scores ``(n, 5)`` and their classes ``(n,)`` for each page, best first.

        Args:
            outputs: From :meth:`forward`.
            img_metas: With ``img_shape`` and ``scale_factor`` of each page.
            rescale: Whether boxes are in pixels of the page before it was resized.
        """
        return [self._boxes_of_page(logits, boxes, meta, rescale) for logits, boxes, meta
                in zip(outputs.logits[-1], outputs.boxes[-1], img_metas)]

    def _boxes_of_page(self, logits: Tensor, boxes: Tensor, meta: dict,
                       rescale: bool) -> tuple[Tensor, Tensor]:
        # a query may answer for several classes with sigmoids, for one with a softmax
        scores = logits.sigmoid() if self.use_sigmoid else logits.softmax(dim=1)[:, :-1]
        if not self.use_sigmoid:
            scores = scores * F.one_hot(scores.argmax(dim=1), self.num_classes)
        most = self.test_cfg.get('max_per_img', self.num_query)
        if not self.use_sigmoid:
            most = min(most, len(scores))
        best, index = scores.flatten().topk(min(most, scores.numel()))
        corners = box_ops.box_convert(boxes[index // self.num_classes], 'cxcywh', 'xyxy')
        height, width = meta['img_shape'][:2]
        corners = corners.clamp(0, 1) * corners.new_tensor([width, height] * 2)
        if rescale:
            corners = corners / corners.new_tensor(meta['scale_factor'])
        return torch.cat([corners, best[:, None]], dim=1), index % self.num_classes


def _mean_over_processes(value: Tensor) -> float:
    if check_dist_init():
        value = value / dist.get_world_size()
        dist.all_reduce(value)
    return value.item()
