"""Dark pixels of text, and their use to split lines that a network joins."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import shapely
from shapely.geometry import Polygon

# Grey levels between ink and paper, at least.
_CONTRAST = 32
# Lower parts are a line, in pixels.
_LOWEST = 16
# Columns of a part that are looked at, at most.
_MAX_COLUMNS = 600
# Rows with less than this share of the ink of full ones are between lines.
_EMPTY = 0.05
# Dots and accents: bands of rows below this share of the highest belong to the next one.
_DOTS = 0.4


def ink_at(along: np.ndarray, across: np.ndarray, polygon: Polygon,
           image: np.ndarray) -> np.ndarray | None:
    """Return the share of ink at points of a page (h, w), in [0, 1]; None if a line has no ink.

    Otsu's threshold tells ink from paper; ink is what there is less of. Outside of the outline
    there is none.

    Args:
        along: x and y of the places of one row (w, 2).
        across: How far the places of each row are from them (h, 2).
        polygon: The outline of the text.
        image: The page, uint8 (H, W, 3) in BGR or (H, W).
    """
    low, high = along.min(axis=0) + across.min(axis=0), along.max(axis=0) + across.max(axis=0)
    left, top = np.maximum(np.floor(low).astype(int) - 1, 0).tolist()
    right, bottom = np.maximum(np.ceil(high).astype(int) + 1, 0).tolist()
    window = image[top:bottom, left:right]
    if not window.size:
        return None
    grey = as_grey(window)
    inside = np.zeros(grey.shape, np.uint8)
    # centres of pixels are half a pixel from the page's coordinates
    corner = (left + 0.5, top + 0.5)
    outline = shapely.get_coordinates(shapely.get_exterior_ring(polygon)) - corner
    cv2.fillPoly(inside, [np.rint(outline).astype(np.int32)], 1)
    within = inside.view(bool)
    found = ink_threshold(grey[within])
    if found is None:
        return None
    threshold, dark = found
    ink = (grey <= threshold if dark else grey > threshold) & within
    x, y = ((along[:, axis] - corner[axis] + across[:, axis:axis + 1]).astype(np.float32)
            for axis in (0, 1))
    return cv2.remap(ink.astype(np.float32), x, y, cv2.INTER_LINEAR)


def ink_threshold(values: np.ndarray) -> tuple[float, bool] | None:
    """Return Otsu's threshold between ink and paper, and whether ink is what is darker.

    Ink is what there is less of.

    Args:
        values: Grey levels of text, uint8 of any shape.

    Returns:
        None where nothing differs from the paper.
    """
    if not values.size or int(values.max()) - int(values.min()) < _CONTRAST:
        return None
    threshold, _ = cv2.threshold(values.reshape(1, -1), 0, 255,
                                 cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return threshold, bool(2 * np.count_nonzero(values <= threshold) <= values.size)


class Levelled(NamedTuple):
    """A grey page turned so that its lines are level.

    Attributes:
        grey: uint8 (h, w).
        turn: (2, 2), which turned it: ``points @ turn``.
        origin: Where the upper left corner of the page as it was is in it, (2,).
    """
    grey: np.ndarray
    turn: np.ndarray
    origin: np.ndarray

    def there(self, points: np.ndarray) -> np.ndarray:
        """Return points (n, 2) of the page in the turned one."""
        return points @ self.turn + self.origin

    def back(self, points: np.ndarray) -> np.ndarray:
        """Return points (n, 2) of the turned page in the page."""
        return (points - self.origin) @ self.turn.T


def levelled(grey: np.ndarray, turn: np.ndarray, corner: tuple[int, int] = (0, 0)) -> Levelled:
    """Return a page, or a window of it, turned by ``points @ turn``.

    Args:
        grey: uint8 (H, W).
        turn: (2, 2), a rotation.
        corner: x and y of the window's upper left corner in the page.
    """
    shift = np.asarray(corner, np.float64) @ turn
    if np.allclose(turn, np.eye(2)):
        return Levelled(grey, turn, -shift)
    height, width = grey.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]]) @ turn
    low = np.floor(corners.min(axis=0))
    size = np.ceil(corners.max(axis=0) - low).astype(int)
    # pixels are counted from their centres
    centre = turn.T @ [0.5, 0.5] - low - 0.5
    matrix = np.concatenate([turn.T, centre[:, None]], axis=1)
    turned = cv2.warpAffine(grey, matrix, tuple(size.tolist()), flags=cv2.INTER_LINEAR,
                            borderMode=cv2.BORDER_REPLICATE)
    return Levelled(turned, turn, -low - shift)


def as_grey(image: np.ndarray) -> np.ndarray:
    """Return a page (H, W, 3) in BGR, or (H, W), as grey levels."""
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)


def split_lines(polygons: Sequence[Polygon], image: np.ndarray,
                turn: np.ndarray) -> list[list[Polygon]]:
    """Return the lines that each part of text pixels joins, from the top down.

    A part is cut along rows without ink between rows with ink; one without such rows is one line.

    Args:
        polygons: Outlines of the parts.
        image: The page, uint8 (H, W, 3) in BGR or (H, W).
        turn: (2, 2), which makes lines level: ``points @ turn``.
    """
    level = shapely.transform(np.array(polygons, object), lambda points: points @ turn)
    boxes = shapely.bounds(level).reshape(-1, 4)
    high = boxes[:, 3] - boxes[:, 1] >= _LOWEST
    return [_split(polygon, level[number], boxes[number], image, turn) if high[number]
            else [polygon] for number, polygon in enumerate(polygons)]


def _split(polygon: Polygon, level: Polygon, box: np.ndarray, image: np.ndarray,
           turn: np.ndarray) -> list[Polygon]:
    """The lines of a part; ``level`` is its turned outline, and ``box`` the box of that."""
    left, top, right, bottom = box.tolist()
    down = np.arange(top + 0.5, bottom, 1.)
    along = np.linspace(left, right, int(min(right - left, _MAX_COLUMNS)) + 2)
    rows = ink_at(along[:, None] * turn[:, 0], down[:, None] * turn[:, 1], polygon, image)
    bands = [] if rows is None else _bands(rows.sum(axis=1))
    if len(bands) < 2:
        return [polygon]
    cuts = [top, *((end + start) / 2 + top for (_, end), (start, _) in zip(bands, bands[1:])),
            bottom]
    strips = [shapely.box(left - 1, upper, right + 1, lower)
              for upper, lower in zip(cuts, cuts[1:])]
    lines = []
    for strip in strips:
        piece = shapely.intersection(level, strip)
        parts = [part for part in getattr(piece, 'geoms', [piece])
                 if isinstance(part, Polygon) and part.area]
        if parts:
            largest = max(parts, key=lambda part: part.area)
            lines.append(shapely.transform(largest, lambda points: points @ turn.T))
    return lines or [polygon]


def _bands(profile: np.ndarray) -> list[tuple[int, int]]:
    """First row, and the one after the last, of each line of ink."""
    most = np.interp(0.95 * (len(profile) - 1), np.arange(len(profile)), np.sort(profile))
    full = profile >= _EMPTY * most
    edges = np.flatnonzero(np.diff(np.concatenate([[0], full.astype(int), [0]])))
    bands = [(int(first), int(last)) for first, last in zip(edges[::2], edges[1::2])]
    highest = max((last - first for first, last in bands), default=0)
    joined: list[tuple[int, int]] = []
    waiting: int | None = None
    for first, last in bands:
        if last - first < _DOTS * highest:  # above the letters, as dots and accents are
            waiting = first if waiting is None else waiting
            continue
        joined.append((first if waiting is None else waiting, last))
        waiting = None
    return joined
