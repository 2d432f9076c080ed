"""Online hard example mining of pixels."""
from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ....utils.errors import InputError
from ..builder import PIXEL_SAMPLERS
from .base_pixel_sampler import BasePixelSampler


@PIXEL_SAMPLERS.register_module()
class OHEMPixelSampler(BasePixelSampler):
    """Weight 1 for the hard pixels, 0 for the easy and the ignored ones.

    Shrivastava et al., "Training Region-based Object Detectors with Online Hard Example Mining",
    CVPR 2016, section 4, for pixels.

    Args:
        context: The decode head: its ``ignore_index``, and its losses where ``thresh`` is None.
        thresh: Score of the true class below which a pixel is hard; where that leaves too few,
            the bar is raised to the score of the last one wanted.  None takes the pixels of
            highest loss instead.
        min_kept: Number of pixels wanted of an image; a batch shares them.

    Raises:
        InputError: ``min_kept`` is below 2.
    """

    def __init__(self, context: Any, thresh: float | None = None, min_kept: int = 100000) -> None:
        super().__init__()
        if min_kept <= 1:
            raise InputError(f'OHEMPixelSampler has min_kept={min_kept}; expected 2 or more')
        self.context = context
        self.thresh = thresh
        self.min_kept = min_kept

    @torch.no_grad()
    def sample(self, seg_logit: Tensor, seg_label: Tensor) -> Tensor:
        if seg_logit.shape[2:] != seg_label.shape[2:]:
            raise InputError(f'OHEMPixelSampler gets logits of {tuple(seg_logit.shape[2:])} pixels '
                             f'and labels of {tuple(seg_label.shape[2:])}; expected one size')
        label = seg_label.squeeze(1).long()
        valid = label != self.context.ignore_index
        kept = self.min_kept * len(label)
        if self.thresh is None:
            hard = self._highest_losses(seg_logit, label, valid, kept)
        else:
            hard = self._lowest_scores(seg_logit, label, valid, kept)
        weight = torch.zeros_like(label, dtype=seg_logit.dtype)
        weight[valid] = hard.to(weight.dtype)
        return weight

    def _lowest_scores(self, seg_logit: Tensor, label: Tensor, valid: Tensor,
                       kept: int) -> Tensor:
        """For every valid pixel, whether its true class has a low score."""
        if seg_logit.shape[1] == 1:  # one logit for two classes
            seg_logit = torch.cat([torch.zeros_like(seg_logit), seg_logit], dim=1)
        index = torch.where(valid, label, 0).unsqueeze(1)
        scores = seg_logit.softmax(dim=1).gather(1, index).squeeze(1)[valid]
        if not scores.numel():
            return scores.bool()
        last = scores.kthvalue(min(kept, scores.numel() - 1) + 1).values
        return scores < last.clamp(min=self.thresh)

    def _highest_losses(self, seg_logit: Tensor, label: Tensor, valid: Tensor,
                        kept: int) -> Tensor:
        """For every valid pixel, whether it is among the ``kept`` of highest loss."""
        losses = self.context.loss_decode
        losses = losses if isinstance(losses, torch.nn.ModuleList) else [losses]
        total = sum(
            loss(seg_logit, label, weight=None, ignore_index=self.context.ignore_index,
                 reduction_override='none') for loss in losses)[valid]
        hard = torch.zeros_like(total, dtype=torch.bool)
        hard[total.topk(min(kept, total.numel())).indices] = True
        return hard
