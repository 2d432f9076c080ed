"""What every decode head shares: choice of features, classifier, losses."""
from __future__ import annotations

import warnings
from abc import ABCMeta, abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from mmcv.runner import BaseModule
from torch import Tensor, nn

from ...core.seg import build_pixel_sampler
from ...ops import resize
from ...utils.errors import InputError, MissingFeatureError
from ..builder import build_loss
from ..losses import CrossEntropyLoss, accuracy

TRANSFORMS = ('resize_concat', 'multiple_select', None)


class BaseDecodeHead(BaseModule, metaclass=ABCMeta):
    """Feature maps in, logits ``(N, K, h, w)`` out; a subclass writes :meth:`forward`.

    Args:
        in_channels: Channels of the chosen feature map, or a list for several.
        channels: Channels of the features that its classifier takes.
        num_classes: Number of classes.
        out_channels: Logits of a pixel: ``num_classes``, or 1 for two classes under a sigmoid.
        threshold: Score above which a pixel is of class 1 where ``out_channels`` is 1.
        dropout_ratio: Share of the channels dropped before the classifier.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
        in_index: Which of the inputs to take, or a list for several.
        input_transform: ``'resize_concat'`` resizes the chosen inputs to the first one's size and
            joins their channels, ``'multiple_select'`` hands them on as a list, None takes one.
        loss_decode: Config of the loss, or a list; losses of the same ``loss_name`` are added.
        ignore_index: Label of the pixels that do not count.
        sampler: Config of the pixel sampler.
        align_corners: Whether resizing keeps the corner pixels in place.
        init_cfg: Initialisation config.

    Raises:
        InputError: ``in_channels``, ``in_index`` and ``input_transform`` do not fit together, or
            ``out_channels`` is neither ``num_classes`` nor 1.
    """

    def __init__(
        self,
        in_channels: int | Sequence[int],
        channels: int,
        *,
        num_classes: int,
        out_channels: int | None = None,
        threshold: float | None = None,
        dropout_ratio: float = 0.1,
        conv_cfg: dict | None = None,
        norm_cfg: dict | None = None,
        act_cfg: dict | None = dict(type='ReLU'),
        in_index: int | Sequence[int] = -1,
        input_transform: str | None = None,
        loss_decode: dict | Sequence[dict] = dict(
            type='CrossEntropyLoss', use_sigmoid=False, loss_weight=1.0),
        ignore_index: int = 255,
        sampler: dict | None = None,
        align_corners: bool = False,
        init_cfg: dict | list | None = dict(
            type='Normal', std=0.01, override=dict(name='conv_seg')),
    ) -> None:
        super().__init__(init_cfg)
        self._init_inputs(in_channels, in_index, input_transform)
        self._init_outputs(num_classes, out_channels, threshold)
        self.channels = channels
        self.dropout_ratio = dropout_ratio
        self.conv_cfg, self.norm_cfg, self.act_cfg = conv_cfg, norm_cfg, act_cfg
        self.ignore_index = ignore_index
        self.align_corners = align_corners
        self.fp16_enabled = False  # custom heads with mmcv's @auto_fp16 read it
        if isinstance(loss_decode, dict):
            self.loss_decode = build_loss(loss_decode)
        elif isinstance(loss_decode, (list, tuple)):
            self.loss_decode = nn.ModuleList(build_loss(loss) for loss in loss_decode)
        else:
            raise InputError('loss_decode of a head needs a loss config or a list of them, got '
                             f'{type(loss_decode).__name__}')
        self._warn_of_idle_softmax()
        self.sampler = build_pixel_sampler(sampler, context=self) if sampler else None
        self.conv_seg = nn.Conv2d(channels, self.out_channels, kernel_size=1)
        self.dropout = nn.Dropout2d(dropout_ratio) if dropout_ratio > 0 else None

    def extra_repr(self) -> str:
        """What ``print`` shows of the head: how it chooses its inputs and resizes."""
        return (f'input_transform={self.input_transform}, ignore_index={self.ignore_index}, '
                f'align_corners={self.align_corners}')

    def _warn_of_idle_softmax(self) -> None:
        """Warn where a softmax over one logit would teach nothing: it is always 1."""
        idle = any(
            isinstance(m, CrossEntropyLoss) and not (m.use_sigmoid or m.use_mask)
            for m in self.loss_decode.modules())
        if self.out_channels == 1 and idle:
            warnings.warn('a head with one logit a pixel has a CrossEntropyLoss without '
                          'use_sigmoid=True, whose loss is always 0', stacklevel=2)

    def _init_outputs(self, num_classes: int, out_channels: int | None,
                      threshold: float | None) -> None:
        """Settle the number of logits and the threshold of a single one."""
        out_channels = num_classes if out_channels is None else out_channels
        if out_channels not in (num_classes, 1):
            raise InputError(f'a head has out_channels={out_channels}; expected '
                             f'num_classes={num_classes}, or 1 for two classes under a sigmoid')
        if out_channels == 1 and threshold is None:
            threshold = 0.3
            warnings.warn('a head with one logit a pixel has no threshold; taking 0.3',
                          stacklevel=2)
        self.num_classes, self.out_channels, self.threshold = num_classes, out_channels, threshold

    def _init_inputs(self, in_channels: Any, in_index: Any, input_transform: str | None) -> None:
        """Check and keep which features the head takes; ``self.in_channels`` is what arrives."""
        if input_transform not in TRANSFORMS:
            raise InputError(f'input_transform of a head is {input_transform!r}; expected one of '
                             f'{TRANSFORMS}')
        several = isinstance(in_channels, (list, tuple)), isinstance(in_index, (list, tuple))
        if input_transform is None and any(several):
            raise InputError(f'a head has in_channels={in_channels} and in_index={in_index}; lists '
                             "need input_transform='resize_concat' or 'multiple_select'")
        if input_transform is not None and not (all(several)
                                                and len(in_channels) == len(in_index)):
            raise InputError(f'a head has input_transform={input_transform!r} with '
                             f'in_channels={in_channels} and in_index={in_index}; expected two '
                             'lists of the same length')
        joined = input_transform == 'resize_concat'
        self.input_transform = input_transform
        # A number, or with 'multiple_select' a list: `Any`, since each head knows which it wants.
        self.in_index: Any = in_index
        self.in_channels: Any = sum(in_channels) if joined else in_channels

    def _transform_inputs(self, inputs: Sequence[Tensor]) -> Any:
        """The features that the head works on, chosen from all that the backbone gives.

        Raises:
            MissingFeatureError: A feature that is not there.
            InputError: A feature of other channels than ``in_channels``.
        """
        wanted = [self.in_index] if self.input_transform is None else list(self.in_index)
        if not all(-len(inputs) <= i < len(inputs) for i in wanted):
            raise MissingFeatureError(
                f'in_index={self.in_index} of {type(self).__name__} goes beyond the {len(inputs)} '
                'feature maps that it gets, which count from 0')
        chosen = [inputs[i] for i in wanted]
        if self.input_transform == 'resize_concat':
            size = chosen[0].shape[2:]
            chosen = [
                torch.cat([
                    resize(x, size=size, mode='bilinear', align_corners=self.align_corners)
                    for x in chosen
                ], dim=1)
            ]
        several = self.input_transform == 'multiple_select'
        all_channels = self.in_channels if several else [self.in_channels]
        for x, channels in zip(chosen, all_channels, strict=True):
            self._check_channels(x, channels, 'in_channels', self.in_index)
        return chosen if several else chosen[0]

    def _check_channels(self, x: Tensor, channels: int, key: str,
                        index: int | Sequence[int]) -> None:
        """Raise where a feature map does not have the channels that the config promises."""
        # In a trace the comparison would become a warning for every head.
        if not isinstance(x, Tensor) or torch.jit.is_tracing() or x.shape[1] == channels:
            return
        raise InputError(f'{type(self).__name__} has {key}={channels} but its feature map '
                         f'(input {index}) has {x.shape[1]} channels; set {key} to what the '
                         'backbone or neck gives, or choose another input')

    @abstractmethod
    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """Logits ``(N, K, h, w)`` for the features of the backbone or neck.

        Args:
            inputs: Feature maps (N, C, h, w) of the backbone or neck.
        """

    def forward_train(self, inputs: Sequence[Tensor], img_metas: list[dict],
                      gt_semantic_seg: Tensor, train_cfg: dict | None) -> dict[str, Tensor]:
        """Losses by name, and ``acc_seg``, for labels ``(N, 1, H, W)``.

        Args:
            inputs: Feature maps (N, C, h, w) of the backbone or neck.
            img_metas: Metas of each page.
            gt_semantic_seg: Labels ``(N, 1, H, W)``, integer.
            train_cfg: The segmentor's.
        """
        return self.losses(self.forward(inputs), gt_semantic_seg)

    def forward_test(self, inputs: Sequence[Tensor], img_metas: list[dict],
                     test_cfg: dict | None) -> Tensor:
        """Logits ``(N, K, h, w)``.

        Args:
            inputs: Feature maps (N, C, h, w) of the backbone or neck.
            img_metas: Metas of each page.
            test_cfg: The segmentor's.
        """
        return self.forward(inputs)

    def cls_seg(self, feat: Tensor) -> Tensor:
        """Logits of each pixel of ``feat (N, channels, h, w)``."""
        return self.conv_seg(feat if self.dropout is None else self.dropout(feat))

    @torch.autocast('cpu', enabled=False)
    @torch.autocast('cuda', enabled=False)
    def losses(self, seg_logit: Tensor, seg_label: Tensor) -> dict[str, Tensor]:
        """Losses by name, and the pixel accuracy ``acc_seg`` in percent.

        Args:
            seg_logit: ``(N, K, h, w)``, resized to the label's size.
            seg_label: ``(N, 1, H, W)``.
        """
        # In half precision the sum over a page's pixels would lose most of them.
        logits = resize(seg_logit.float(), size=seg_label.shape[2:], mode='bilinear',
                        align_corners=self.align_corners)
        weight = self.sampler.sample(logits, seg_label) if self.sampler is not None else None
        label = seg_label.squeeze(1)
        several = isinstance(self.loss_decode, nn.ModuleList)
        result: dict[str, Tensor] = {}
        for loss in self.loss_decode if several else [self.loss_decode]:
            value = loss(logits, label, weight=weight, ignore_index=self.ignore_index)
            known = result.get(loss.loss_name)
            result[loss.loss_name] = value if known is None else known + value
        result['acc_seg'] = accuracy(self._two_class_logits(logits), label,
                                     ignore_index=self.ignore_index)
        return result

    def _two_class_logits(self, logits: Tensor) -> Tensor:
        """Logits in which the greater says the class, for one logit too."""
        if logits.shape[1] > 1 or self.threshold is None:
            return logits
        bar = torch.full_like(logits, self.threshold).logit()
        return torch.cat([bar, logits], dim=1)
