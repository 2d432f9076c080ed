"""Transforms of pages without label maps, by the names of MMClassification."""
from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import mmcv
import numpy as np

from mmseg.utils.errors import InputError

from ..builder import PIPELINES

Results = dict[str, Any]
Crop = tuple[int, int, int, int]
Colour = Sequence[float]

_INTERPOLATIONS = ('nearest', 'bilinear', 'bicubic', 'area', 'lanczos')


def as_here(step: Mapping[str, Any]) -> Mapping[str, Any]:
    """The config of a transform, by the name that it has here.

    ``Resize(size=...)``, ``RandomCrop(size=...)`` and ``RandomFlip(flip_prob=...)`` of
    MMClassification take other arguments than those of segmentors.

    Args:
        step: As a pipeline gives it.
    """
    kind = step.get('type')
    if kind == 'Resize' and 'size' in step:
        return dict(step, type='ResizeToSize')
    if kind == 'RandomCrop' and 'size' in step:
        return dict(step, type='RandomCropToSize')
    if kind == 'RandomFlip' and 'flip_prob' in step:
        renamed = {'prob' if key == 'flip_prob' else key: value for key, value in step.items()}
        return renamed
    return step


def _pair(size: int | Sequence[int], name: str) -> tuple[int, int]:
    """(height, width) of one number for both, or of two."""
    sides = (size, size) if isinstance(size, int) else tuple(size)
    if len(sides) != 2 or not all(isinstance(side, int) and side > 0 for side in sides):
        raise InputError(f'{name} takes one number of pixels or (height, width), got {size!r}')
    return sides[0], sides[1]


def check_interpolation(name: str, interpolation: str, backend: str = 'cv2') -> None:
    """Raise InputError for names of an interpolation or of what does it that are not known."""
    if interpolation not in _INTERPOLATIONS or backend not in ('cv2', 'pillow'):
        raise InputError(f"{name} interpolates by one of {', '.join(_INTERPOLATIONS)}, in cv2 or "
                         f"pillow, got '{interpolation}' and '{backend}'")


def _set_image(results: Results, img: np.ndarray) -> Results:
    """``results`` with another image, and its size."""
    results.update(img=img, img_shape=img.shape, pad_shape=img.shape)
    return results


class _Resizing:
    """What transforms that resize share.

    Args:
        interpolation: 'nearest', 'bilinear', 'bicubic', 'area' or 'lanczos'.
        backend: Who resizes: 'cv2' or 'pillow'.
    """

    def __init__(self, interpolation: str, backend: str) -> None:
        check_interpolation(type(self).__name__, interpolation, backend)
        self.interpolation, self.backend = interpolation, backend

    def _resized(self, img: np.ndarray, height: int, width: int) -> np.ndarray:
        return mmcv.imresize(img, (width, height), interpolation=self.interpolation,
                             backend=self.backend)


@PIPELINES.register_module()
class ResizeToSize(_Resizing):
    """The image resized; pipelines also write it ``Resize(size=...)``.

    Args:
        size: One number or (height, width) in pixels; a width of -1 brings the shorter side to
            the height, and keeps the ratio of the sides.
        interpolation: 'nearest', 'bilinear', 'bicubic', 'area' or 'lanczos'.
        adaptive_side: With a width of -1, which side is brought to that number: 'short', 'long',
            'height' or 'width'.
        backend: Who resizes: 'cv2' or 'pillow'.

    Raises:
        InputError: A value that is none of these.
    """

    def __init__(self, size: int | Sequence[int], interpolation: str = 'bilinear',
                 adaptive_side: str = 'short', backend: str = 'cv2') -> None:
        super().__init__(interpolation, backend)
        if adaptive_side not in ('short', 'long', 'height', 'width'):
            raise InputError("adaptive_side of Resize is 'short', 'long', 'height' or 'width', got "
                             f'{adaptive_side!r}')
        by_one_side = not isinstance(size, int) and len(size) == 2 and size[1] == -1
        self.side: int | None = None
        if by_one_side:
            self.side = _pair(size[0], 'Resize')[0]  # type: ignore[index]
            self.size = (self.side, -1)
        else:
            self.size = _pair(size, 'Resize')
        self.adaptive_side = adaptive_side

    def __call__(self, results: Results) -> Results:
        """Resize."""
        img = results['img']
        height, width = self._target(*img.shape[:2])
        results['scale_factor'] = np.array(
            [width / img.shape[1], height / img.shape[0]] * 2, dtype=np.float32)
        return _set_image(results, self._resized(img, height, width))

    def _target(self, height: int, width: int) -> tuple[int, int]:
        if self.side is None:
            return self.size
        by_height = {'height': True, 'width': False, 'short': height < width,
                     'long': height > width}[self.adaptive_side]
        if by_height:
            return self.side, max(1, int(self.side * width / height))
        return max(1, int(self.side * height / width)), self.side

    def __repr__(self) -> str:
        return f'{type(self).__name__}(size={self.size}, interpolation={self.interpolation})'


@PIPELINES.register_module()
class CenterCrop:
    """The middle of the image.

    Args:
        crop_size: One number or (height, width) in pixels; a smaller image stays as it is.
        efficientnet_style: Whether to take the middle square of the image that is
            ``crop_size / (crop_size + crop_padding)`` of its shorter side, resized.
        crop_padding: See there.
        interpolation, backend: How that is resized, as of :class:`ResizeToSize`.

    Raises:
        InputError: A value that is none of these.
    """

    def __init__(self, crop_size: int | Sequence[int], efficientnet_style: bool = False,
                 crop_padding: int = 32, interpolation: str = 'bilinear',
                 backend: str = 'cv2') -> None:
        self.crop_size = _pair(crop_size, 'CenterCrop')
        self.efficientnet_style, self.crop_padding = efficientnet_style, crop_padding
        self._resizing = _Resizing(interpolation, backend)

    def __call__(self, results: Results) -> Results:
        """Crop."""
        img = results['img']
        full, size = img.shape[:2], self.crop_size
        if self.efficientnet_style:
            share = max(size) / (max(size) + self.crop_padding) * min(full)
            size = int(share * size[0] / max(size)), int(share * size[1] / max(size))
        top, left = (max(0, round((side - part) / 2)) for side, part in zip(full, size))
        img = img[top:top + size[0], left:left + size[1]]
        if self.efficientnet_style:
            img = self._resizing._resized(img, *self.crop_size)
        return _set_image(results, img)

    def __repr__(self) -> str:
        return f'{type(self).__name__}(crop_size={self.crop_size})'


@PIPELINES.register_module()
class RandomResizedCrop(_Resizing):
    """A random part of the image, resized (Szegedy et al., CVPR 2015, section 6).

    Args:
        size: One number or (height, width) in pixels, of the result.
        scale: Between which shares of its area the part is drawn.
        ratio: Between which ratios of width to height.
        max_attempts: Draws of a part that must lie within the image; then the largest middle part
            of an allowed ratio is taken.
        efficientnet_style: Whether to draw the ratio evenly and then the height among those that
            the image has room for, as EfficientNet is trained; without such a part the middle of
            :class:`CenterCrop` with ``efficientnet_style`` is taken. ``size`` is then one number.
        min_covered: With this style, the least share of its area.
        crop_padding: With this style, that of :class:`CenterCrop`.
        interpolation, backend: As of :class:`ResizeToSize`.

    Raises:
        InputError: A range whose first number is the larger one, or a value out of range.
    """

    def __init__(self, size: int | Sequence[int], scale: Sequence[float] = (0.08, 1.0),
                 ratio: Sequence[float] = (3. / 4., 4. / 3.), max_attempts: int = 10,
                 efficientnet_style: bool = False, min_covered: float = 0.1,
                 crop_padding: int = 32, interpolation: str = 'bilinear',
                 backend: str = 'cv2') -> None:
        super().__init__(interpolation, backend)
        if efficientnet_style and (not isinstance(size, int) or min_covered < 0
                                   or crop_padding < 0):
            raise InputError('RandomResizedCrop with efficientnet_style takes one number as size, '
                             f'and min_covered and crop_padding from 0 on, got {size!r}, '
                             f'{min_covered} and {crop_padding}')
        for name, pair in (('scale', scale), ('ratio', ratio)):
            if len(pair) != 2 or not 0 < pair[0] <= pair[1]:
                raise InputError(f'{name} of RandomResizedCrop is two numbers above 0, the smaller '
                                 f'one first, got {pair}')
        self.size = _pair(size, 'RandomResizedCrop')
        self.scale, self.ratio, self.max_attempts = scale, ratio, max_attempts
        self.efficientnet_style = efficientnet_style
        self.min_covered, self.crop_padding = min_covered, crop_padding

    def __call__(self, results: Results) -> Results:
        """Draw a part, and crop and resize it."""
        draw = self.draw_by_height if self.efficientnet_style else self.draw
        top, left, height, width = draw(*results['img'].shape[:2])
        part = results['img'][top:top + height, left:left + width]
        return _set_image(results, self._resized(part, *self.size))

    def draw(self, height: int, width: int) -> Crop:
        """Top, left, height and width of a random part of an image of this size."""
        low, high = (math.log(ratio) for ratio in self.ratio)
        for _ in range(self.max_attempts):
            area = np.random.uniform(self.scale[0], self.scale[1]) * height * width
            ratio = math.exp(np.random.uniform(low, high))
            rows, columns = round(math.sqrt(area / ratio)), round(math.sqrt(area * ratio))
            if 0 < rows <= height and 0 < columns <= width:
                return (np.random.randint(height - rows + 1),
                        np.random.randint(width - columns + 1), rows, columns)
        columns = min(width, round(height * max(self.ratio)))
        rows = min(height, round(width / min(self.ratio)))
        return (height - rows) // 2, (width - columns) // 2, rows, columns

    def draw_by_height(self, height: int, width: int) -> Crop:
        """The same in EfficientNet's style."""
        least, most = (share * height * width for share in self.scale)
        for _ in range(self.max_attempts):
            ratio = np.random.uniform(self.ratio[0], self.ratio[1])
            highest = min(height, int(width / ratio), round(math.sqrt(most / ratio)))
            lowest = min(highest, round(math.sqrt(least / ratio)))
            rows = round(np.random.uniform(lowest, highest))
            columns = round(rows * ratio)
            area = rows * columns
            if columns <= width and max(least, self.min_covered * height * width) <= area <= most:
                return (np.random.randint(height - rows + 1),
                        np.random.randint(width - columns + 1), rows, columns)
        side = int(self.size[0] / (self.size[0] + self.crop_padding) * min(height, width))
        return round((height - side) / 2), round((width - side) / 2), side, side

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(size={self.size}, scale={tuple(self.scale)}, '
                f'ratio={tuple(self.ratio)})')


@PIPELINES.register_module()
class RandomCropToSize:
    """A random window of the image; pipelines also write it ``RandomCrop(size=...)``.

    Args:
        size: One number or (height, width) in pixels.
        padding: Pixels added before around the image: one number, two (left and right, top and
            bottom) or four (left, top, right, bottom).
        pad_if_needed: Whether an image smaller than the window is padded on both sides by what it
            lacks.
        pad_val: Value of what is added, one number or one for each channel.
        padding_mode: How ``pad_if_needed`` adds: 'constant', 'edge', 'reflect' or 'symmetric'.

    Raises:
        InputError: Another mode; or an image that is smaller than the window.
    """

    def __init__(self, size: int | Sequence[int], padding: int | Sequence[int] | None = None,
                 pad_if_needed: bool = False, pad_val: float | Colour = 0,
                 padding_mode: str = 'constant') -> None:
        if padding_mode not in ('constant', 'edge', 'reflect', 'symmetric'):
            raise InputError("padding_mode of RandomCrop is 'constant', 'edge', 'reflect' or "
                             f"'symmetric', got {padding_mode!r}")
        self.size, self.padding = _pair(size, 'RandomCrop'), padding
        self.pad_if_needed, self.padding_mode = pad_if_needed, padding_mode
        # OpenCV fills the first channel alone with one number
        self.pad_val = (pad_val, ) * 3 if isinstance(pad_val, (int, float)) else tuple(pad_val)

    def __call__(self, results: Results) -> Results:
        """Pad, draw and crop."""
        img = results['img']
        if self.padding is not None:
            padding = self.padding if isinstance(self.padding, int) else tuple(self.padding)
            img = mmcv.impad(img, padding=padding, pad_val=self.pad_val)
        if self.pad_if_needed:
            rows, columns = (max(0, side - full) for side, full in zip(self.size, img.shape))
            img = mmcv.impad(img, padding=(columns, rows, columns, rows), pad_val=self.pad_val,
                             padding_mode=self.padding_mode)
        height, width = img.shape[:2]
        if height < self.size[0] or width < self.size[1]:
            raise InputError(f'RandomCrop takes a window of {self.size[0]} rows and '
                             f'{self.size[1]} columns out of {height} and {width}: set '
                             'pad_if_needed=True or resize before')
        top = np.random.randint(height - self.size[0] + 1)
        left = np.random.randint(width - self.size[1] + 1)
        return _set_image(results, img[top:top + self.size[0], left:left + self.size[1]])

    def __repr__(self) -> str:
        return f'{type(self).__name__}(size={self.size}, padding={self.padding})'


@PIPELINES.register_module()
class RandomErasing:
    """A random rectangle of the image painted over (Zhong et al., AAAI 2020, algorithm 1).

    Args:
        erase_prob: Share of images.
        min_area_ratio, max_area_ratio: Of the rectangle's area to the image's.
        aspect_range: Between which ratios of height to width; one number r means (r, 1 / r).
        mode: 'const' paints ``fill_color``, 'rand' noise around it.
        fill_color: One number or one for each channel of the image.
        fill_std: Spread of the noise, one number or one for each channel; None draws evenly from 0
            to 255.

    Raises:
        InputError: A value out of range, or another mode.
    """

    def __init__(self, erase_prob: float = 0.5, min_area_ratio: float = 0.02,
                 max_area_ratio: float = 0.4,
                 aspect_range: float | Sequence[float] = (3 / 10, 10 / 3), mode: str = 'const',
                 fill_color: float | Colour = (128, 128, 128),
                 fill_std: float | Colour | None = None) -> None:
        if not 0 <= erase_prob <= 1 or not 0 < min_area_ratio <= max_area_ratio <= 1:
            raise InputError('RandomErasing takes erase_prob in [0, 1] and area ratios in (0, 1], '
                             f'the smaller one first, got {erase_prob}, {min_area_ratio} and '
                             f'{max_area_ratio}')
        if mode not in ('const', 'rand'):
            raise InputError(f"mode of RandomErasing is 'const' or 'rand', got {mode!r}")
        if isinstance(aspect_range, (int, float)):
            aspect_range = sorted((aspect_range, 1 / aspect_range))
        self.erase_prob, self.mode = erase_prob, mode
        self.area_ratio, self.aspect_range = (min_area_ratio, max_area_ratio), aspect_range
        self.fill_color, self.fill_std = fill_color, fill_std

    def __call__(self, results: Results) -> Results:
        """Draw and paint."""
        if np.random.rand() < self.erase_prob:
            img = results['img'].copy()
            height, width = img.shape[:2]
            area = np.random.uniform(*self.area_ratio) * height * width
            low, high = (math.log(ratio) for ratio in self.aspect_range)
            ratio = math.exp(np.random.uniform(low, high))
            rows = min(height, int(round(math.sqrt(area * ratio))))
            columns = min(width, int(round(math.sqrt(area / ratio))))
            top = np.random.randint(height - rows + 1)
            left = np.random.randint(width - columns + 1)
            patch = img[top:top + rows, left:left + columns]
            patch[...] = self._colours(patch.shape, img.dtype)
            results['img'] = img
        return results

    def _colours(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        colour = np.broadcast_to(np.asarray(self.fill_color, dtype=float), shape)
        if self.mode == 'rand':
            noise = (np.random.uniform(0, 255, shape) if self.fill_std is None else
                     colour + np.random.standard_normal(shape) * np.asarray(self.fill_std))
            colour = noise.clip(0, 255)
        return colour.astype(dtype)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(erase_prob={self.erase_prob}, mode='{self.mode}')"


@PIPELINES.register_module()
class Lighting:
    """The image with noise along the main directions of colours (Krizhevsky et al., 2012, 4.1).

    Args:
        eigval: Variance along each direction.
        eigvec: The directions, one a column.
        alphastd: Spread of the noise.
        to_rgb: Whether the directions are of RGB, and the image is BGR.
    """

    def __init__(self, eigval: Sequence[float], eigvec: Sequence[Sequence[float]],
                 alphastd: float = 0.1, to_rgb: bool = True) -> None:
        self.eigval, self.eigvec = np.asarray(eigval, float), np.asarray(eigvec, float)
        self.alphastd, self.to_rgb = alphastd, to_rgb

    def __call__(self, results: Results) -> Results:
        """Draw and add; the image becomes float32."""
        alpha = np.random.normal(0, self.alphastd, len(self.eigval))
        added = self.eigvec @ (self.eigval * alpha)
        results['img'] = (results['img'] + added[::-1 if self.to_rgb else 1]).astype(np.float32)
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(alphastd={self.alphastd})'
