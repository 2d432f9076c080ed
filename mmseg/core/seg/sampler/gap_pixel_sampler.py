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
        false_classes: Labels that the network must not see in the background. Frames of boxes,
            for example, look like separator lines.
        false_weight: Of a background pixel whose most probable class is one of them, 1 or more.

    Raises:
        InputError: ``width``, ``weight`` or ``false_weight`` below 1.
    """

    def __init__(self, context: Any, classes: Sequence[int], width: int = 6, weight: float = 4.0,
                 background: int = 0, false_classes: Sequence[int] = (),
                 false_weight: float = 2.0) -> None:
        super().__init__()
        if width < 1 or weight < 1 or false_weight < 1:
            raise InputError(f'GapPixelSampler has width={width}, weight={weight} and '
                             f'false_weight={false_weight}; expected 1 or more of each')
        self.context = context
        self.classes, self.width, self.weight = tuple(classes), width, weight
        self.background = background
        self.false_classes, self.false_weight = tuple(false_classes), false_weight

    @torch.no_grad()
    def sample(self, seg_logit: Tensor, seg_label: Tensor) -> Tensor:
        """Weights ``(N, H, W)`` for labels ``(N, 1, H, W)``.

        Args:
            seg_logit: (N, K, H, W).
            seg_label: (N, 1, H, W), integer.
        """
        background = (seg_label == self.background).squeeze(1)
        gaps = (self._closing(_any_of(seg_label, self.classes).float()) > 0).squeeze(1)
        weight = torch.ones_like(seg_logit[:, 0])
        weight[gaps & background] = self.weight
        if self.false_classes:
            false = _any_of(seg_logit.argmax(dim=1), self.false_classes) & background
            weight[false] = weight[false].clamp(min=self.false_weight)
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


def _any_of(labels: Tensor, classes: Sequence[int]) -> Tensor:
    """Where integer labels are one of the classes: a boolean tensor of the same shape."""
    return torch.isin(labels, labels.new_tensor(classes))
