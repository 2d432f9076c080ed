"""Transforms that change grey levels and colours; labels stay."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import mmcv
import numpy as np

from mmseg.utils.errors import InputError

from ..builder import PIPELINES

Results = dict[str, Any]

_LEVELS = np.arange(256, dtype=np.float32)


def _as_uint8(values: np.ndarray) -> np.ndarray:
    """Values cut to [0, 255], without their fraction."""
    return values if values.dtype == np.uint8 else np.clip(values, 0, 255).astype(np.uint8)


class _Distortion(NamedTuple):
    """What PhotoMetricDistortion does to one image; 0 and 1 leave it as it is."""

    brightness: float = 0.
    contrast: float = 1.
    contrast_first: bool = True
    saturation: float = 1.
    hue: int = 0


@PIPELINES.register_module()
class PhotoMetricDistortion:
    """The image with random brightness, contrast, saturation and hue (SSD, Liu et al., 2016).

    Each of the four has an even chance; contrast comes before or after saturation and hue. Every
    step gives whole grey levels, so that steps on single values are one look-up table.

    Args:
        brightness_delta: At most so many grey levels up or down.
        contrast_range: Range of the factor on grey levels.
        saturation_range: Range of the factor on saturation.
        hue_delta: At most so many steps of two degrees in either direction.
    """

    def __init__(self, brightness_delta: int = 32,
                 contrast_range: tuple[float, float] = (0.5, 1.5),
                 saturation_range: tuple[float, float] = (0.5, 1.5),
                 hue_delta: int = 18) -> None:
        self.brightness_delta = brightness_delta
        self.contrast_lower, self.contrast_upper = contrast_range
        self.saturation_lower, self.saturation_upper = saturation_range
        self.hue_delta = hue_delta

    def convert(self, img: np.ndarray, alpha: float = 1, beta: float = 0) -> np.ndarray:
        """``img * alpha + beta`` cut to [0, 255], uint8 ``(H, W, 3)``."""
        table = _as_uint8(_LEVELS * np.float32(alpha) + np.float32(beta))
        return cv2.LUT(_as_uint8(img), table).reshape(img.shape)

    def brightness(self, img: np.ndarray) -> np.ndarray:
        """``img (H, W, 3)`` with random brightness."""
        return self.apply(img, _Distortion(brightness=self._draw_brightness()))

    def contrast(self, img: np.ndarray) -> np.ndarray:
        """``img (H, W, 3)`` with random contrast."""
        return self.apply(img, _Distortion(contrast=self._draw_contrast()))

    def saturation(self, img: np.ndarray) -> np.ndarray:
        """``img`` ``(H, W, 3)``, BGR, with random saturation."""
        return self.apply(img, _Distortion(saturation=self._draw_saturation()))

    def hue(self, img: np.ndarray) -> np.ndarray:
        """``img`` ``(H, W, 3)``, BGR, with a random turn of hue."""
        return self.apply(img, _Distortion(hue=self._draw_hue()))

    def _draw_brightness(self) -> float:
        if not np.random.randint(2):
            return 0.
        return np.random.uniform(-self.brightness_delta, self.brightness_delta)

    def _draw_contrast(self) -> float:
        if not np.random.randint(2):
            return 1.
        return np.random.uniform(self.contrast_lower, self.contrast_upper)

    def _draw_saturation(self) -> float:
        if not np.random.randint(2):
            return 1.
        return np.random.uniform(self.saturation_lower, self.saturation_upper)

    def _draw_hue(self) -> int:
        if not np.random.randint(2):
            return 0
        return np.random.randint(-self.hue_delta, self.hue_delta)

    def _draw(self) -> _Distortion:
        brightness = self._draw_brightness()
        contrast_first = bool(np.random.randint(2))
        contrast = self._draw_contrast() if contrast_first else 1.
        saturation, hue = self._draw_saturation(), self._draw_hue()
        if not contrast_first:
            contrast = self._draw_contrast()
        return _Distortion(brightness, contrast, contrast_first, saturation, hue)

    @staticmethod
    def apply(img: np.ndarray, change: _Distortion) -> np.ndarray:
        """``img`` ``(H, W, C)`` in grey levels after ``change``, uint8; colour needs BGR."""
        img = _as_uint8(img)
        colours = change.saturation != 1 or change.hue != 0
        levels = _as_uint8(_LEVELS + np.float32(change.brightness))
        contrast = _as_uint8(_LEVELS * np.float32(change.contrast))
        if change.contrast_first or not colours:
            levels = contrast[levels]
        if change.brightness or change.contrast != 1:
            img = cv2.LUT(img, levels).reshape(img.shape)
        if not colours:
            return img
        rows = _coloured_rows(img)
        if rows.size:
            part = img[rows]
            if change.saturation != 1:
                part = _through_hsv(part, 1, _as_uint8(_LEVELS * np.float32(change.saturation)))
            if change.hue:
                hues = (_LEVELS.astype(np.int64) + change.hue) % 180
                part = _through_hsv(part, 0, hues.astype(np.uint8))
            img = img.copy()
            img[rows] = part
        return img if change.contrast_first else cv2.LUT(img, contrast)

    def __call__(self, results: Results) -> Results:
        """Distort ``img``."""
        results['img'] = self.apply(results['img'], self._draw())
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(brightness_delta={self.brightness_delta}, '
                f'contrast_range=({self.contrast_lower}, {self.contrast_upper}), '
                f'saturation_range=({self.saturation_lower}, {self.saturation_upper}), '
                f'hue_delta={self.hue_delta})')


def _coloured_rows(img: np.ndarray) -> np.ndarray:
    """Numbers of the rows where not all pixels are grey, which saturation and hue leave as they
    are; half of the windows of real pages have none."""
    blue, green, red = cv2.split(img)
    return np.flatnonzero(((blue != green) | (green != red)).any(axis=1))


def _through_hsv(img: np.ndarray, channel: int, table: np.ndarray) -> np.ndarray:
    """BGR image whose hue (0, in steps of two degrees) or saturation (1) went through a table."""
    hsv = cv2.cvtColor(img, cv2.COLOR_BGR2HSV)
    cv2.insertChannel(cv2.LUT(cv2.extractChannel(hsv, channel), table), hsv, channel)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR, dst=hsv)


@PIPELINES.register_module()
class Normalize:
    """The image as float32, less its mean and in units of its standard deviation.

    The planes of the result lie one after the other in memory, so that the tensor made of it
    later needs no copy.

    Args:
        mean: Per channel, in grey levels; in RGB order with ``to_rgb``.
        std: Standard deviation per channel.
        to_rgb: Whether BGR becomes RGB.

    Raises:
        InputError: Not one mean and one std for each channel.
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float], to_rgb: bool = True) -> None:
        if len(mean) != len(std):
            raise InputError(f'Normalize: {len(mean)} values of mean but {len(std)} of std')
        self.mean = np.array(mean, dtype=np.float32)
        self.std = np.array(std, dtype=np.float32)
        self.to_rgb = to_rgb

    def __call__(self, results: Results) -> Results:
        """Normalise; writes img_norm_cfg."""
        results['img'] = self.apply(results['img'])
        results['img_norm_cfg'] = dict(mean=self.mean, std=self.std, to_rgb=self.to_rgb)
        return results

    def apply(self, img: np.ndarray) -> np.ndarray:
        """``img`` ``(H, W, C)`` or ``(H, W)`` in grey levels, normalised, of the same shape.

        Raises:
            InputError: The image has another number of channels than ``mean`` and ``std``.
        """
        planes = [img] if img.ndim == 2 else list(cv2.split(img))
        if len(planes) != len(self.mean):
            raise InputError(f'Normalize has {len(self.mean)} means and stds, but the image has '
                             f'{len(planes)} channels')
        if self.to_rgb and len(planes) == 3:
            planes.reverse()
        out = np.empty((len(planes), *img.shape[:2]), dtype=np.float32)
        for plane, mean, std, into in zip(planes, self.mean, self.std, out, strict=True):
            if plane.dtype == np.uint8:
                cv2.LUT(plane, (_LEVELS - mean) / std, dst=into)
            else:
                np.divide(plane - mean, std, out=into, casting='same_kind')
        return out[0] if img.ndim == 2 else out.transpose(1, 2, 0)

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(mean={self.mean}, std={self.std}, '
                f'to_rgb={self.to_rgb})')


@PIPELINES.register_module()
class Rerange:
    """The image stretched so that its smallest and largest value are the given ones.

    Args:
        min_value: New smallest value.
        max_value: New largest value.

    Raises:
        InputError: ``max_value`` is not a number above ``min_value``.
    """

    def __init__(self, min_value: float = 0, max_value: float = 255) -> None:
        numbers = isinstance(min_value, float | int) and isinstance(max_value, float | int)
        if not numbers or not min_value < max_value:
            raise InputError(f'Rerange: max_value must be a number above min_value, got '
                             f'{max_value} and {min_value}')
        self.min_value = min_value
        self.max_value = max_value

    def __call__(self, results: Results) -> Results:
        """Stretch; an image of one value becomes ``min_value`` everywhere."""
        img = results['img'].astype(np.float32)
        low, high = img.min(), img.max()
        share = (img - low) / (high - low if high > low else 1)
        results['img'] = share * (self.max_value - self.min_value) + self.min_value
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(min_value={self.min_value}, '
                f'max_value={self.max_value})')


@PIPELINES.register_module()
class CLAHE:
    """The image with contrast-limited adaptive histogram equalisation (Zuiderveld, 1994).

    Args:
        clip_limit: Limit of contrast.
        tile_grid_size: Number of tiles along height and width.

    Raises:
        InputError: A limit that is not a number, or not two whole numbers of tiles.
    """

    def __init__(self, clip_limit: float = 40.0,
                 tile_grid_size: tuple[int, int] = (8, 8)) -> None:
        if not isinstance(clip_limit, float | int):
            raise InputError(f'CLAHE: clip_limit must be a number, got {clip_limit!r}')
        tiles = tile_grid_size if isinstance(tile_grid_size, list | tuple) else ()
        if len(tiles) != 2 or not all(isinstance(number, int) for number in tiles):
            raise InputError(f'CLAHE: tile_grid_size must be two whole numbers, got '
                             f'{tile_grid_size!r}')
        self.clip_limit = clip_limit
        self.tile_grid_size = tile_grid_size

    def __call__(self, results: Results) -> Results:
        """Equalise every channel by itself."""
        img = results['img']
        planes = [mmcv.clahe(_as_uint8(plane), self.clip_limit, self.tile_grid_size)
                  for plane in cv2.split(img)]
        results['img'] = np.stack(planes, axis=-1).reshape(img.shape)
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(clip_limit={self.clip_limit}, '
                f'tile_grid_size={self.tile_grid_size})')


@PIPELINES.register_module()
class RGB2Gray:
    """The image as the weighted sum of its channels, repeated.

    Args:
        out_channels: How many equal channels come out; as many as went in where None.
        weights: Weight of each channel.

    Raises:
        InputError: ``out_channels`` below 1, weights that are not a list of numbers, or not one for
            each channel.
    """

    def __init__(self, out_channels: int | None = None,
                 weights: Sequence[float] = (0.299, 0.587, 0.114)) -> None:
        if out_channels is not None and out_channels < 1:
            raise InputError(f'RGB2Gray: out_channels must be above 0, got {out_channels}')
        several = isinstance(weights, list | tuple)
        if not several or not all(isinstance(weight, float | int) for weight in weights):
            raise InputError(f'RGB2Gray: weights must be a list of numbers, got {weights!r}')
        self.out_channels = out_channels
        self.weights = tuple(weights)

    def __call__(self, results: Results) -> Results:
        """Weigh the channels; writes img_shape and pad_shape."""
        img = results['img']
        if img.ndim != 3 or img.shape[2] != len(self.weights):
            raise InputError(f'RGB2Gray has {len(self.weights)} weights, but the image has the '
                             f'shape {img.shape}')
        gray = img.astype(np.float32) @ np.array(self.weights, dtype=np.float32)
        channels = self.out_channels or len(self.weights)
        results['img'] = np.repeat(gray[..., None], channels, axis=2)
        results['img_shape'] = results['pad_shape'] = results['img'].shape
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(out_channels={self.out_channels}, '
                f'weights={self.weights})')


@PIPELINES.register_module()
class AdjustGamma:
    """The image with gamma correction: lighter for a gamma above 1.

    Args:
        gamma: The grey level v becomes ``255 (v / 255) ** (1 / gamma)``.

    Raises:
        InputError: A gamma that is not a positive number.
    """

    def __init__(self, gamma: float = 1.0) -> None:
        if not isinstance(gamma, float | int) or not gamma > 0:
            raise InputError(f'AdjustGamma: gamma must be a number above 0, got {gamma!r}')
        self.gamma = gamma
        levels = np.arange(256) / 255
        self.table = (levels**(1 / gamma) * 255).astype(np.uint8)

    def __call__(self, results: Results) -> Results:
        """Correct every channel."""
        img = results['img']
        results['img'] = cv2.LUT(_as_uint8(img), self.table).reshape(img.shape)
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(gamma={self.gamma})'
