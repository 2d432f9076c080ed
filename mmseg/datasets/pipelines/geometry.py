"""Transforms that move pixels: size, mirror, margin, turn. Label maps move with their image."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import mmcv
import numpy as np
from mmcv.utils import deprecated_api_warning

from mmseg.utils.errors import InputError, nearest

from ..builder import PIPELINES
from .line_polygons import move_lines, scale_lines
from .resized import ResizedView, resize

Results = dict[str, Any]
Size = tuple[int, int]

# cv2.flip's codes
_FLIPS = {'horizontal': 1, 'vertical': 0, 'diagonal': -1}


def _check_probability(prob: float | None, name: str) -> None:
    if prob is not None and not 0 <= prob <= 1:
        raise InputError(f'{name} takes a prob between 0 and 1, got {prob}')


@PIPELINES.register_module()
class Resize:
    """Image and label maps at another size.

    Where the size comes from, in this order: ``results['scale']`` that an earlier transform set;
    ``img_scale`` times a ratio from ``ratio_range`` (the image's own size where ``img_scale`` is
    None); the only ``img_scale``; one of several (``multiscale_mode='value'``) or one between two
    (``'range'``).

    Args:
        img_scale: (width, height) in pixels, or a list of them. With ``keep_ratio`` it is a frame
            (longer and shorter side) into which the image just fits.
        multiscale_mode: 'range' or 'value'.
        ratio_range: Smallest and largest factor for ``img_scale``.
        keep_ratio: Whether height and width are scaled alike.
        min_size: With ``keep_ratio``, the shorter side is at least this many pixels.

    Raises:
        InputError: Arguments that do not go together.
    """

    def __init__(self,
                 img_scale: Size | list[Size] | None = None,
                 multiscale_mode: str = 'range',
                 ratio_range: tuple[float, float] | None = None,
                 keep_ratio: bool = True,
                 min_size: int | None = None) -> None:
        self.img_scale: list[Size] | None = None
        if img_scale is not None:
            scales = img_scale if isinstance(img_scale, list) else [img_scale]
            self.img_scale = [_checked_scale(scale) for scale in scales]
        if multiscale_mode not in ('range', 'value'):
            raise InputError(f"Resize: multiscale_mode must be 'range' or 'value', got "
                             f"'{multiscale_mode}'{nearest(multiscale_mode, ('range', 'value'))}")
        if ratio_range is not None and self.img_scale is not None and len(self.img_scale) != 1:
            raise InputError('Resize: ratio_range goes with one img_scale, got '
                             f'{len(self.img_scale)}')
        if (ratio_range is None and self.img_scale is not None and len(self.img_scale) > 2
                and multiscale_mode == 'range'):
            raise InputError("Resize: multiscale_mode='range' takes two img_scale, the smallest "
                             f"and the largest, got {len(self.img_scale)}; for a choice among "
                             "them say multiscale_mode='value'")
        self.multiscale_mode = multiscale_mode
        self.ratio_range = ratio_range
        self.keep_ratio = keep_ratio
        self.min_size = min_size

    @staticmethod
    def random_select(img_scales: Sequence[Size]) -> tuple[Size, int]:
        """One of ``img_scales``, and its number."""
        number = np.random.randint(len(img_scales))
        return img_scales[number], number

    @staticmethod
    def random_sample(img_scales: Sequence[Size]) -> tuple[Size, None]:
        """A scale whose longer and shorter side lie between those of the two given."""
        sides = []
        for pick in (max, min):
            low, high = sorted(pick(scale) for scale in img_scales)
            sides.append(np.random.randint(low, high + 1))
        return (sides[0], sides[1]), None

    @staticmethod
    def random_sample_ratio(img_scale: Size, ratio_range: tuple[float, float]
                            ) -> tuple[Size, None]:
        """``img_scale`` times a factor from ``ratio_range``."""
        low, high = ratio_range
        ratio = np.random.random_sample() * (high - low) + low
        return (int(img_scale[0] * ratio), int(img_scale[1] * ratio)), None

    def _draw(self, results: Results) -> tuple[Size, int | None]:
        """The (width, height) to resize to, and its number among ``img_scale``."""
        if self.ratio_range is not None:
            height, width = results['img'].shape[:2]
            base = (width, height) if self.img_scale is None else self.img_scale[0]
            return self.random_sample_ratio(base, self.ratio_range)
        if self.img_scale is None:
            raise InputError('Resize needs img_scale or ratio_range, or a scale that an earlier '
                             'transform such as MultiScaleFlipAug sets')
        if len(self.img_scale) == 1:
            return self.img_scale[0], 0
        if self.multiscale_mode == 'range':
            return self.random_sample(self.img_scale)
        return self.random_select(self.img_scale)

    def _size(self, scale: tuple[float, float], old: Size) -> Size:
        """Height and width that an image of size ``old`` gets."""
        if not self.keep_ratio:
            return int(scale[1]), int(scale[0])
        factor = min(max(scale) / max(old), min(scale) / min(old))
        if self.min_size is not None:
            # the shorter side decides alone
            factor = max(self.min_size, min(scale)) / min(old)
        height, width = (max(int(side * factor + .5), 1) for side in old)
        return height, width

    def __call__(self, results: Results, lazily: bool = False) -> Results:
        """Resize ``img`` and ``seg_fields``; writes scale, scale_factor, img_shape, pad_shape.

        Args:
            results: The page.
            lazily: Leave views that compute their windows when asked: for a crop that follows.
        """
        if 'scale' not in results:
            results['scale'], results['scale_idx'] = self._draw(results)
        img = results['img']
        size = self._size(results['scale'], img.shape[:2])
        apply = ResizedView if lazily else resize
        results['img'] = apply(img, size)
        for key in results.get('seg_fields', []):
            label = results[key]
            label_size = size if label.shape[:2] == img.shape[:2] else self._size(
                results['scale'], label.shape[:2])
            results[key] = apply(label, label_size, nearest=True)
        ratios = size[1] / img.shape[1], size[0] / img.shape[0]
        scale_lines(results, ratios)
        results['scale_factor'] = np.array(ratios * 2, dtype=np.float32)
        results['img_shape'] = results['pad_shape'] = (*size, *img.shape[2:])
        results['keep_ratio'] = self.keep_ratio
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(img_scale={self.img_scale}, '
                f'multiscale_mode={self.multiscale_mode}, ratio_range={self.ratio_range}, '
                f'keep_ratio={self.keep_ratio}, min_size={self.min_size})')


def _checked_scale(scale: Any) -> Size:
    if not isinstance(scale, (tuple, list)) or len(scale) != 2:
        raise InputError(f'Resize: img_scale must be (width, height), got {scale!r}')
    return scale[0], scale[1]


@PIPELINES.register_module()
class ResizeToMultiple:
    """Image and label maps with both sides rounded up to a multiple.

    Args:
        size_divisor: The number whose multiples are wanted, in pixels.
        interpolation: OpenCV mode for the image by its mmcv name; bilinear where None. Label maps
            always take the nearest pixel.
    """

    def __init__(self, size_divisor: int = 32, interpolation: str | None = None) -> None:
        self.size_divisor = size_divisor
        self.interpolation = interpolation

    def _round_up(self, array: np.ndarray, interpolation: str) -> np.ndarray:
        height, width = (-(-side // self.size_divisor) * self.size_divisor
                         for side in array.shape[:2])
        return mmcv.imresize(array, (width, height), interpolation=interpolation)

    def __call__(self, results: Results) -> Results:
        """Resize; writes img_shape and pad_shape."""
        height, width = results['img'].shape[:2]
        results['img'] = self._round_up(results['img'], self.interpolation or 'bilinear')
        new = results['img'].shape
        scale_lines(results, (new[1] / width, new[0] / height))
        for key in results.get('seg_fields', []):
            results[key] = self._round_up(results[key], 'nearest')
        results['img_shape'] = results['pad_shape'] = results['img'].shape
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(size_divisor={self.size_divisor}, '
                f'interpolation={self.interpolation})')


@PIPELINES.register_module()
class SegRescale:
    """Label maps at another scale, as heads with a coarse output want them.

    Args:
        scale_factor: New size over old size.
    """

    def __init__(self, scale_factor: float = 1) -> None:
        self.scale_factor = scale_factor

    def __call__(self, results: Results) -> Results:
        """Rescale every label map; the image stays."""
        if self.scale_factor != 1:
            for key in results.get('seg_fields', []):
                results[key] = mmcv.imrescale(results[key], self.scale_factor,
                                              interpolation='nearest')
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(scale_factor={self.scale_factor})'


def flip(array: np.ndarray, direction: str) -> np.ndarray:
    """``array`` ``(H, W[, C])`` mirrored, as a new array; a second flip gives the input back."""
    if array.dtype in (np.uint8, np.float32):
        flipped = cv2.flip(array, _FLIPS[direction])
        return flipped.reshape(array.shape)  # cv2 drops a single channel
    return np.ascontiguousarray(mmcv.imflip(array, direction))


@PIPELINES.register_module()
class RandomFlip:
    """Image and label maps mirrored, with a probability.

    ``results['flip']`` and ``results['flip_direction']`` of an earlier transform come first.

    Args:
        prob: Share of pages that are mirrored; None mirrors only where ``results`` say so.
        direction: 'horizontal' (left becomes right), 'vertical' or 'diagonal' (both).

    Raises:
        InputError: Another direction, or a probability outside [0, 1].
    """

    @deprecated_api_warning({'flip_ratio': 'prob'}, cls_name='RandomFlip')
    def __init__(self, prob: float | None = None, direction: str = 'horizontal') -> None:
        _check_probability(prob, 'RandomFlip')
        if direction not in _FLIPS:
            raise InputError(f"RandomFlip: direction must be one of {', '.join(_FLIPS)}, got "
                             f"'{direction}'{nearest(direction, _FLIPS)}")
        self.prob = prob
        self.direction = direction

    def __call__(self, results: Results) -> Results:
        """Mirror; writes flip and flip_direction."""
        if 'flip' not in results:
            results['flip'] = self.prob is not None and bool(np.random.rand() < self.prob)
        direction = results.setdefault('flip_direction', self.direction)
        if results['flip']:
            for key in ('img', *results.get('seg_fields', [])):
                results[key] = flip(results[key], direction)
            height, width = results['img'].shape[:2]
            across = (1, 0) if direction == 'vertical' else (-1, width)
            down = (1, 0) if direction == 'horizontal' else (-1, height)
            move_lines(results, [[across[0], 0, across[1]], [0, down[0], down[1]]])
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(prob={self.prob}, direction={self.direction})'


@PIPELINES.register_module()
class Pad:
    """Image and label maps with a margin on the right and at the bottom.

    Args:
        size: (height, width) to reach, in pixels; a larger image stays as it is.
        size_divisor: Or: the number of which both sides become multiples.
        pad_val: Grey level of the margin in every channel, or one level for each.
        seg_pad_val: Label of the margin.

    Raises:
        InputError: Both or neither of ``size`` and ``size_divisor`` are given.
    """

    def __init__(self, size: Size | None = None, size_divisor: int | None = None,
                 pad_val: float | Sequence[float] = 0, seg_pad_val: int = 255) -> None:
        if (size is None) == (size_divisor is None):
            raise InputError(f'Pad takes either size or size_divisor, got size={size} and '
                             f'size_divisor={size_divisor}')
        self.size = size
        self.size_divisor = size_divisor
        self.pad_val = pad_val
        self.seg_pad_val = seg_pad_val

    def _size(self, old: Size) -> Size:
        if self.size is not None:
            return max(self.size[0], old[0]), max(self.size[1], old[1])
        assert self.size_divisor is not None
        height, width = (-(-side // self.size_divisor) * self.size_divisor for side in old)
        return height, width

    def __call__(self, results: Results) -> Results:
        """Pad; writes pad_shape, pad_fixed_size and pad_size_divisor."""
        size = self._size(results['img'].shape[:2])
        results['img'] = pad(results['img'], size, self.pad_val)
        for key in results.get('seg_fields', []):
            results[key] = pad(results[key], size, self.seg_pad_val)
        results['pad_shape'] = results['img'].shape
        results['pad_fixed_size'] = self.size
        results['pad_size_divisor'] = self.size_divisor
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(size={self.size}, size_divisor={self.size_divisor}, '
                f'pad_val={self.pad_val})')


def pad(array: np.ndarray, size: Size, value: float | Sequence[float]) -> np.ndarray:
    """``(H, W)`` or ``(H, W, C)`` in the upper left of an array of ``size`` (height, width); the
    same array where that is not larger."""
    below, right = size[0] - array.shape[0], size[1] - array.shape[1]
    if below <= 0 and right <= 0:
        return array
    # in the same order in memory: what Normalize has laid out plane by plane stays so
    padded = np.empty_like(array, shape=(*size, *array.shape[2:]), order='K')
    padded[...] = value
    padded[:array.shape[0], :array.shape[1]] = array
    return padded


@PIPELINES.register_module()
class RandomRotate:
    """Image and label maps turned by a random angle, with a probability.

    Args:
        prob: Share of pages that are turned.
        degree: Range of the angle, clockwise; one number d means (-d, d).
        pad_val: Grey level of the corners that come in.
        seg_pad_val: Label of these corners.
        center: (x, y) to turn about, in pixels; the middle where None.
        auto_bound: Whether the picture grows so that nothing is cut off.

    Raises:
        InputError: A probability outside [0, 1] or a degree that is not a range.
    """

    def __init__(self, prob: float, degree: float | tuple[float, float], pad_val: float = 0,
                 seg_pad_val: int = 255, center: tuple[float, float] | None = None,
                 auto_bound: bool = False) -> None:
        _check_probability(prob, 'RandomRotate')
        if isinstance(degree, (int, float)):
            if degree <= 0:
                raise InputError(f'RandomRotate: a single degree must be above 0, got {degree}')
            degree = (-degree, degree)
        if len(degree) != 2:
            raise InputError(f'RandomRotate: degree must be a number or a range, got {degree}')
        self.prob = prob
        self.degree = (min(degree), max(degree))
        self.pal_val = pad_val  # the attribute's name in 0.x
        self.seg_pad_val = seg_pad_val
        self.center = center
        self.auto_bound = auto_bound

    def _draw(self) -> float | None:
        """The angle in degrees; None where this page stays."""
        turned = np.random.rand() < self.prob
        angle = np.random.uniform(*self.degree)
        return angle if turned else None

    def __call__(self, results: Results) -> Results:
        """Turn; the shape stays unless ``auto_bound``."""
        angle = self._draw()
        if angle is None:
            return results
        turn = dict(angle=angle, center=self.center, auto_bound=self.auto_bound)
        old = results['img'].shape[:2]
        results['img'] = mmcv.imrotate(results['img'], border_value=self.pal_val, **turn)
        for key in results.get('seg_fields', []):
            results[key] = mmcv.imrotate(results[key], border_value=self.seg_pad_val,
                                         interpolation='nearest', **turn)
        self._turn_lines(results, angle, old)
        if self.auto_bound:
            results['img_shape'] = results['pad_shape'] = results['img'].shape
        return results

    def _turn_lines(self, results: Results, angle: float, old: Size) -> None:
        """Turn the polygons of text lines as the image of size ``old`` was turned."""
        middle = (old[1] - 1) / 2, (old[0] - 1) / 2
        matrix = cv2.getRotationMatrix2D(self.center or middle, -angle, 1.)
        new = results['img'].shape
        matrix[:, 2] += (new[1] - old[1]) / 2, (new[0] - old[0]) / 2
        # the image turns about centres of pixels, and polygons run along their edges
        matrix[:, 2] = matrix[:, 2] + 0.5 - matrix[:, :2].sum(axis=1) / 2
        move_lines(results, matrix)

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(prob={self.prob}, degree={self.degree}, '
                f'pad_val={self.pal_val}, seg_pad_val={self.seg_pad_val}, '
                f'center={self.center}, auto_bound={self.auto_bound})')
