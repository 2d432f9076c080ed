"""Heads of classifiers: features in, logits and losses of page types out."""
from __future__ import annotations

import warnings
from abc import ABCMeta, abstractmethod
from typing import Any

import torch
from mmcv.cnn import build_activation_layer
from mmcv.runner import BaseModule
from torch import Tensor, nn

from ...utils.errors import InputError
from ..builder import HEADS
from ..losses.accuracy import accuracy
from .builder import CLASSIFICATION, build_part


def check_classes(num_classes: int) -> None:
    """Raise InputError where ``num_classes`` is not a number of classes."""
    if num_classes <= 0:
        raise InputError(f'num_classes={num_classes} of a head must be 1 or more')


def last(features: Any) -> Any:
    """The features of the last stage, where there are those of several."""
    return features[-1] if isinstance(features, (tuple, list)) else features


class BaseHead(BaseModule, metaclass=ABCMeta):
    """Base of the heads of classifiers.

    Args:
        init_cfg: Initialisation config.
    """

    @abstractmethod
    def forward_train(self, x: Any, gt_label: Tensor, **kwargs: Any) -> dict[str, Any]:
        """Return the losses of features ``x`` with labels ``gt_label``, ``(N,)`` or ``(N, C)``."""


@CLASSIFICATION.register_module()
class ClsHead(BaseHead):
    """A head without layers: what it is given are logits ``(N, C)``, of one type a page.

    A head of one's own derives from it and has :meth:`logits`, or :meth:`forward_train` and
    :meth:`simple_test`.

    Args:
        loss: Config of the loss, called with logits, labels and ``avg_factor``, the number of
            pages.
        topk: With ``cal_acc``, among how many of the best classes a label counts as right; a
            number or several.
        cal_acc: Whether the log of the training has the accuracy. Mixed pages (``BatchMixup``)
            have none.
        init_cfg: Initialisation config.

    Raises:
        InputError: ``topk`` below 1, or a loss that is not a dict.
    """

    # What tells apart scores and logits in simple_test.
    activation = 'softmax'

    def __init__(self, loss: dict = dict(type='CrossEntropyLoss', loss_weight=1.0),
                 topk: int | tuple[int, ...] = (1, ), cal_acc: bool = False,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        if not isinstance(loss, dict):
            raise InputError(f'loss of a head is a config, got {loss!r}')
        self.topk = (topk, ) if isinstance(topk, int) else tuple(topk)
        if min(self.topk) < 1:
            raise InputError(f'topk of a head counts from 1, got {topk}')
        self.compute_loss = build_part(loss)
        self.cal_acc = cal_acc

    def pre_logits(self, x: Any) -> Tensor:
        """The features right before the last layer; here the logits themselves."""
        if type(self) is ClsHead:
            warnings.warn('ClsHead has no layers, so its input is logits and not features',
                          stacklevel=2)
        return last(x)

    def logits(self, x: Any) -> Tensor:
        """Logits ``(N, C)`` of what backbone and neck gave."""
        return last(x)

    def loss(self, cls_score: Tensor, gt_label: Tensor, **kwargs: Any) -> dict[str, Any]:
        """``loss``, and with ``cal_acc`` the percentages ``accuracy``: ``top-1``, ...

        Args:
            cls_score: Logits ``(N, C)``.
            gt_label: ``(N,)``, or the weight of each class ``(N, C)``.
            **kwargs: Handed to the loss.
        """
        losses: dict[str, Any] = {}
        if self.cal_acc and gt_label.ndim == 1:
            of_pages = accuracy(cls_score, gt_label, self.topk)
            losses['accuracy'] = {f'top-{k}': found for k, found in zip(self.topk, of_pages)}
        losses['loss'] = self.compute_loss(cls_score, gt_label, avg_factor=len(cls_score),
                                           **kwargs)
        return losses

    def forward_train(self, x: Any, gt_label: Tensor, **kwargs: Any) -> dict[str, Any]:
        """Return :meth:`loss` of features ``x``."""
        return self.loss(self.logits(x), gt_label, **kwargs)

    def simple_test(self, x: Any, softmax: bool = True, post_process: bool = True) -> Any:
        """The scores of each page, a list of arrays ``(C,)``.

        Args:
            x: What backbone and neck gave.
            softmax: Return scores rather than logits.
            post_process: Return a list of arrays rather than a tensor ``(N, C)``.
        """
        logits = self.logits(x)
        scores = logits.softmax(dim=1) if softmax else logits
        return self.post_process(scores) if post_process else scores

    def post_process(self, pred: Tensor) -> Any:
        """A list of arrays out of a tensor; within an export the tensor itself."""
        if torch.onnx.is_in_onnx_export() or torch.jit.is_tracing():
            return pred
        return list(pred.detach().float().cpu().numpy())


@HEADS.register_module()
class LinearClsHead(ClsHead):
    """Logits ``(N, C)`` out of pooled features by one layer, ``fc``.

    Args:
        num_classes: C.
        in_channels: Channels of the features.
        init_cfg: Initialisation config.
        **kwargs: See :class:`ClsHead`.

    Raises:
        InputError: No classes.
    """

    def __init__(self, num_classes: int, in_channels: int,
                 init_cfg: dict | list | None = dict(type='Normal', layer='Linear', std=0.01),
                 **kwargs: Any) -> None:
        super().__init__(init_cfg=init_cfg, **kwargs)
        check_classes(num_classes)
        self.in_channels, self.num_classes = in_channels, num_classes
        self.fc = nn.Linear(in_channels, num_classes)

    def logits(self, x: Any) -> Tensor:
        return self.fc(self.pre_logits(x))


@HEADS.register_module()
class VisionTransformerClsHead(ClsHead):
    """Logits ``(N, C)`` out of the class token, with a layer between where wanted.

    Args:
        num_classes: C.
        in_channels: Channels of the token.
        hidden_dim: Channels of the layer between; None leaves it out.
        act_cfg: Config of the activation after it.
        init_cfg: Initialisation config.
        **kwargs: See :class:`ClsHead`.

    Raises:
        InputError: No classes.
    """

    def __init__(self, num_classes: int, in_channels: int, hidden_dim: int | None = None,
                 act_cfg: dict = dict(type='Tanh'),
                 init_cfg: dict | list | None = dict(type='Constant', layer='Linear', val=0),
                 **kwargs: Any) -> None:
        super().__init__(init_cfg=init_cfg, **kwargs)
        check_classes(num_classes)
        self.in_channels, self.num_classes = in_channels, num_classes
        self.hidden_dim, self.act_cfg = hidden_dim, act_cfg
        self.layers = nn.Sequential()
        if hidden_dim is not None:
            self.layers.add_module('pre_logits', nn.Linear(in_channels, hidden_dim))
            self.layers.add_module('act', build_activation_layer(act_cfg))
        self.layers.add_module('head', nn.Linear(hidden_dim or in_channels, num_classes))

    def init_weights(self) -> None:
        """As the paper does: the layer between keeps the variance of its input."""
        super().init_weights()
        if self.hidden_dim is not None:
            between: Any = self.layers.pre_logits
            nn.init.trunc_normal_(between.weight, std=between.in_features ** -0.5)
            nn.init.zeros_(between.bias)

    def pre_logits(self, x: Any) -> Tensor:
        """What the last layer reads; of ``x`` it takes the class token of the last stage."""
        _, token = last(x) if isinstance(x, tuple) else x
        return self.layers[:-1](token)

    def logits(self, x: Any) -> Tensor:
        return self.layers.head(self.pre_logits(x))  # type: ignore[operator]
