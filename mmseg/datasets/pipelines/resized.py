"""Arrays seen at another size, of which only the windows asked for are computed."""
from __future__ import annotations

import cv2
import numpy as np

# OpenCV resizes at least so many pixels in the time in which it finds one of a shifted window
_WORTH_ALL = 3
# warpAffine takes up to four channels, and is exact with these numbers of them since OpenCV 5;
# before, it rounds places to 1/32 of a pixel
_EXACT_CHANNELS = (1, 3, 4) if int(cv2.__version__.split('.')[0]) >= 5 else ()


def resize(array: np.ndarray, size: tuple[int, int], nearest: bool = False) -> np.ndarray:
    """``array`` ``(H, W)`` or ``(H, W, C)`` at ``size`` (height, width); bilinear, or nearest."""
    mode = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
    resized = cv2.resize(array, (size[1], size[0]), interpolation=mode)
    return resized.reshape(*size, *array.shape[2:])  # cv2 drops a single channel


class ResizedView:
    """What ``resize(array, size)`` gives, computed window by window.

    ``view[top:bottom, left:right]`` and ``view.shape`` work as on an array. A crop of 512 x 512
    from a page enlarged to 2240 pixels costs a tenth of enlarging the page.

    Args:
        array: The array at its own size, ``(H, W)`` or ``(H, W, C)``.
        size: Height and width at which it is seen, in pixels.
        nearest: Take the nearest pixel, for label maps, instead of interpolating.
    """

    def __init__(self, array: np.ndarray, size: tuple[int, int], nearest: bool = False) -> None:
        self.array = array
        self.nearest = nearest
        self.shape = (*size, *array.shape[2:])
        # pixels of the array for one pixel of the view, along height and width; divided twice as
        # OpenCV does, since a last digit decides where a product falls on a whole number
        self.steps = tuple(1 / (new / old) for old, new in zip(array.shape[:2], size, strict=True))
        self._last: tuple[tuple[slice, slice], np.ndarray] | None = None

    def __getitem__(self, window: tuple[slice, slice]) -> np.ndarray:
        """The window as an array; asked again for the same one, the same array."""
        if self._last is None or self._last[0] != window:
            self._last = window, self._window(window)
        return self._last[1]

    def _window(self, window: tuple[slice, slice]) -> np.ndarray:
        (top, bottom, _), (left, right, _) = (
            cut.indices(length) for cut, length in zip(window, self.shape, strict=False))
        if self.nearest:
            rows, columns = self._sources(0, top, bottom), self._sources(1, left, right)
            return self.array[rows][:, columns]
        if ((bottom - top) * (right - left) * _WORTH_ALL >= self.shape[0] * self.shape[1]
                or self.array[0, 0].size not in _EXACT_CHANNELS):
            return resize(self.array, self.shape[:2])[top:bottom, left:right]
        down, across = self.steps
        # pixel centres, not corners, lie on one another
        affine = np.array([[across, 0, (left + .5) * across - .5],
                           [0, down, (top + .5) * down - .5]])
        warped = cv2.warpAffine(self.array, affine, (right - left, bottom - top),
                                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                                borderMode=cv2.BORDER_REPLICATE)
        return warped.reshape(bottom - top, right - left, *self.array.shape[2:])

    def _sources(self, axis: int, start: int, stop: int) -> np.ndarray:
        """Rows or columns of the array that a range of the view shows, as cv2's INTER_NEAREST."""
        at = np.floor(np.arange(start, stop) * self.steps[axis]).astype(np.intp)
        return np.minimum(at, self.array.shape[axis] - 1)

    def seen_at(self, row: int, column: int) -> tuple[int, int]:
        """Where the view shows the array's pixel, or the pixel next to it where it shrinks."""
        row, column = (min(int(np.ceil(at / step)), length - 1) for at, step, length
                       in zip((row, column), self.steps, self.shape, strict=False))
        return row, column
