"""Changes of a picture that augmentation policies are made of, by the names of MMClassification.

Cubuk et al., "AutoAugment: Learning Augmentation Policies from Data", CVPR 2019, table 6.
"""
from __future__ import annotations

import math
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import mmcv
import numpy as np

from mmseg.utils.errors import InputError

from ..builder import PIPELINES
from .classification import Results


def share_of(value: float, name: str, of: Any) -> float:
    """``value``, which must be in [0, 1].

    Raises:
        InputError: It is not.
    """
    if not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise InputError(f'{name} of {type(of).__name__} is a number in [0, 1], got {value!r}')
    return value


def number_of(value: float, name: str, of: Any) -> float:
    """``value``, which must be a finite number.

    Raises:
        InputError: It is not.
    """
    if not isinstance(value, (int, float)) or not abs(value) <= sys.float_info.max:  # nan too
        raise InputError(f'{name} of {type(of).__name__} is a number, got {value!r}')
    return value


def colour_of(value: int | Sequence[int], of: Any) -> tuple[int, ...]:
    """Three values of a colour, of one for all channels or of three.

    Raises:
        InputError: It is neither.
    """
    values = (value, ) * 3 if isinstance(value, int) else tuple(value)
    if len(values) != 3 or not all(isinstance(part, int) for part in values):
        raise InputError(f'pad_val of {type(of).__name__} is a whole number or three of them, got '
                         f'{value!r}')
    return values


class Change(ABC):
    """A change of an image.

    Args:
        prob: Share of the images that are changed.
    """

    # Whether what is on the image moves, so that labels of pixels or boxes would have to move too.
    moves = False

    def __init__(self, prob: float = 0.5) -> None:
        self.prob = share_of(prob, 'prob', self)

    def __call__(self, results: Results) -> Results:
        """Draw whether to change the image, and do it.

        Raises:
            InputError: The image would move, and there are labels of pixels or boxes, which would
                stay where they are.
        """
        labels = [*results.get('seg_fields', ()), *results.get('bbox_fields', ())]
        if self.moves and labels:
            raise InputError(f'{type(self).__name__} moves the image and not its labels '
                             f'({", ".join(labels)}): it is for pages of which only the type is '
                             'known')
        if np.random.rand() <= self.prob:
            img = results['img']
            results['img'] = self.apply(img).astype(img.dtype)
        return results

    @abstractmethod
    def apply(self, img: np.ndarray) -> np.ndarray:
        """The changed image (H, W, 3)."""

    def __repr__(self) -> str:
        return f'{type(self).__name__}({", ".join(f"{k}={v}" for k, v in vars(self).items())})'


class SignedChange(Change):
    """A change that goes both ways.

    Args:
        magnitude: How far.
        prob: Share of images that are changed.
        random_negative_prob: Share of these that go the other way.
    """

    def __init__(self, magnitude: float, prob: float = 0.5,
                 random_negative_prob: float = 0.5) -> None:
        super().__init__(prob)
        self.magnitude = number_of(magnitude, 'magnitude', self)
        self.random_negative_prob = share_of(random_negative_prob, 'random_negative_prob', self)

    def apply(self, img: np.ndarray) -> np.ndarray:
        """The image, changed in a drawn direction."""
        negative = np.random.rand() < self.random_negative_prob
        return self.change(img, -self.magnitude if negative else self.magnitude)

    @abstractmethod
    def change(self, img: np.ndarray, magnitude: float) -> np.ndarray:
        """The image ``(H, W, 3)``, uint8, changed by ``magnitude``, which may be negative."""


@PIPELINES.register_module()
class AutoContrast(Change):
    """Each channel stretched to the values 0 to 255.

    Args:
        prob: Share of images that are changed.
    """

    def apply(self, img: np.ndarray) -> np.ndarray:
        """Stretch."""
        return mmcv.auto_contrast(img)


@PIPELINES.register_module()
class Invert(Change):
    """The negative.

    Args:
        prob: Share of images that are changed.
    """

    def apply(self, img: np.ndarray) -> np.ndarray:
        """Invert."""
        return mmcv.iminvert(img)


@PIPELINES.register_module()
class Equalize(Change):
    """Each channel with an even histogram.

    Args:
        prob: Share of images that are changed.
    """

    def apply(self, img: np.ndarray) -> np.ndarray:
        """Equalise."""
        return mmcv.imequalize(img)


@PIPELINES.register_module()
class Solarize(Change):
    """The negative of bright pixels.

    Args:
        thr: Values from this one on become 255 minus the value.
        prob: Share of images that are changed.
    """

    def __init__(self, thr: float, prob: float = 0.5) -> None:
        super().__init__(prob)
        self.thr = number_of(thr, 'thr', self)

    def apply(self, img: np.ndarray) -> np.ndarray:
        """Solarise."""
        return mmcv.solarize(img, thr=self.thr)


@PIPELINES.register_module()
class SolarizeAdd(Change):
    """Dark pixels made brighter.

    Args:
        magnitude: What is added, up to a value of 255.
        thr: To values below this one.
        prob: Share of images that are changed.
    """

    def __init__(self, magnitude: float, thr: float = 128, prob: float = 0.5) -> None:
        super().__init__(prob)
        self.magnitude = number_of(magnitude, 'magnitude', self)
        self.thr = number_of(thr, 'thr', self)

    def apply(self, img: np.ndarray) -> np.ndarray:
        """Add."""
        brighter = np.minimum(img.astype(np.float64) + self.magnitude, 255)
        return np.where(img < self.thr, brighter, img)


@PIPELINES.register_module()
class Posterize(Change):
    """Values that keep their first bits alone.

    Args:
        bits: How many, at most 8; rounded up.
        prob: Share of images that are changed.

    Raises:
        InputError: More than 8, or fewer than 0.
    """

    def __init__(self, bits: float, prob: float = 0.5) -> None:
        super().__init__(prob)
        if not 0 <= number_of(bits, 'bits', self) <= 8:
            raise InputError(f'bits of Posterize is from 0 to 8, got {bits}')
        self.bits = math.ceil(bits)

    def apply(self, img: np.ndarray) -> np.ndarray:
        """Posterise."""
        return mmcv.posterize(img, bits=self.bits)


@PIPELINES.register_module()
class Contrast(SignedChange):
    """More contrast, or less where the magnitude is negative.

    Args:
        magnitude: 0 changes nothing, -1 makes the image grey.
        prob: Share of images that are changed.
        random_negative_prob: Share of these that go the other way.
    """

    def change(self, img: np.ndarray, magnitude: float) -> np.ndarray:
        """Change the contrast."""
        return mmcv.adjust_contrast(img, factor=1 + magnitude)


@PIPELINES.register_module()
class ColorTransform(SignedChange):
    """More colour, or less where the magnitude is negative.

    Args:
        magnitude: 0 changes nothing, -1 makes the image grey.
        prob: Share of images that are changed.
        random_negative_prob: Share of these that go the other way.
    """

    def change(self, img: np.ndarray, magnitude: float) -> np.ndarray:
        """Change the colours."""
        return mmcv.adjust_color(img, alpha=1 + magnitude)


@PIPELINES.register_module()
class Brightness(SignedChange):
    """A brighter image, or a darker one where the magnitude is negative.

    Args:
        magnitude: 0 changes nothing, -1 makes the image black.
        prob: Share of images that are changed.
        random_negative_prob: Share of these that go the other way.
    """

    def change(self, img: np.ndarray, magnitude: float) -> np.ndarray:
        """Change the brightness."""
        return mmcv.adjust_brightness(img, factor=1 + magnitude)


@PIPELINES.register_module()
class Sharpness(SignedChange):
    """A sharper image, or a smoother one where the magnitude is negative.

    Args:
        magnitude: 0 changes nothing, -1 smooths most.
        prob: Share of images that are changed.
        random_negative_prob: Share of these that go the other way.
    """

    def change(self, img: np.ndarray, magnitude: float) -> np.ndarray:
        """Change the sharpness."""
        return mmcv.adjust_sharpness(img, factor=1 + magnitude)


@PIPELINES.register_module()
class Cutout(Change):
    """A rectangle at a random place painted over.

    DeVries and Taylor, "Improved Regularization of Convolutional Neural Networks with Cutout",
    2017. Its centre is within the image, its sides may be beyond.

    Args:
        shape: One number or (height, width) in pixels; fractions are cut off.
        pad_val: The value, one number or one for each channel.
        prob: Share of images that are changed.

    Raises:
        InputError: Another shape.
    """

    def __init__(self, shape: float | Sequence[float], pad_val: int | Sequence[int] = 128,
                 prob: float = 0.5) -> None:
        super().__init__(prob)
        sides = (shape, ) * 2 if isinstance(shape, (int, float)) else tuple(shape)
        if len(sides) != 2 or not all(number_of(side, 'shape', self) >= 0 for side in sides):
            raise InputError('shape of Cutout is one number of pixels or (height, width), got '
                             f'{shape!r}')
        self.shape = int(sides[0]), int(sides[1])
        self.pad_val = colour_of(pad_val, self)

    def apply(self, img: np.ndarray) -> np.ndarray:
        """Draw the place and paint."""
        return mmcv.cutout(img, self.shape, pad_val=self.pad_val)
