"""Heads for pages of several types at once: each class is a question of its own."""
from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from ..builder import HEADS
from .heads import ClsHead, check_classes

_LOSS = dict(type='CrossEntropyLoss', use_sigmoid=True, reduction='mean', loss_weight=1.0)


@HEADS.register_module()
class MultiLabelClsHead(ClsHead):
    """A head without layers: what it is given are logits ``(N, C)``, of several types a page.

    Labels are ``(N, C)``: 1 where a page is of the class, 0 where it is not, and -1 where that is
    hard to say, which training takes for 1.

    Args:
        loss: Config of the loss.
        init_cfg: Initialisation config.
    """

    activation = 'sigmoid'

    def __init__(self, loss: dict = _LOSS, init_cfg: dict | list | None = None) -> None:
        super().__init__(loss=loss, init_cfg=init_cfg)

    def loss(self, cls_score: Tensor, gt_label: Tensor, **kwargs: Any) -> dict[str, Any]:
        """``loss`` of logits ``(N, C)`` and labels ``(N, C)``."""
        return super().loss(cls_score, gt_label.type_as(cls_score).abs(), **kwargs)

    def pre_logits(self, x: Any) -> Tensor:
        """The features right before the last layer; here the logits themselves."""
        return super().logits(x)

    def simple_test(self, x: Any, sigmoid: bool = True,  # type: ignore[override]
                    post_process: bool = True) -> Any:
        """The scores of each page, a list of arrays ``(C,)``, each score in [0, 1].

        Args:
            x: What backbone and neck gave.
            sigmoid: Return scores rather than logits.
            post_process: Return a list of arrays rather than a tensor ``(N, C)``.
        """
        logits = self.logits(x)
        scores = logits.sigmoid() if sigmoid else logits
        return self.post_process(scores) if post_process else scores


@HEADS.register_module()
class MultiLabelLinearClsHead(MultiLabelClsHead):
    """Logits ``(N, C)`` out of pooled features by one layer, ``fc``, of several types a page.

    Args:
        num_classes: C.
        in_channels: Channels of the features.
        loss: Config of the loss.
        init_cfg: Initialisation config.

    Raises:
        InputError: No classes.
    """

    def __init__(self, num_classes: int, in_channels: int, loss: dict = _LOSS,
                 init_cfg: dict | list | None = dict(
                     type='Normal', layer='Linear', std=0.01)) -> None:
        super().__init__(loss=loss, init_cfg=init_cfg)
        check_classes(num_classes)
        self.in_channels, self.num_classes = in_channels, num_classes
        self.fc = nn.Linear(in_channels, num_classes)

    def logits(self, x: Any) -> Tensor:
        return self.fc(self.pre_logits(x))
