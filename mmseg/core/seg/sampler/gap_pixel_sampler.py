"""More weight for the narrow gaps between objects."""
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

    Raises:
        InputError: ``width`` or ``weight`` below 1.
    """

    def __init__(self, context: Any, classes: Sequence[int], width: int = 6, weight: float = 4.0,
                 background: int = 0) -> None:
        super().__init__()
        if width < 1 or weight < 1:
            raise InputError(f'GapPixelSampler has width={width} and weight={weight}; expected 1 '
                             'or more of each')
        self.context = context
        self.classes, self.width, self.weight = tuple(classes), width, weight
        self.background = background

    @torch.no_grad()
    def sample(self, seg_logit: Tensor, seg_label: Tensor) -> Tensor:
        """Weights ``(N, H, W)`` for labels ``(N, 1, H, W)``.

        Args:
            seg_logit: (N, K, H, W).
            seg_label: (N, 1, H, W), integer.
        """
        objects = torch.zeros_like(seg_label, dtype=torch.bool)
        for label in self.classes:
            objects |= seg_label == label
        gaps = (self._closing(objects.float()) > 0) & (seg_label == self.background)
        weight = 1 + gaps.squeeze(1).to(seg_logit.dtype) * (self.weight - 1)
        return weight

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
