"""More weight for narrow gaps between objects and for background taken for an object."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mmseg.utils.errors import InputError

from ..builder import PIXEL_SAMPLERS
from .base_pixel_sampler import BasePixelSampler


@PIXEL_SAMPLERS.register_module()
class GapPixelSampler(BasePixelSampler):
    """Weight 1 for every pixel, more for background between objects that nearly touch.

    A line of text that runs into the next one costs few pixels and joins two regions. The weight
    map of U-Net (Ronneberger et al., MICCAI 2015, section 3) makes such pixels expensive; here
    they are those that a morphological closing of the objects adds.

    Args:
        context: The decode head, for its ``ignore_index``.
        classes: Labels whose objects count.
        width: Widest gap in pixels of the label map.
        weight: Of a pixel in a gap, 1 or more.
        background: Label of the gaps.
        false_weights: For each class the weight, 1 or more, of a background pixel that the network
            takes for it; None gives all 1. The Lovász loss leaves out classes that a batch lacks,
            so what only looks like a rare class (a frame like a separator line) costs nothing
            there.

    Raises:
        InputError: ``width``, ``weight`` or one of ``false_weights`` below 1, or not as many of
            these as classes.
    """

    def __init__(self, context: Any, classes: Sequence[int], width: int = 6, weight: float = 4.0,
                 background: int = 0, false_weights: Sequence[float] | None = None) -> None:
        super().__init__()
        if min(width, weight, *(false_weights or ())) < 1:
            raise InputError(f'GapPixelSampler has width={width}, weight={weight} and '
                             f'false_weights={false_weights}; expected 1 or more of each')
        self.context = context
        self.classes, self.width, self.weight = tuple(classes), width, weight
        self.background = background
        self.false_weights = None if false_weights is None else tuple(false_weights)

    @torch.no_grad()
    def sample(self, seg_logit: Tensor, seg_label: Tensor) -> Tensor:
        """Weights ``(N, H, W)`` for labels ``(N, 1, H, W)``.

        Args:
            seg_logit: (N, K, H, W).
            seg_label: (N, 1, H, W), integer.

        Raises:
            InputError: ``false_weights`` are not as many as the classes.
        """
        objects = torch.isin(seg_label, seg_label.new_tensor(self.classes))
        gaps = (self._closing(objects.float()) > 0).squeeze(1)
        weight = 1 + gaps.to(seg_logit.dtype) * (self.weight - 1)
        if self.false_weights is not None:
            if len(self.false_weights) != seg_logit.shape[1]:
                raise InputError(f'GapPixelSampler has {len(self.false_weights)} false_weights, '
                                 f'the network {seg_logit.shape[1]} classes')
            seen = weight.new_tensor(self.false_weights)[seg_logit.argmax(dim=1)]
            weight = torch.maximum(weight, seen)
        background = (seg_label == self.background).squeeze(1)
        return torch.where(background, weight, 1)

    def _closing(self, mask: Tensor) -> Tensor:
        """Dilation, then erosion, by a square that covers gaps up to ``width``.

        Beyond the border there is nothing, so gaps between an object and the border stay open.
        """
        reach = self.width // 2 + self.width % 2
        mask = F.pad(mask, (2 * reach,) * 4)
        for way in (1, -1):
            for kernel in ((2 * reach + 1, 1), (1, 2 * reach + 1)):
                mask = way * F.max_pool2d(way * mask, kernel, stride=1,
                                          padding=(kernel[0] // 2, kernel[1] // 2))
        return mask[..., 2 * reach:-2 * reach, 2 * reach:-2 * reach]
