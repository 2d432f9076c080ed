"""Tiles of a view that a class needs: those on which a cheaper view leaves a doubt about it.

A class that uses one scale alone, such as thin separators the largest, needs that view only where a
smaller one does not tell. The other tiles of that view are not computed.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from numbers import Real
from typing import Any, NamedTuple

import torch

from ..utils.errors import InputError, nearest
from .fusion import Layers
from .views import PageLogits

# Strides of networks divide it: a window that starts at a multiple is seen as within the view.
_STEP = 32
# How far answers reach over the tiles, which resizing to the page's size asks for, in pixels.
_RIM = 8


@dataclass(frozen=True)
class Tiles:
    """How the tiles of a view are chosen.

    Attributes:
        size: Side of a tile in pixels of the view, a multiple of 32.
        margin: What the network sees around tiles, in pixels of the view, a multiple of 32, for
            what is next to them.
        doubt: A pixel is in doubt where the score of the class, in the smaller views, differs by
            so much at most from the highest one of the others; or two scores, between which that
            of the class is then.
        whole: A view is computed whole where windows would hold this share of its pixels or more,
            in (0, 1]: what windows do not see makes a difference.
    """
    size: int = 32
    margin: int = 64
    doubt: float | tuple[float, float] = 0.2
    whole: float = 0.4

    @classmethod
    def of(cls, values: Mapping[str, Any] | bool) -> Tiles:
        """Return the tiles of ``test_cfg.tiles``, where True takes the defaults.

        Raises:
            InputError: Another key, or a value out of range.
        """
        if values is True:
            return cls()
        if not isinstance(values, Mapping):
            raise InputError('test_cfg.tiles is True or has the keys size, margin, doubt and '
                             f'whole, got {values!r}')
        for key in values:
            if key not in cls.__dataclass_fields__:
                raise InputError(f"unknown key 'test_cfg.tiles.{key}'"
                                 f'{nearest(key, cls.__dataclass_fields__)}; there are '
                                 f'{", ".join(cls.__dataclass_fields__)}')
        return cls(**values)

    def __post_init__(self) -> None:
        """Raise InputError for a value out of range."""
        for key, least in (('size', _STEP), ('margin', 0)):
            value = getattr(self, key)
            if not isinstance(value, int) or value < least or value % _STEP:
                raise InputError(f'test_cfg.tiles.{key} is a multiple of {_STEP}, {least} or more, '
                                 f'in pixels, got {value!r}')
        low_high: tuple = (tuple(self.doubt) if isinstance(self.doubt, (tuple, list))
                           else (0., self.doubt))
        if not (len(low_high) == 2 and all(isinstance(score, Real) for score in low_high)
                and low_high[0] <= low_high[1]):
            raise InputError('test_cfg.tiles.doubt is a difference of scores, 0 or more, or two '
                             f'scores, the smaller one first, got {self.doubt!r}')
        if not (isinstance(self.whole, Real) and 0 < self.whole <= 1):
            raise InputError('test_cfg.tiles.whole is a share of the pixels of a view, above 0 and '
                             f'at most 1, got {self.whole!r}')

    def in_doubt(self, scores: torch.Tensor, labels: Sequence[int]) -> torch.Tensor:
        """Return where (N, H, W) there is a doubt about one of the classes.

        Args:
            scores: Of all classes (N, K, H, W).
            labels: The classes.
        """
        if isinstance(self.doubt, (tuple, list)):
            low, high = self.doubt
            chosen = scores[:, list(labels)]
            return ((chosen >= low) & (chosen <= high)).any(dim=1)
        found = torch.zeros_like(scores[:, 0], dtype=torch.bool)
        for label in labels:
            own = scores[:, label]
            others = [scores[:, other] for other in range(scores.shape[1]) if other != label]
            highest = reduce(torch.maximum, others) if others else 1 - own
            found |= (own - highest).abs() <= self.doubt
        return found


class TileCount(NamedTuple):
    """How many pixels of the larger views were computed.

    Attributes:
        seen: Pixels that went through the network.
        whole: Pixels of those views.
    """
    seen: int = 0
    whole: int = 0

    @property
    def skipped(self) -> float | None:
        """Share of the pixels that were not computed, in [0, 1]; None before there were any."""
        return max(0., 1 - self.seen / self.whole) if self.whole else None

    def plus(self, seen: int, whole: int) -> TileCount:
        """Return the count after further pixels."""
        return TileCount(self.seen + seen, self.whole + whole)


class Window(NamedTuple):
    """Tiles from ``top`` to ``bottom`` and ``left`` to ``right``, which lie just outside."""
    top: int
    left: int
    bottom: int
    right: int


def partial_scales(layers: Layers, scales: Sequence[float],
                   num_classes: int) -> dict[float, list[int]]:
    """Return the scales that may be computed in part → the classes that use them.

    These use no other scale, and the scale is not the smallest one, which is seen whole.

    Args:
        layers: Class index → scales; a class that is not named uses all.
        scales: Of the views.
        num_classes: K.

    Raises:
        InputError: A class names a scale that is not among ``scales``.
    """
    used = {label: {round(float(scale), 4) for scale in layers.get(label, scales)}
            for label in range(num_classes)}
    found = {}
    for scale in sorted(set(scales))[1:]:
        users = [label for label, wanted in used.items() if round(float(scale), 4) in wanted]
        if users and all(len(used[label]) == 1 for label in users):
            found[scale] = users
    if not found:
        raise InputError('test_cfg.tiles computes a part of a larger scale for classes that use it '
                         'alone, and there is none: name the scale of every class in '
                         'test_cfg.layers')
    return found


def tile_of(length: int, view: int, size: int) -> torch.Tensor:
    """Return the number of the tile (length,) that each row or column of a page lies in.

    Args:
        length: Of the page in pixels.
        view: Of the page in the view, without padding.
        size: Of a tile in the view.
    """
    return ((torch.arange(length) + 0.5) * (view / length / size)).long()


def windows_of(grid: torch.Tensor, margin: float) -> list[Window]:
    """Return rectangles that hold all tiles of ``grid``, so that the network sees few pixels.

    Two rectangles become one where that is cheaper, with the margin around each.

    Args:
        grid: (rows, columns) bool.
        margin: Around each, in tiles.
    """
    boxes = _runs(grid)
    while len(boxes) > 1:
        low = torch.minimum(boxes[:, None, :2], boxes[None, :, :2])
        high = torch.maximum(boxes[:, None, 2:], boxes[None, :, 2:])
        joined = _cost(torch.cat([low, high], dim=2), margin)
        own = _cost(boxes, margin)
        gain = own[:, None] + own[None] - joined
        gain.fill_diagonal_(-1.)
        best = int(gain.argmax())
        one, two = divmod(best, len(boxes))
        if gain[one, two] < 0:
            break
        both = torch.cat([low[one, two], high[one, two]])
        kept = [number for number in range(len(boxes)) if number not in (one, two)]
        boxes = torch.cat([boxes[kept], both[None]])
    return [Window(*box) for box in boxes.tolist()]


def _runs(grid: torch.Tensor) -> torch.Tensor:
    """The runs of tiles in each row, as (n, 4) of top, left, bottom, right."""
    steps = torch.nn.functional.pad(grid.int(), (1, 1)).diff(dim=1)
    rows, starts = (steps == 1).nonzero(as_tuple=True)
    ends = (steps == -1).nonzero(as_tuple=True)[1]
    return torch.stack([rows, starts, rows + 1, ends], dim=1)


def _cost(boxes: torch.Tensor, margin: float) -> torch.Tensor:
    sides = (boxes[..., 2:] - boxes[..., :2]).double() + 2 * margin
    return sides.prod(dim=-1)


def tiled(forward: Callable[[torch.Tensor], PageLogits], image: torch.Tensor, grid: torch.Tensor,
          tiles: Tiles) -> tuple[torch.Tensor | None, int]:
    """Return logits (1, K, H, W) that are computed on some tiles, and the number of pixels seen.

    Args:
        forward: Takes (1, 3, h, w) and gives logits of that size.
        image: (1, 3, H, W).
        grid: (rows, columns) bool, the tiles that are wanted; those of padding are none.
        tiles: Their size and margin.

    Returns:
        The logits, 0 where they were not computed, or None where no tile is wanted.
    """
    height, width = image.shape[2:]
    parts = windows_of(grid.cpu(), tiles.margin / tiles.size)
    if not parts:
        return None, 0
    seen = [_around(part, tiles, tiles.margin, height, width) for part in parts]
    pixels = sum((bottom - top) * (right - left) for top, left, bottom, right in seen)
    if pixels >= tiles.whole * height * width or bool(grid.all()):
        return forward(image).seg, height * width
    answers = [forward(image[:, :, top:bottom, left:right]).seg
               for top, left, bottom, right in seen]
    logits = answers[0].new_zeros((1, answers[0].shape[1], height, width))
    for rim in (min(_RIM, tiles.margin), 0):  # a tile's own answer is above the rims of others
        for part, window, answer in zip(parts, seen, answers, strict=True):
            top, left, bottom, right = _around(part, tiles, rim, height, width)
            logits[:, :, top:bottom, left:right] = answer[
                :, :, top - window.top:bottom - window.top, left - window.left:right - window.left]
    return logits, pixels


def _around(part: Window, tiles: Tiles, margin: int, height: int, width: int) -> Window:
    """The pixels of tiles and of a margin around them."""
    top, left, bottom, right = (edge * tiles.size for edge in part)
    return Window(max(0, top - margin), max(0, left - margin), min(height, bottom + margin),
                  min(width, right + margin))
