"""Deformable DETR: backbone, neck, and a transformer that finds boxes without anchors."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor

from ...utils.errors import InputError, nearest
from .. import builder
from ..builder import SEGMENTORS
from .base import BaseDetector

_TRAIN_KEYS, _TEST_KEYS = ('assigner', ), ('max_per_img', )


@SEGMENTORS.register_module()
class DeformableDETR(BaseDetector):
    """Backbone → neck → :class:`DeformableDETRHead`.

    Zhu et al., "Deformable DETR: Deformable Transformers for End-to-End Object Detection", ICLR
    2021.

    Args:
        backbone: Config.
        neck: Config, such as of ``ChannelMapper``.
        bbox_head: Config.
        train_cfg: ``assigner``, which matches predictions with true boxes.
        test_cfg: ``max_per_img``, the most boxes in a page's result.
        pretrained: Weights of the backbone: a path or address.
        init_cfg: How to initialise what no part initialises itself.

    Raises:
        InputError: A key of ``train_cfg`` or ``test_cfg`` that is not read, or ``pretrained``
            twice.
    """

    def __init__(self, backbone: dict, neck: dict, bbox_head: dict,
                 train_cfg: dict | None = None, test_cfg: dict | None = None,
                 pretrained: str | None = None, init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        if pretrained is not None:
            if backbone.get('pretrained') is not None:
                raise InputError('pretrained is given in model and in model.backbone; keep one')
            backbone = dict(backbone, pretrained=pretrained)
        for where, given, known in (('train_cfg', train_cfg, _TRAIN_KEYS),
                                    ('test_cfg', test_cfg, _TEST_KEYS)):
            for key in given or {}:
                if key not in known:
                    raise InputError(f'DeformableDETR reads no {where}.{key}{nearest(key, known)}')
        self.backbone = builder.build_backbone(backbone)
        self.neck = builder.build_neck(neck)
        self.bbox_head = builder.build_head(
            dict(bbox_head, train_cfg=train_cfg, test_cfg=test_cfg))
        self.num_classes: int = self.bbox_head.num_classes
        self.train_cfg, self.test_cfg = train_cfg, test_cfg

    def extract_feat(self, imgs: Tensor) -> Sequence[Tensor]:
        """Return the maps of the neck, ``(N, C, h, w)`` each."""
        return self.neck(self.backbone(imgs))

    def _outputs(self, img: Tensor, img_metas: list[dict]) -> Any:
        size = tuple(img.shape[-2:])
        return self.bbox_head(self.extract_feat(img),
                              [dict(meta, batch_input_shape=size) for meta in img_metas])

    def forward_train(self, imgs: Tensor, img_metas: list[dict],  # type: ignore[override]
                      gt_bboxes: list[Tensor], gt_labels: list[Tensor],
                      gt_bboxes_ignore: Any = None) -> dict[str, Any]:
        """Return the losses of a batch.

        Args:
            imgs: Pages ``(N, 3, H, W)``.
            img_metas: With ``img_shape`` of each page.
            gt_bboxes: Corners of each page's boxes in pixels, ``(G, 4)``.
            gt_labels: Their classes ``(G,)``.
            gt_bboxes_ignore: Accepted as MMDetection's data sets give it; without effect.
        """
        return self.bbox_head.loss(self._outputs(imgs, img_metas), gt_bboxes, gt_labels, img_metas)

    def simple_test(self, img: Tensor, img_meta: list[dict],  # type: ignore[override]
                    rescale: bool = True, **kwargs: Any) -> list[list[np.ndarray]]:
        """Return for each page an array ``(n, 5)`` for each class: corners and a score.

        Args:
            img: Pages ``(N, 3, H, W)``.
            img_meta: Their particulars.
            rescale: Whether corners are in pixels of the page before it was resized.
            **kwargs: Without effect.

        Raises:
            InputError: A mirrored view.
        """
        if any(meta.get('flip') for meta in img_meta):
            raise InputError(f'{type(self).__name__} is tested on pages as they are: set '
                             'flip=False in MultiScaleFlipAug')
        found = self.bbox_head.get_bboxes(self._outputs(img, img_meta), img_meta, rescale)
        return [[boxes[labels == number].detach().cpu().numpy()
                 for number in range(self.num_classes)] for boxes, labels in found]
