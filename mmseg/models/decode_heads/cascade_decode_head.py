"""Heads that refine what an earlier head said."""
from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Sequence

from torch import Tensor

from .decode_head import BaseDecodeHead


class BaseCascadeDecodeHead(BaseDecodeHead, metaclass=ABCMeta):
    """Decode head that takes the logits of the stage before, ``prev_output``, as well."""

    @abstractmethod
    def forward(  # type: ignore[override]
            self, inputs: Sequence[Tensor], prev_output: Tensor) -> Tensor:
        """Logits ``(N, K, h, w)`` for the features and the logits of the stage before.

        Args:
            inputs: Feature maps (N, C, h, w) of the backbone or neck.
            prev_output: Logits ``(N, K, h, w)`` of the stage before.
        """

    def forward_train(  # type: ignore[override]
            self, inputs: Sequence[Tensor], prev_output: Tensor, img_metas: list[dict],
            gt_semantic_seg: Tensor, train_cfg: dict | None) -> dict[str, Tensor]:
        """Losses by name, and ``acc_seg``, for labels ``(N, 1, H, W)``.

        Args:
            inputs: Feature maps (N, C, h, w) of the backbone or neck.
            prev_output: Logits ``(N, K, h, w)`` of the stage before.
            img_metas: Metas of each page.
            gt_semantic_seg: Labels ``(N, 1, H, W)``, integer.
            train_cfg: The segmentor's.
        """
        return self.losses(self.forward(inputs, prev_output), gt_semantic_seg)

    def forward_test(  # type: ignore[override]
            self, inputs: Sequence[Tensor], prev_output: Tensor, img_metas: list[dict],
            test_cfg: dict | None) -> Tensor:
        """Logits ``(N, K, h, w)``.

        Args:
            inputs: Feature maps (N, C, h, w) of the backbone or neck.
            prev_output: Logits ``(N, K, h, w)`` of the stage before.
            img_metas: Metas of each page.
            test_cfg: The segmentor's.
        """
        return self.forward(inputs, prev_output)
