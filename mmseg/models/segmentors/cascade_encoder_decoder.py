"""A segmentor whose decode heads refine one another."""
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from ...core.utils import add_prefix
from ...utils.errors import InputError
from .. import builder
from ..builder import SEGMENTORS
from .encoder_decoder import EncoderDecoder


@SEGMENTORS.register_module()
class CascadeEncoderDecoder(EncoderDecoder):
    """An ``EncoderDecoder`` with a list of decode heads, each reading the output of the last.

    Args:
        num_stages: Number of decode heads.
        backbone: Config.
        decode_head: List of ``num_stages`` configs; the last one's output is the answer.
        **kwargs: As for :class:`EncoderDecoder`.
    """

    def __init__(self, num_stages: int, backbone: dict, decode_head: Any,
                 *args: Any, **kwargs: Any) -> None:
        self.num_stages = num_stages
        super().__init__(backbone, decode_head, *args, **kwargs)

    def _init_decode_head(self, decode_head: list[dict]) -> None:
        if not isinstance(decode_head, (list, tuple)) or len(decode_head) != self.num_stages:
            raise InputError(f'num_stages is {self.num_stages}, so decode_head must be a list of '
                             f'as many configs')
        self.decode_head = nn.ModuleList(builder.build_head(config) for config in decode_head)
        self._describe_output(self.decode_head[-1])

    def _decode_head_forward_train(self, x: Sequence[torch.Tensor], img_metas: list[dict],
                                   gt_semantic_seg: torch.Tensor) -> dict:
        losses: dict = {}
        # Each head refines the answer of those before it, as it would in a test.
        coarse: tuple = ()
        for index, head in enumerate(self.decode_head):
            part = head.forward_train(x, *coarse, img_metas, gt_semantic_seg, self.train_cfg)
            losses.update(add_prefix(part, f'decode_{index}'))
            if index + 1 < len(self.decode_head):
                coarse = (head.forward_test(x, *coarse, img_metas, self.test_cfg),)
        return losses

    def _decode_head_forward_test(self, x: Sequence[torch.Tensor],
                                  img_metas: list[dict] | None) -> torch.Tensor:
        first, *others = self.decode_head
        logits = first.forward_test(x, img_metas, self.test_cfg)
        for head in others:
            logits = head.forward_test(x, logits, img_metas, self.test_cfg)
        return logits
