"""Arrays seen at another size, of which only the windows asked for are computed."""
from __future__ import annotations

import cv2
import numpy as np

# OpenCV resizes at least so many pixels in the time in which it finds one of a shifted window
_WORTH = 4
# warpAffine takes up to four channels, and is exact with these numbers of them since OpenCV 5;
# before, it rounds places to 1/32 of a pixel
_EXACT_CHANNELS = (1, 3, 4) if int(cv2.__version__.split('.')[0]) >= 5 else ()

# cv2.flip's codes by the axes that are turned round
_MIRRORS: dict[tuple[bool, ...], int | None] = {
    (False, False): None, (True, False): 0, (False, True): 1, (True, True): -1}

# start and end in pixels
Range = tuple[int, int]


def resize(array: np.ndarray, size: tuple[int, int], nearest: bool = False) -> np.ndarray:
    """``array`` ``(H, W)`` or ``(H, W, C)`` at ``size`` (height, width); bilinear, or nearest."""
    mode = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
    resized = cv2.resize(array, (size[1], size[0]), interpolation=mode)
    return resized.reshape(*size, *array.shape[2:])  # cv2 drops a single channel


def _picked(label: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """``label[rows][:, columns]`` for rising numbers of rows and columns.

    NumPy copies a row as one block and the pixels of columns one by one, so that columns are picked
    as rows of the transposed label map.
    """
    if label.dtype != np.uint8 or label.ndim != 2:
        return label[rows][:, columns]
    part = label[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]
    rows, columns = rows - rows[0], columns - columns[0]
    fewer = len(rows) < len(part)
    if fewer:
        part = part[rows]
    part = cv2.transpose(cv2.transpose(part)[columns])
    return part if fewer else part[rows]


class ResizedView:
    """What ``resize(array, size)`` gives, computed window by window.

    ``view[top:bottom, left:right]`` and ``view.shape`` work as on an array. A crop of 512 x 512
    from a page enlarged to 2240 pixels costs a quarter of enlarging the page.

    Args:
        array: The array at its own size, ``(H, W)`` or ``(H, W, C)``.
        size: Height and width at which it is seen, in pixels.
        nearest: Take the nearest pixel, for label maps, instead of interpolating.
    """

    def __init__(self, array: np.ndarray, size: tuple[int, int], nearest: bool = False) -> None:
        self.array = array
        self.nearest = nearest
        self.shape = (*size, *array.shape[2:])
        self.factors = tuple(new / old for old, new in zip(array.shape[:2], size, strict=True))
        # pixels of the array for one pixel of the view, along height and width; divided twice as
        # OpenCV does, since a last digit decides where a product falls on a whole number
        self.steps = tuple(1 / factor for factor in self.factors)
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
            return _picked(self.array, self._sources(0, top, bottom),
                           self._sources(1, left, right))
        corner, rows, columns = self._corner((top, bottom), (left, right))
        pixels = (bottom - top) * (right - left)
        if (rows[1] * columns[1] <= pixels * _WORTH
                or self.array[0, 0].size not in _EXACT_CHANNELS):
            found = self._from_corner(corner, rows, columns)
        else:
            found = self._warped((top, bottom), (left, right))
        return found.reshape(bottom - top, right - left, *self.array.shape[2:])

    def _corner(self, *window: Range) -> tuple[tuple[bool, ...], Range, Range]:
        """Whether the end of each axis is nearer than its start, and rows and columns from there.
        """
        from_end = tuple(length - start < stop for (start, stop), length
                         in zip(window, self.shape, strict=False))
        rows, columns = ((length - stop, length - start) if end else (start, stop)
                         for (start, stop), length, end
                         in zip(window, self.shape, from_end, strict=False))
        return from_end, rows, columns

    def _from_corner(self, from_end: tuple[bool, ...], rows: Range, columns: Range) -> np.ndarray:
        """The window of the resized part of the array between it and the nearest corner.

        OpenCV resizes such a part as it resizes the array: places are counted from its edges.
        """
        used = []
        for axis, (_, stop) in enumerate((rows, columns)):
            # one more than the last pixel that is looked up, and one for rounding
            size = min(int(stop * self.steps[axis]) + 2, self.array.shape[axis])
            used.append(slice(-size, None) if from_end[axis] else slice(size))
        part = self.array[tuple(used)]
        mirror = _MIRRORS[from_end]
        if mirror is not None:
            part = cv2.flip(part, mirror)
        part = cv2.resize(part, None, fx=self.factors[1], fy=self.factors[0],
                          interpolation=cv2.INTER_LINEAR)
        found = part[slice(*rows), slice(*columns)]
        return found if mirror is None else cv2.flip(found, mirror)

    def _warped(self, rows: Range, columns: Range) -> np.ndarray:
        """The window pixel by pixel."""
        (top, bottom), (left, right), (down, across) = rows, columns, self.steps
        # pixel centres, not corners, lie on one another
        affine = np.array([[across, 0, (left + .5) * across - .5],
                           [0, down, (top + .5) * down - .5]])
        return cv2.warpAffine(self.array, affine, (right - left, bottom - top),
                              flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                              borderMode=cv2.BORDER_REPLICATE)

    def _sources(self, axis: int, start: int, stop: int) -> np.ndarray:
        """Rows or columns of the array that a range of the view shows, as cv2's INTER_NEAREST."""
        at = np.floor(np.arange(start, stop) * self.steps[axis]).astype(np.intp)
        return np.minimum(at, self.array.shape[axis] - 1)

    def seen_at(self, row: int, column: int) -> tuple[int, int]:
        """Where the view shows the array's pixel, or the pixel next to it where it shrinks."""
        row, column = (min(int(np.ceil(at / step)), length - 1) for at, step, length
                       in zip((row, column), self.steps, self.shape, strict=False))
        return row, column
