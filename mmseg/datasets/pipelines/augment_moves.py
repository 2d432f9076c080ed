"""Changes that move what is on a picture, by the names of MMClassification.

Cubuk et al., "AutoAugment: Learning Augmentation Policies from Data", CVPR 2019, table 6.
"""
from __future__ import annotations

from collections.abc import Sequence

import mmcv
import numpy as np

from mmseg.utils.errors import InputError

from ..builder import PIPELINES
from .augment_ops import Change, SignedChange, colour_of, number_of, share_of
from .classification import check_interpolation


class _Moving(SignedChange):
    """A change along one side of the image, which leaves a part empty."""

    moves = True

    def __init__(self, magnitude: float, pad_val: int | Sequence[int] = 128, prob: float = 0.5,
                 direction: str = 'horizontal', random_negative_prob: float = 0.5,
                 interpolation: str = 'nearest') -> None:
        super().__init__(magnitude, prob, random_negative_prob)
        if direction not in ('horizontal', 'vertical'):
            raise InputError(f"direction of {type(self).__name__} is 'horizontal' or 'vertical', "
                             f'got {direction!r}')
        check_interpolation(type(self).__name__, interpolation)
        self.pad_val, self.direction = colour_of(pad_val, self), direction
        self.interpolation = interpolation


@PIPELINES.register_module()
class Shear(_Moving):
    """The image sheared by a ratio.

    Args:
        magnitude: Pixels that a row moves for each row below (or a column for each to the right).
        pad_val: Value of what becomes empty, one number or one for each channel.
        prob: Share of images that are sheared.
        direction: 'horizontal' or 'vertical'.
        random_negative_prob: Share of these that go the other way.
        interpolation: 'nearest', 'bilinear', 'bicubic', 'area' or 'lanczos'.

    Raises:
        InputError: A value that is none of these.
    """

    def __init__(self, magnitude: float, pad_val: int | Sequence[int] = 128, prob: float = 0.5,
                 direction: str = 'horizontal', random_negative_prob: float = 0.5,
                 interpolation: str = 'bicubic') -> None:
        super().__init__(magnitude, pad_val, prob, direction, random_negative_prob, interpolation)

    def change(self, img: np.ndarray, magnitude: float) -> np.ndarray:
        """Shear."""
        return mmcv.imshear(img, magnitude, self.direction, self.pad_val, self.interpolation)


@PIPELINES.register_module()
class Translate(_Moving):
    """The image moved by a share of its width or height.

    Args:
        magnitude: That share.
        pad_val: Value of what becomes empty, one number or one for each channel.
        prob: Share of images that are moved.
        direction: 'horizontal' or 'vertical'.
        random_negative_prob: Share of these that go the other way.
        interpolation: 'nearest', 'bilinear', 'bicubic', 'area' or 'lanczos'.

    Raises:
        InputError: A value that is none of these.
    """

    def change(self, img: np.ndarray, magnitude: float) -> np.ndarray:
        """Move."""
        side = img.shape[1] if self.direction == 'horizontal' else img.shape[0]
        return mmcv.imtranslate(img, magnitude * side, self.direction, self.pad_val,
                                self.interpolation)


@PIPELINES.register_module()
class Rotate(Change):
    """The image turned.

    Args:
        angle: Degrees, clockwise.
        center: Point (x, y) in pixels that stays where it is; the middle where None.
        scale: Factor by which the image grows.
        pad_val: Value of what becomes empty, one number or one for each channel.
        prob: Share of images that are turned.
        random_negative_prob: Share of these that are turned the other way.
        interpolation: 'nearest', 'bilinear', 'bicubic', 'area' or 'lanczos'.

    Raises:
        InputError: A value that is none of these.
    """

    moves = True

    def __init__(self, angle: float, center: Sequence[float] | None = None, scale: float = 1.0,
                 pad_val: int | Sequence[int] = 128, prob: float = 0.5,
                 random_negative_prob: float = 0.5, interpolation: str = 'nearest') -> None:
        super().__init__(prob)
        check_interpolation('Rotate', interpolation)
        if center is not None and len(center) != 2:
            raise InputError(f'center of Rotate is a point (x, y), got {center!r}')
        self.angle = number_of(angle, 'angle', self)
        self.center = None if center is None else tuple(center)
        self.scale = number_of(scale, 'scale', self)
        self.pad_val = colour_of(pad_val, self)
        self.random_negative_prob = share_of(random_negative_prob, 'random_negative_prob', self)
        self.interpolation = interpolation

    def apply(self, img: np.ndarray) -> np.ndarray:
        """Draw the direction and turn."""
        negative = np.random.rand() < self.random_negative_prob
        return mmcv.imrotate(img, -self.angle if negative else self.angle, self.center, self.scale,
                             self.pad_val, interpolation=self.interpolation)
