"""Several views of one page for a test: scales and mirrors."""
from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from mmseg.utils.errors import InputError

from ..builder import PIPELINES
from .compose import Compose, Transform

Results = dict[str, Any]
Size = tuple[int, int]


@PIPELINES.register_module()
class MultiScaleFlipAug:
    """A dict of lists: what the inner transforms give for each scale and mirror of a page.

    Scales come in the order given; for each the page as it is, then mirrored. Every view carries
    ``view_scale``, the ratio at which it shows the page: its entry of ``img_ratios``, or its
    ``img_scale`` over the first one, and 1.0 where there is one scale only.

    Args:
        transforms: Transforms of each view.
        img_scale: (width, height) in pixels, or a list of them; None takes the page's own size.
        img_ratios: Factors for ``img_scale``.
        flip: Whether mirrored views are added.
        flip_direction: 'horizontal', 'vertical', 'diagonal', or a list of them.

    Raises:
        InputError: Neither scales nor ratios, or ratios for several scales.
    """

    def __init__(self, transforms: Sequence[Mapping[str, Any] | Transform],
                 img_scale: Size | Sequence[Size] | None,
                 img_ratios: float | Sequence[float] | None = None, flip: bool = False,
                 flip_direction: str | Sequence[str] = 'horizontal') -> None:
        if flip and not any(_is_flip(transform) for transform in transforms):
            warnings.warn('flip=True has no effect without RandomFlip among the transforms',
                          stacklevel=2)
        self.transforms = Compose(transforms)
        self.flip = flip
        self.flip_direction = [flip_direction] if isinstance(flip_direction, str) else list(
            flip_direction)
        self.img_ratios = None if img_ratios is None else _as_ratios(img_ratios)
        self.img_scale = None if img_scale is None else _as_scales(img_scale)
        if self.img_scale is None and self.img_ratios is None:
            raise InputError('MultiScaleFlipAug needs img_scale or img_ratios, got neither')
        if self.img_ratios is not None and self.img_scale is not None and len(self.img_scale) > 1:
            raise InputError(f'MultiScaleFlipAug: img_ratios go with one img_scale, got '
                             f'{len(self.img_scale)}')

    def _views(self, page: Size) -> list[tuple[Size, float]]:
        """(width, height) and ratio of each scale for a page of (height, width)."""
        if self.img_ratios is None:
            assert self.img_scale is not None
            first = max(self.img_scale[0])
            return [(scale, max(scale) / first) for scale in self.img_scale]
        width, height = (page[1], page[0]) if self.img_scale is None else self.img_scale[0]
        return [((int(width * ratio), int(height * ratio)), float(ratio))
                for ratio in self.img_ratios]

    def __call__(self, results: Results) -> Results:
        """All views of the page, collected key by key."""
        collected: Results = {}
        for scale, ratio in self._views(results['img'].shape[:2]):
            for flip in (False, True) if self.flip else (False, ):
                for direction in self.flip_direction:
                    view = self.transforms({**results, 'scale': scale, 'view_scale': ratio,
                                            'flip': flip, 'flip_direction': direction})
                    for key, value in (view or {}).items():
                        collected.setdefault(key, []).append(value)
        return collected

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(transforms={self.transforms}, '
                f'img_scale={self.img_scale}, img_ratios={self.img_ratios}, flip={self.flip}, '
                f'flip_direction={self.flip_direction})')


def _is_flip(transform: Any) -> bool:
    kind = transform['type'] if isinstance(transform, Mapping) else type(transform)
    name = kind if isinstance(kind, str) else kind.__name__
    return name.endswith('Flip')


def _as_ratios(ratios: float | Sequence[float]) -> list[float]:
    found = [ratios] if isinstance(ratios, (int, float)) else list(ratios)
    if not found or not all(isinstance(ratio, (int, float)) and ratio > 0 for ratio in found):
        raise InputError(f'MultiScaleFlipAug: img_ratios must be factors above 0, got {ratios!r}')
    return found


def _as_scales(scales: Any) -> list[Size]:
    found = list(scales) if isinstance(scales, (list, tuple)) else [scales]
    if found and all(isinstance(side, (int, float)) for side in found):
        found = [tuple(found)]
    if not found or not all(isinstance(s, (list, tuple)) and len(s) == 2 for s in found):
        raise InputError(f'MultiScaleFlipAug: img_scale must be (width, height) or a list of '
                         f'them, got {scales!r}')
    return [(scale[0], scale[1]) for scale in found]
