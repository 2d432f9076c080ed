"""Outputs of a network for a view of a page, and their combination over windows and flips."""
from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F

from ..utils.errors import InputError
from ..utils.precision import in_full


class PageLogits(NamedTuple):
    """Logits of a batch.

    Attributes:
        seg: (N, K, H, W), of each pixel.
        cls: (N, C), of each page; None without a page-type head.
        lines: (N, 1, H, W), of shrunk text lines; None without a line head.
    """
    seg: torch.Tensor
    cls: torch.Tensor | None = None
    lines: torch.Tensor | None = None

    def plain(self) -> torch.Tensor | PageLogits:
        """Return only the logits of the pixels where there are no others."""
        return self.seg if self.cls is None and self.lines is None else self


class PageScores(NamedTuple):
    """Scores in [0, 1] of a batch.

    Attributes:
        seg: (N, K, H, W), of each pixel.
        cls: (N, C), of each page; None without a page-type head.
        lines: (N, 1, H, W), of shrunk text lines; None without a line head.
    """
    seg: torch.Tensor
    cls: torch.Tensor | None = None
    lines: torch.Tensor | None = None


def as_page(output: torch.Tensor | tuple) -> PageLogits:
    """Return what a segmentor's ``encode_decode`` gave: logits ``(N, K, H, W)``, or a tuple of them
    and those of further heads."""
    return PageLogits(output) if isinstance(output, torch.Tensor) else PageLogits(*output)


def softmax_scores(logits: PageLogits) -> PageScores:
    """Return scores: softmax over the classes, or a sigmoid where there is a single channel."""
    seg = in_full(logits.seg)
    seg = seg.sigmoid() if seg.shape[1] == 1 else seg.softmax(dim=1)
    return PageScores(seg, None if logits.cls is None else in_full(logits.cls).softmax(dim=1),
                      None if logits.lines is None else in_full(logits.lines).sigmoid())


def best_classes(scores: torch.Tensor) -> torch.Tensor:
    """Return the class (N, H, W) with the highest score of each pixel, the first of equals.

    Args:
        scores: Or logits, (N, K, H, W).

    Returns:
        uint8 where that holds K classes, else int64.
    """
    # on a CPU, argmax takes six times as long over a dimension that is not the last
    classes = scores.max(dim=1).indices
    return classes.to(torch.uint8) if scores.shape[1] <= 256 else classes


_FLIPPED = dict(horizontal=(3, ), vertical=(2, ), diagonal=(2, 3))


def undo_flip(seg: torch.Tensor, direction: str) -> torch.Tensor:
    """Return ``seg`` (N, K, H, W) of a flipped page as of the page itself.

    Args:
        seg: Of pages that are flipped the same way.
        direction: ``'horizontal'``, ``'vertical'`` or ``'diagonal'``, which is both.

    Raises:
        InputError: Another direction.
    """
    if direction not in _FLIPPED:
        raise InputError(f'flip_direction must be one of {", ".join(_FLIPPED)}, got '
                         f"'{direction}'")
    return seg.flip(dims=_FLIPPED[direction])


def undo_flips(seg: torch.Tensor, metas: Sequence[Mapping]) -> torch.Tensor:
    """Return ``seg`` (N, K, H, W) with each page as it was before its flip.

    Args:
        seg: Of a batch.
        metas: ``flip`` and ``flip_direction`` of each of its N pages.

    Raises:
        InputError: A direction that there is not.
    """
    ways = [meta.get('flip_direction', 'horizontal') if meta.get('flip', False) else None
            for meta in metas]
    if len(set(ways)) == 1:
        return seg if ways[0] is None else undo_flip(seg, ways[0])
    return torch.cat([page if way is None else undo_flip(page, way)
                      for page, way in zip(seg.split(1), ways, strict=True)])


def _starts(length: int, window: int, stride: int) -> list[int]:
    """First pixels of windows that cover ``length``; the last one ends at its end."""
    if length <= window:
        return [0]
    return [*range(0, length - window, stride), length - window]


def _pair(value: Any, name: str) -> tuple[int, int]:
    """Height and width of windows or steps.

    Raises:
        InputError: It is something else.
    """
    if not (isinstance(value, (list, tuple)) and len(value) == 2
            and all(isinstance(side, Integral) for side in value)):
        raise InputError(f'test_cfg.{name} is (height, width) in pixels, got '
                         f'{reprlib.repr(value)}')
    return value[0], value[1]


def slide(forward: Callable[[torch.Tensor], PageLogits], image: torch.Tensor,
          crop_size: tuple[int, int], stride: tuple[int, int]) -> PageLogits:
    """Return the mean of the outputs of ``forward`` over overlapping windows.

    Logits of pixels and lines are averaged where windows overlap; page types are averaged as
    scores, and come back as their logarithm so that a softmax gives the mean back.

    Args:
        forward: Takes (N, 3, h, w) and gives logits of that size.
        image: (N, 3, H, W).
        crop_size: Height and width of a window in pixels.
        stride: Steps down and to the right in pixels, at most ``crop_size``.

    Raises:
        InputError: A stride below 1 or above the crop size.
    """
    height, width = image.shape[2:]
    crop_h, crop_w = _pair(crop_size, 'crop_size')
    step_h, step_w = _pair(stride, 'stride')
    if min(step_h, step_w) < 1 or step_h > crop_h or step_w > crop_w:
        raise InputError(f'test_cfg.stride {tuple(stride)} must lie between 1 and '
                         f'test_cfg.crop_size {tuple(crop_size)}, or pixels are left out')
    total: torch.Tensor | None = None
    pages: torch.Tensor | None = None
    lines: torch.Tensor | None = None
    count: torch.Tensor | None = None
    tops, lefts = _starts(height, crop_h, step_h), _starts(width, crop_w, step_w)
    for top in tops:
        for left in lefts:
            window = (..., slice(top, min(top + crop_h, height)),
                      slice(left, min(left + crop_w, width)))
            seen = forward(image[window])
            total = _summed(total, seen.seg, window, (height, width))
            if seen.lines is not None:
                lines = _summed(lines, seen.lines, window, (height, width))
            if count is None:  # where the answers are, which may be elsewhere than the image
                count = total.new_zeros((1, 1, height, width))
            count[window] += 1
            if seen.cls is not None:
                scores = in_full(seen.cls).softmax(dim=1)
                pages = scores if pages is None else pages + scores
    mean = None if pages is None else (pages / (len(tops) * len(lefts))).log()
    assert total is not None and count is not None
    return PageLogits(total / count, mean, None if lines is None else lines / count)


def _summed(total: torch.Tensor | None, part: torch.Tensor, window: tuple,
            size: tuple[int, int]) -> torch.Tensor:
    """``total`` (N, K, *size), from zeros in float32, with ``part`` added in the window."""
    part = in_full(part)
    if total is None:
        total = part.new_zeros((part.shape[0], part.shape[1], *size))
    total[window] += part
    return total


def resize_to(seg: torch.Tensor, size: Sequence[int], align_corners: bool) -> torch.Tensor:
    """Return ``seg`` (N, K, h, w) bilinearly resized to ``size``, itself where it fits already."""
    # A trace must not take the equality of its example's sizes for a rule.
    if not torch.jit.is_tracing() and tuple(seg.shape[2:]) == tuple(size):
        return seg
    if seg.shape[1] == 0:  # of a network that tells page types alone
        return seg.new_zeros(seg.shape[0], 0, *size)
    return F.interpolate(seg, size=list(size), mode='bilinear', align_corners=align_corners)


def resized_at(seg: torch.Tensor, size: Sequence[int], y: torch.Tensor, x: torch.Tensor,
               align_corners: bool) -> torch.Tensor:
    """Return pixels (K, p) of ``seg`` (K, h, w) bilinearly resized to ``size``.

    Args:
        seg: One map of each class.
        size: (height, width) that it is resized to.
        y: Rows (p,) of the pixels in that size.
        x: Their columns (p,).
        align_corners: As in :func:`torch.nn.functional.interpolate`.
    """
    (top, bottom, down), (left, right, across) = (
        tuple(part[places] for part in _between(length, whole, align_corners, seg))
        for length, whole, places in zip(seg.shape[1:], size, (y, x)))
    maps, width = seg.flatten(1), seg.shape[2]
    upper, lower = (torch.lerp(maps[:, row * width + left], maps[:, row * width + right], across)
                    for row in (top, bottom))
    return torch.lerp(upper, lower, down)


def _between(length: int, size: int, align_corners: bool,
             like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """For each of ``size`` rows the two of ``length`` that it lies between, and the second's share.
    """
    number = torch.arange(size, dtype=like.dtype, device=like.device)
    place = (number * ((length - 1) / max(size - 1, 1)) if align_corners
             else ((number + 0.5) * (length / size) - 0.5).clamp(min=0))
    first = place.long().clamp(max=length - 1)
    return first, (first + 1).clamp(max=length - 1), place - first
