"""The usual classifier: a backbone, a neck that pools its features, and a head."""
from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ...inference import PageLogits, PageScores
from ...utils.errors import InputError, nearest
from ...utils.precision import computing_in, in_full
from .. import builder
from ..builder import SEGMENTORS
from ..utils.mmcls_scope import known_in_mmcls
from .augments import Augments
from .base import BaseClassifier
from .builder import build_part

_STAGES = ('backbone', 'neck', 'pre_logits')
# What MMClassification called one kind of mixture before there were several.
_OLDER = {'mixup': 'BatchMixup', 'cutmix': 'BatchCutMix'}


@known_in_mmcls
@SEGMENTORS.register_module()
class ImageClassifier(BaseClassifier):
    """Backbone → neck → head, for the type of a page.

    Backbones are those of segmentors, with the same names of parameters, so that a checkpoint of
    either gives its backbone to the other. ``SwinTransformer``, ``VisionTransformer`` and
    ``MobileNetV2`` are MMClassification's where they get its arguments (``arch='tiny'``), and the
    segmentors' where they get theirs (``embed_dims=96``).

    Args:
        backbone: Config.
        neck: Config of what pools the features, such as ``GlobalAveragePooling``, or None.
        head: Config, such as of ``LinearClsHead``.
        pretrained: Weights of the whole network: a path or address.
        train_cfg: ``augments``, the config of a way to mix pages or a list of some; see
            :class:`Augments`. ``mixup`` and ``cutmix`` of older configs mean ``BatchMixup`` and
            ``BatchCutMix`` for every batch.
        init_cfg: How to initialise what no part initialises itself.
        test_cfg: Must be empty: tests have no settings.

    Raises:
        InputError: An unknown key in ``train_cfg`` or ``test_cfg``.
    """

    def __init__(self, backbone: dict, neck: dict | None = None, head: dict | None = None,
                 pretrained: str | None = None, train_cfg: dict | None = None,
                 init_cfg: dict | list | None = None, test_cfg: dict | None = None) -> None:
        super().__init__(init_cfg if pretrained is None else
                         dict(type='Pretrained', checkpoint=pretrained))
        self.backbone = build_part(backbone)
        if neck is not None:
            self.neck = builder.build_neck(neck)
        if head is not None:
            self.head = build_part(head)
        self.train_cfg, self.test_cfg = train_cfg, test_cfg
        if test_cfg:
            raise InputError(f'a classifier has no settings for tests, but test_cfg has '
                             f'{", ".join(test_cfg)}; leave it out')
        self.augments = _augments(train_cfg or {})

    def extract_feat(self, img: Tensor, stage: str | None = 'neck') -> Any:
        """Return features of ``img`` (N, 3, H, W).

        Args:
            img: Pages.
            stage: ``'backbone'``, ``'neck'``, or ``'pre_logits'``, what the last layer reads.

        Raises:
            InputError: Another stage.
        """
        if stage not in _STAGES:
            raise InputError(f"there are no features of the stage '{stage}'; there are "
                             f'{", ".join(_STAGES)}')
        features = self.backbone(img)
        if stage == 'backbone':
            return features
        features = self.neck(features) if self.with_neck else features
        if stage == 'neck' or not hasattr(getattr(self, 'head', None), 'pre_logits'):
            return features
        return self.head.pre_logits(features)

    def forward_dummy(self, img: Tensor) -> Tensor:
        """Return the logits (N, C) of ``img`` (N, 3, H, W), for counting operations."""
        return self.logits(img)

    def forward_train(self, img: Tensor, gt_label: Tensor,  # type: ignore[override]
                      img_metas: Sequence[Mapping] = (), **kwargs: Any) -> dict[str, Any]:
        """Return the losses of the head.

        Args:
            img: (N, 3, H, W).
            gt_label: Class indices (N,), or of several types a page (N, C).
            img_metas: Not needed.
            **kwargs: Of custom pipelines; without effect.
        """
        if self.augments is not None:
            img, gt_label = self.augments(img, gt_label)
        return self.head.forward_train(self.extract_feat(img), gt_label)

    def logits(self, img: Tensor) -> Tensor:
        """Return the logits (N, C) of ``img`` (N, 3, H, W), in float32."""
        with computing_in(self.autocast_dtype, img):
            features = self.extract_feat(img)
            found = self.head.simple_test(features, post_process=False,
                                          **{self._activation: False})
        return in_full(found)

    @property
    def _activation(self) -> str:
        """``'softmax'`` or ``'sigmoid'``, of a custom head by the arguments of its test."""
        known = inspect.signature(self.head.simple_test).parameters
        return 'sigmoid' if 'sigmoid' in known else 'softmax'

    @property
    def multi_label(self) -> bool:
        """Whether a page may be of several types."""
        return self._activation == 'sigmoid'

    def cls_scores(self, logits: Tensor) -> Tensor:
        """Return scores in [0, 1] of logits (N, C)."""
        return logits.sigmoid() if self.multi_label else logits.softmax(dim=1)

    def simple_test(self, img: Tensor,  # type: ignore[override]
                    img_metas: Sequence[Mapping] | None = None, rescale: bool = True,
                    **kwargs: Any) -> list[np.ndarray]:
        """Return the scores (C,) of each page.

        Args:
            img: (N, 3, H, W).
            img_metas: Not needed.
            rescale: Accepted; scores of a page have no size.
            **kwargs: For the head: ``softmax`` (of several types a page ``sigmoid``) and
                ``post_process``.

        Raises:
            InputError: ``softmax`` for a head of several types a page.
        """
        if self.multi_label and 'softmax' in kwargs:
            raise InputError('pages of several types have no softmax; give sigmoid instead')
        return self.head.simple_test(self.extract_feat(img), **kwargs)

    def aug_test(self, imgs: list[Tensor],  # type: ignore[override]
                 img_metas: Sequence | None = None, rescale: bool = True) -> list[np.ndarray]:
        """Return the scores (C,) of each page as the mean over views."""
        return list(self.test_scores(imgs).cls.cpu().numpy())  # type: ignore[union-attr]

    def encode_decode(self, img: Tensor, img_metas: list[dict] | None = None) -> PageLogits:
        """Return logits as segmentors give them, of no classes of pixels."""
        return PageLogits(_no_pixels(img), self.logits(img))

    def test_scores(self, imgs: list[Tensor], img_metas: list | None = None,
                    rescale: bool = True) -> PageScores:
        """Return scores as segmentors give them, the mean over views.

        Args:
            imgs: A batch (N, 3, H, W) for each view.
            img_metas: For each view the metas of its N pages, whose size the empty scores of
                pixels get.
            rescale: Accepted.
        """
        scores = torch.stack([self.cls_scores(self.logits(img)) for img in imgs]).mean(dim=0)
        size = imgs[0].shape[2:] if not img_metas else img_metas[0][0]['ori_shape'][:2]
        return PageScores(imgs[0].new_zeros(len(scores), 0, *size), scores)

    def page_scores(self, img: Tensor, scales: Sequence[float] = (1.,), flip: bool = False,
                    layers: dict | None = None) -> PageScores:
        """Return scores of ``img`` (N, 3, H, W) from tensors alone, so that it can be traced.

        Args:
            img: Normalised pages.
            scales: Views of them, resized inside.
            flip: Add the mirror image of each view.
            layers: Must be empty: layers are of classes of pixels.

        Raises:
            InputError: Layers.
        """
        if layers:
            raise InputError('layers say which scales a class of pixels uses, but a '
                             'classifier has none; leave them out')
        views = [img if scale == 1 else nn.functional.interpolate(
            img, scale_factor=scale, mode='bilinear', align_corners=False) for scale in scales]
        views += [view.flip(3) for view in views] if flip else []
        scores = [self.cls_scores(self.logits(view)) for view in views]
        return PageScores(_no_pixels(img), torch.stack(scores).mean(dim=0))


def _no_pixels(img: Tensor) -> Tensor:
    """(N, 0, H, W)."""
    return img[:, :0]


def _augments(train_cfg: Mapping[str, Any]) -> Augments | None:
    """What mixes pages, as ``train_cfg`` says."""
    known = ('augments', *_OLDER)
    for key in train_cfg:
        if key not in known:
            raise InputError(f"unknown key 'model.train_cfg.{key}'{nearest(key, known)}; a "
                             f'classifier has {", ".join(known)}')
    configs: Any = train_cfg.get('augments')
    if configs is None:
        configs = [dict(settings, type=_OLDER[key]) for key, settings in train_cfg.items()
                   if key in _OLDER and settings is not None]
    return Augments(configs) if configs or 'augments' in train_cfg and configs is not None else None
