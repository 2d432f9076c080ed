"""Which prediction answers for which true box: the cheapest one-to-one assignment."""
from __future__ import annotations

import numpy as np
import torch
from mmcv.utils import Registry
from torch import Tensor

from ...utils.errors import InputError
from ...utils.late_import import torchvision_ops as box_ops
from ...utils.registry import build_from_cfg

# Costs and assigners; users register their own here.
MATCHING = Registry('matching', build_func=build_from_cfg)
# The functions of torchvision.ops for each way to measure overlap.
_OVERLAPS = {'iou': 'box_iou', 'giou': 'generalized_box_iou'}


def _cheapest_pairs(cost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    try:
        from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]
    except ImportError as error:
        raise InputError("training on boxes needs SciPy: install the extra 'data' (pip install "
                         "'mmseg-layout[data]')") from error
    return linear_sum_assignment(cost)


@MATCHING.register_module()
class FocalLossCost:
    """What the focal loss of a query would change if it were given a true box's class.

    Args:
        weight: Factor of the cost.
        alpha: Weight of the positive part; 1 - alpha that of the negative one.
        gamma: Exponent of the focal loss.
        eps: Added to scores before the logarithm.
    """

    def __init__(self, weight: float = 1.0, alpha: float = 0.25, gamma: float = 2,
                 eps: float = 1e-12) -> None:
        self.weight, self.alpha, self.gamma, self.eps = weight, alpha, gamma, eps

    def __call__(self, cls_pred: Tensor, gt_labels: Tensor) -> Tensor:
        """Costs ``(Q, G)`` of logits ``(Q, K)`` for labels ``(G,)``."""
        right = cls_pred.sigmoid()[:, gt_labels]
        wrong = 1 - right
        as_object = self.alpha * wrong.pow(self.gamma) * -(right + self.eps).log()
        as_background = (1 - self.alpha) * right.pow(self.gamma) * -(wrong + self.eps).log()
        return self.weight * (as_object - as_background)


@MATCHING.register_module()
class ClassificationCost:
    """Minus the softmax score of a true box's class (Carion et al., "DETR", 2020, section 3.1).

    Args:
        weight: Factor of the cost.
    """

    def __init__(self, weight: float = 1.0) -> None:
        self.weight = weight

    def __call__(self, cls_pred: Tensor, gt_labels: Tensor) -> Tensor:
        """Costs ``(Q, G)`` of logits ``(Q, K + 1)`` for labels ``(G,)``."""
        return -self.weight * cls_pred.softmax(dim=-1)[:, gt_labels]


@MATCHING.register_module()
class BBoxL1Cost:
    """The sum of the differences of the four numbers of two boxes.

    Args:
        weight: Factor of the cost.
        box_format: ``'xywh'`` compares centres and sizes, ``'xyxy'`` corners.

    Raises:
        InputError: Another format.
    """

    def __init__(self, weight: float = 1.0, box_format: str = 'xyxy') -> None:
        if box_format not in ('xyxy', 'xywh'):
            raise InputError(f"box_format of BBoxL1Cost is 'xyxy' or 'xywh', got {box_format!r}")
        self.weight, self.box_format = weight, box_format

    def __call__(self, bbox_pred: Tensor, gt_bboxes: Tensor) -> Tensor:
        """Costs ``(Q, G)`` of boxes of centre and size, for corners; all in shares of the image."""
        if self.box_format == 'xyxy':
            bbox_pred = box_ops.box_convert(bbox_pred, 'cxcywh', 'xyxy')
        else:
            gt_bboxes = box_ops.box_convert(gt_bboxes, 'xyxy', 'cxcywh')
        return self.weight * torch.cdist(bbox_pred, gt_bboxes, 1)


@MATCHING.register_module()
class IoUCost:
    """Minus the overlap of two boxes.

    Args:
        iou_mode: ``'giou'`` (generalised, in [-1, 1]) or ``'iou'``.
        weight: Factor of the cost.

    Raises:
        InputError: Another mode.
    """

    def __init__(self, iou_mode: str = 'giou', weight: float = 1.0) -> None:
        if iou_mode not in _OVERLAPS:
            raise InputError(f"iou_mode of IoUCost is 'iou' or 'giou', got {iou_mode!r}")
        self.iou_mode, self.weight = iou_mode, weight

    def __call__(self, bboxes: Tensor, gt_bboxes: Tensor) -> Tensor:
        """Costs ``(Q, G)`` of corners in pixels."""
        return -self.weight * getattr(box_ops, _OVERLAPS[self.iou_mode])(bboxes, gt_bboxes)


@MATCHING.register_module()
class HungarianAssigner:
    """The assignment of predictions to true boxes whose costs add up to the least.

    Carion et al., "End-to-End Object Detection with Transformers", ECCV 2020, section 3.1.

    Args:
        cls_cost: Config of the cost of classes.
        reg_cost: Config of the cost of coordinates.
        iou_cost: Config of the cost of overlaps.
    """

    def __init__(self, cls_cost: dict = dict(type='ClassificationCost', weight=1.0),
                 reg_cost: dict = dict(type='BBoxL1Cost', weight=1.0),
                 iou_cost: dict = dict(type='IoUCost', iou_mode='giou', weight=1.0)) -> None:
        self.cls_cost = MATCHING.build(cls_cost)
        self.reg_cost = MATCHING.build(reg_cost)
        self.iou_cost = MATCHING.build(iou_cost)

    @torch.no_grad()
    def assign(self, bbox_pred: Tensor, cls_pred: Tensor, gt_bboxes: Tensor, gt_labels: Tensor,
               size: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """Indices of predictions, and of the true box of each; every true box has one.

        Where there are more true boxes than predictions, every prediction has one.

        Args:
            bbox_pred: Boxes (centre, size) in shares of the image, ``(Q, 4)``.
            cls_pred: Logits ``(Q, K)``.
            gt_bboxes: Corners in pixels, ``(G, 4)``.
            gt_labels: ``(G,)``.
            size: (height, width) of the image in pixels.

        Raises:
            InputError: A cost is not a number, as in a training that diverged; or SciPy is not
                installed.
        """
        span = gt_bboxes.new_tensor([size[1], size[0]] * 2)
        corners = box_ops.box_convert(bbox_pred, 'cxcywh', 'xyxy') * span
        cost = (self.cls_cost(cls_pred, gt_labels) + self.reg_cost(bbox_pred, gt_bboxes / span)
                + self.iou_cost(corners, gt_bboxes)).cpu()
        if not torch.isfinite(cost).all():
            raise InputError('boxes cannot be matched: a prediction or a true box is not a finite '
                             'number or has no area; did the training diverge (a lower lr helps)?')
        predictions, truths = _cheapest_pairs(cost.numpy())
        return (torch.as_tensor(predictions, device=bbox_pred.device),
                torch.as_tensor(truths, device=bbox_pred.device))
