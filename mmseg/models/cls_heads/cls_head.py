"""The type of the whole page from the backbone's features."""
from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmcv.runner import BaseModule
from torch import Tensor, nn

from ...utils.errors import InputError
from ..builder import HEADS
from ..losses.accuracy import accuracy
from ..losses.utils import class_weight_tensor, get_class_weight


@HEADS.register_module()
class ClsHead(BaseModule):
    """Logits ``(N, C)`` of the page types: average over the page, dropout, linear.

    Args:
        in_channels: Channels of the feature map it reads.
        num_classes: C, the number of page types.
        in_index: Which of the inputs to read.
        dropout_ratio: Share of the averaged features dropped while training.
        class_weight: Factor of every page type in the loss, or the path of a file that holds
            them.  The mean divides by the number of pages, not by their weights: with a few
            pages a batch the weights would cancel otherwise.
        label_smoothing: Share of the target spread evenly over all page types (Szegedy et al.,
            "Rethinking the Inception Architecture for Computer Vision", CVPR 2016, section 7).
        loss_weight: Factor of the loss.
        init_cfg: Initialisation config.
        ignore_index: The label of pages whose type is not known: they take no part in the loss.

    Raises:
        InputError: Fewer than two page types, or not as many ``class_weight`` values.
    """

    def __init__(self,
                 in_channels: int,
                 num_classes: int,
                 in_index: int = -1,
                 dropout_ratio: float = 0.1,
                 class_weight: Sequence[float] | str | None = None,
                 label_smoothing: float = 0.0,
                 loss_weight: float = 1.0,
                 init_cfg: dict | list | None = dict(
                     type='Normal', std=0.01, override=dict(name='fc')),
                 ignore_index: int = 255) -> None:
        super().__init__(init_cfg)
        if num_classes < 2:
            raise InputError(f'a cls head has num_classes={num_classes}; expected at least two '
                             'page types')
        self.in_channels = in_channels
        self.num_classes = num_classes
        self.in_index = in_index
        self.class_weight = get_class_weight(class_weight)
        if self.class_weight is not None and len(self.class_weight) != num_classes:
            raise InputError(f'class_weight of the cls head has {len(self.class_weight)} values '
                             f'for num_classes={num_classes} page types')
        self.label_smoothing = label_smoothing
        self.loss_weight = loss_weight
        self.ignore_index = ignore_index
        self.dropout = nn.Dropout(dropout_ratio)
        self.fc = nn.Linear(in_channels, num_classes)

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """Logits ``(N, C)`` for the feature maps of the backbone or neck.

        Raises:
            InputError: The feature map is not there or has not ``in_channels`` channels.
        """
        if not -len(inputs) <= self.in_index < len(inputs):
            raise InputError(f'in_index={self.in_index} of the cls head goes beyond the '
                             f'{len(inputs)} feature maps that it gets, which count from 0')
        x = inputs[self.in_index]
        if isinstance(x, (list, tuple)):  # a map and the class token, as transformers may give
            x = x[0]
        if not torch.jit.is_tracing() and x.shape[1] != self.in_channels:
            raise InputError(f'the cls head has in_channels={self.in_channels} but its feature '
                             f'map (in_index={self.in_index}) has {x.shape[1]} channels; set '
                             f'in_channels={x.shape[1]} or choose another in_index')
        return self.fc(self.dropout(x.mean(dim=(2, 3))))

    def forward_train(self, inputs: Sequence[Tensor], img_metas: list[dict],
                      train_cfg: dict | None = None) -> dict[str, Tensor]:
        """``loss_ce`` and the percentage ``acc`` of right page types.

        Args:
            inputs: Feature maps of the backbone or neck.
            img_metas: Of each page, with its type ``cls_label``.
            train_cfg: Unused; every head takes it.

        Raises:
            InputError: A page has no ``cls_label``, or one outside ``[0, num_classes)``.
        """
        logits = self(inputs)
        return self.losses(logits, self._labels(img_metas, logits.device))

    def losses(self, cls_logit: Tensor, cls_label: Tensor) -> dict[str, Tensor]:
        """``loss_ce`` and ``acc`` for logits ``(N, C)`` and labels ``(N,)``.

        Where no page's type is known the loss is 0 and ``acc`` nan.

        Args:
            cls_logit: Logits (N, C).
            cls_label: Page types (N,), integer; ``ignore_index`` where not known.
        """
        logits = cls_logit.float()
        losses = F.cross_entropy(logits, cls_label, class_weight_tensor(self.class_weight, logits),
                                 ignore_index=self.ignore_index, reduction='none',
                                 label_smoothing=self.label_smoothing)
        known = (cls_label != self.ignore_index).sum()
        percent = accuracy(logits, cls_label, ignore_index=self.ignore_index)
        return dict(loss_ce=self.loss_weight * losses.sum() / known.clamp(min=1),
                    acc=torch.where(known > 0, percent, torch.nan))

    def _labels(self, img_metas: list[dict], device: torch.device) -> Tensor:
        """The page types of a batch, ``(N,)``."""
        labels = []
        for meta in img_metas:
            page = meta.get('filename') or meta.get('ori_filename') or 'a page without a file name'
            if meta.get('cls_label') is None:
                raise InputError(f'{page} has no page label: the cls head needs one for every '
                                 'training page (cls_label.json next to the image folder; '
                                 "with_cls='some' in the data set where not all are known)")
            label = int(meta['cls_label'])
            if not 0 <= label < self.num_classes and label != self.ignore_index:
                raise InputError(f'{page} has the page label {label}; expected 0 to '
                                 f'{self.num_classes - 1} (num_classes of the cls head)')
            labels.append(label)
        return torch.tensor(labels, device=device)
