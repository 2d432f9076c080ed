"""Transforms that choose windows of a page: random crops, and holes."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from mmseg.utils.errors import InputError, near_miss, nearest

from ..builder import PIPELINES
from .geometry import Results, Size, _check_probability
from .line_polygons import move_lines
from .resized import ResizedView

# top, bottom, left, right in pixels
Window = tuple[int, int, int, int]

# how often another window is drawn when one class takes too much of it
_TRIES = 10
# one pixel of so many along each side tells which class is likely to be the largest
_SAMPLE = 32


def label_counts(label: np.ndarray) -> dict[int, int]:
    """How many pixels each value of ``label (H, W)`` has."""
    if label.dtype == np.uint8 and label.size < 1 << 24:  # float32 counts are exact up to here
        counts = cv2.calcHist([label], [0], None, [256], [0, 256]).ravel()
        return {int(value): int(counts[value]) for value in np.flatnonzero(counts)}
    values, numbers = np.unique(label, return_counts=True)
    return dict(zip(values.tolist(), numbers.tolist(), strict=True))


@PIPELINES.register_module()
class RandomCrop:
    """A random window of image and label maps.

    Args:
        crop_size: (height, width) in pixels; a smaller page stays as it is on that side.
        cat_max_ratio: A window where one class has at least this share of the labelled pixels, or
            which has one class only, is drawn again, up to ten times.
        ignore_index: Label of pixels that do not count for that share.
        focus: ``dict(classes=('table', 'validline'), prob=0.5)``: with that probability the window
            is laid so that it holds a random pixel of one of these classes (names of the data set,
            or labels), each label of them that the page has
            being as likely as the others; names that the data set does not have are left out. It
            finds classes early that cover little. None draws
            every window evenly.

    Raises:
        InputError: A size that is not positive, a ``focus`` with other keys, or a misspelt name
            in it.
    """

    def __init__(self, crop_size: Size, cat_max_ratio: float = 1.0, ignore_index: int = 255,
                 focus: Mapping[str, Any] | None = None) -> None:
        if len(crop_size) != 2 or min(crop_size) <= 0:
            raise InputError(f'RandomCrop: crop_size must be (height, width), got {crop_size}')
        self.crop_size = crop_size
        self.cat_max_ratio = cat_max_ratio
        self.ignore_index = ignore_index
        self.focus = None if focus is None else _checked_focus(focus)

    def get_crop_bbox(self, img: np.ndarray) -> Window:
        """A window (top, bottom, left, right) anywhere on ``img``."""
        top, left = (np.random.randint(0, max(side - crop, 0) + 1)
                     for side, crop in zip(img.shape, self.crop_size, strict=False))
        return top, top + self.crop_size[0], left, left + self.crop_size[1]

    def crop(self, img: np.ndarray, crop_bbox: Window) -> np.ndarray:
        """The part of ``img`` in the window."""
        top, bottom, left, right = crop_bbox
        return img[top:bottom, left:right]

    def _draw(self, results: Results) -> Window:
        """The window for this page."""
        label = results.get('gt_semantic_seg')
        if self.focus is not None and label is not None:
            wanted = self._labels_in_focus(results)
            if np.random.rand() < self.focus['prob']:
                window = self._focused(label, wanted)
                if window is not None:
                    return window
        window = self.get_crop_bbox(results['img'])
        if self.cat_max_ratio >= 1 or label is None:
            return window
        for _ in range(_TRIES):
            if self._is_mixed(self.crop(label, window)):
                break
            window = self.get_crop_bbox(results['img'])
        return window

    def _is_mixed(self, label: np.ndarray) -> bool:
        """Whether no class has too large a share of the labelled pixels."""
        if label.dtype == np.uint8:
            mixed = self._is_mixed_by_largest(label)
            if mixed is not None:
                return mixed
        counts = [number for value, number in label_counts(label).items()
                  if value != self.ignore_index]
        return len(counts) > 1 and max(counts) / sum(counts) < self.cat_max_ratio

    def _is_mixed_by_largest(self, label: np.ndarray) -> bool | None:
        """The same from the pixels of one class, a fifth of the work; None where others matter."""
        seen = np.bincount(label[::_SAMPLE, ::_SAMPLE].ravel(), minlength=256)
        if 0 <= self.ignore_index < 256:
            seen[self.ignore_index] = 0
        labelled = label.size - np.count_nonzero(label == self.ignore_index)
        largest = np.count_nonzero(label == int(seen.argmax())) if seen.any() else 0
        if not labelled or largest / labelled >= self.cat_max_ratio:
            return False
        others = labelled - largest
        return True if largest and others / labelled < self.cat_max_ratio else None

    def _labels_in_focus(self, results: Results) -> list[int]:
        """The labels of the classes in focus that the data set has, by name or index."""
        assert self.focus is not None
        names = list(results.get('class_names', ()))
        for name in self.focus['classes']:
            if isinstance(name, str) and name not in names and (
                    not names or near_miss(name, names)):
                raise InputError(f"RandomCrop: focus names the class '{name}'"
                                 f'{nearest(name, names)}, but the classes of the data set are '
                                 f"{', '.join(names) or 'not known'}")
        return [names.index(name) if isinstance(name, str) else int(name)
                for name in self.focus['classes'] if not isinstance(name, str) or name in names]

    def _focused(self, label: np.ndarray | ResizedView, wanted: list[int]) -> Window | None:
        """A window that holds a pixel with one of the labels; None if there is none."""
        view = label if isinstance(label, ResizedView) else ResizedView(label, label.shape)
        stored = view.array
        for value in np.random.permutation(wanted):
            pixels = np.flatnonzero(stored == int(value))
            if pixels.size:
                at = view.seen_at(*divmod(int(np.random.choice(pixels)), stored.shape[1]))
                top, left = (_offset_around(*sides) for sides
                             in zip(at, self.crop_size, view.shape, strict=False))
                return top, top + self.crop_size[0], left, left + self.crop_size[1]
        return None

    def __call__(self, results: Results) -> Results:
        """Crop; writes img_shape and pad_shape."""
        window = self._draw(results)
        for key in ('img', *results.get('seg_fields', [])):
            results[key] = self.crop(results[key], window)
        move_lines(results, [[1, 0, -window[2]], [0, 1, -window[0]]])
        results['img_shape'] = results['pad_shape'] = results['img'].shape
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(crop_size={self.crop_size})'


def _offset_around(at: int, crop: int, side: int) -> int:
    """A random start of a range of ``crop`` pixels within ``side`` that holds pixel ``at``."""
    first, last = max(at - crop + 1, 0), min(at, max(side - crop, 0))
    return np.random.randint(first, last + 1)


def _checked_focus(focus: Mapping[str, Any]) -> dict[str, Any]:
    keys = ('classes', 'prob')
    for key in focus:
        if key not in keys:
            raise InputError(f"RandomCrop: focus takes classes and prob, got '{key}'"
                             f'{nearest(key, keys)}')
    if 'classes' not in focus:
        raise InputError('RandomCrop: focus needs classes, the labels to look for')
    prob = focus.get('prob', .5)
    _check_probability(prob, 'RandomCrop: focus')
    return dict(classes=tuple(focus['classes']), prob=prob)


@PIPELINES.register_module()
class RandomCutOut:
    """The image with some rectangles filled in (DeVries and Taylor, 2017).

    Args:
        prob: Share of pages that get holes.
        n_holes: Number of holes, or its range, both ends included.
        cutout_shape: (width, height) of a hole in pixels, or a list of such to choose from.
        cutout_ratio: Or: the same as a share of the image's width and height.
        fill_in: What the holes show, one value per channel.
        seg_fill_in: Label of the holes; None leaves the labels as they are.

    Raises:
        InputError: Both or neither of shape and ratio, one that is not (width, height), a number of
            holes that is not a range, or a label outside [0, 255].
    """

    def __init__(self, prob: float, n_holes: int | tuple[int, int],
                 cutout_shape: Any = None, cutout_ratio: Any = None,
                 fill_in: Sequence[float] = (0, 0, 0), seg_fill_in: int | None = None) -> None:
        _check_probability(prob, 'RandomCutOut')
        if (cutout_shape is None) == (cutout_ratio is None):
            raise InputError('RandomCutOut takes either cutout_shape or cutout_ratio, got '
                             f'{cutout_shape} and {cutout_ratio}')
        holes = (n_holes, n_holes) if isinstance(n_holes, int) else tuple(n_holes)
        if len(holes) != 2 or not 0 <= holes[0] <= holes[1]:
            raise InputError(f'RandomCutOut: n_holes must be a number or a range, got {n_holes}')
        shapes = cutout_shape if cutout_ratio is None else cutout_ratio
        candidates = shapes if isinstance(shapes, list) else [shapes]
        if not all(isinstance(shape, list | tuple) and len(shape) == 2 for shape in candidates):
            raise InputError('RandomCutOut: a hole must be (width, height), or a list of such, got '
                             f'{shapes!r}')
        if seg_fill_in is not None and not (isinstance(seg_fill_in, int)
                                            and 0 <= seg_fill_in <= 255):
            raise InputError(f'RandomCutOut: seg_fill_in must be a label in [0, 255], got '
                             f'{seg_fill_in!r}')
        self.prob = prob
        self.n_holes = holes
        self.with_ratio = cutout_ratio is not None
        self.candidates = candidates
        self.fill_in = fill_in
        self.seg_fill_in = seg_fill_in

    def _draw(self, size: Size) -> list[Window]:
        """The holes of one page."""
        if np.random.rand() >= self.prob:
            return []
        height, width = size
        holes = []
        for _ in range(np.random.randint(self.n_holes[0], self.n_holes[1] + 1)):
            left, top = np.random.randint(0, width), np.random.randint(0, height)
            across, down = self.candidates[np.random.randint(0, len(self.candidates))]
            if self.with_ratio:
                across, down = int(across * width), int(down * height)
            holes.append((top, min(top + down, height), left, min(left + across, width)))
        return holes

    def __call__(self, results: Results) -> Results:
        """Cut holes into the image, and into the labels where ``seg_fill_in`` is given."""
        holes = self._draw(results['img'].shape[:2])
        fills = {'img': self.fill_in}
        if self.seg_fill_in is not None:
            fills.update(dict.fromkeys(results.get('seg_fields', []), self.seg_fill_in))
        for key, fill in fills.items() if holes else ():
            results[key] = results[key].copy()
            for top, bottom, left, right in holes:
                results[key][top:bottom, left:right] = fill
        return results

    def __repr__(self) -> str:
        kind = 'cutout_ratio' if self.with_ratio else 'cutout_shape'
        return (f'{type(self).__name__}(prob={self.prob}, n_holes={self.n_holes}, '
                f'{kind}={self.candidates}, fill_in={self.fill_in}, '
                f'seg_fill_in={self.seg_fill_in})')
