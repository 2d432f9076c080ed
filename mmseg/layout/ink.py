"""Dark pixels of text, and their use to split lines that a network joins."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
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


class Grids(NamedTuple):
    """Rows of places along n lines, the rows of each one after the other.

    Attributes:
        along: x and y of the places of one row of each line (sum of ``width``, 2).
        width: Places of a row of each (n,), one or more.
        across: How far the places of each row are from those (sum of ``height``, 2).
        height: Rows of each line (n,), one or more.
    """
    along: np.ndarray
    width: np.ndarray
    across: np.ndarray
    height: np.ndarray


def evenly(first: np.ndarray, last: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Return what ``np.linspace`` gives for each of n ranges, one after the other.

    Args:
        first: (n,).
        last: (n,).
        count: (n,), of each two or more.
    """
    ends = np.cumsum(count)
    place = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - count, count)
    values = place * np.repeat((last - first) / (count - 1), count) + np.repeat(first, count)
    values[ends - 1] = last
    return values


def inks(grids: Grids, polygons: Sequence[Polygon], image: np.ndarray) -> list[np.ndarray | None]:
    """Return the shares of ink (rows, places) of lines, in [0, 1]; None for one without ink.

    Otsu's threshold tells ink from paper; ink is what there is less of. Outside of the outline
    there is none.

    Args:
        grids: Where on the page it is looked for.
        polygons: The outlines of the text.
        image: The page, uint8 (H, W, 3) in BGR or (H, W).
    """
    if not len(polygons):
        return []
    low, high = _windows(grids)
    # centres of pixels are half a pixel from the page's coordinates; x and y in rows of their own,
    # which are added more quickly
    along, across = (np.ascontiguousarray(part.T) for part in (
        grids.along - np.repeat(low + 0.5, grids.width, axis=0), grids.across))
    found = list[np.ndarray | None]()
    for ink, places, rows in zip(_ink_of(polygons, image, low, high), _slices(grids.width),
                                 _slices(grids.height), strict=True):
        if ink is not None:
            x, y = (along[:, None, places] + across[:, rows, None]).astype(np.float32)
            ink = cv2.remap(ink, x, y, cv2.INTER_LINEAR)
        found.append(ink)
    return found


def row_sums(grids: Grids, polygons: Sequence[Polygon], image: np.ndarray) -> np.ndarray:
    """Return the sums over the places of each row of what :func:`inks` gives (sum of ``height``,).

    Args:
        grids: As there.
        polygons: As there, one or more.
        image: The page, uint8 (H, W, 3) in BGR or (H, W).
    """
    sums = np.zeros(grids.height.sum(), np.float32)
    if grids.along[:, 1].any() or grids.across[:, 0].any():
        for ink, rows in zip(inks(grids, polygons, image), _slices(grids.height), strict=True):
            if ink is not None:
                ink.sum(axis=1, out=sums[rows])
        return sums
    # Rows that run along x: pixels are added with the shares that all places of a row have in
    # their columns, and these sums of rows of pixels with the shares that a row has in them.
    low, high = _windows(grids)
    x, y = grids.along[:, 0] - 0.5, grids.across[:, 1] - 0.5
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    # windows have one more pixel on each side, without ink
    size = high - low + 2
    before = np.cumsum(size, axis=0) - size - low + 1
    columns = column + np.repeat(before[:, 0], grids.width)
    rows_of_pixels = row + np.repeat(before[:, 1], grids.height)
    shares = (np.bincount(columns, column + 1 - x, size[:, 0].sum())
              + np.bincount(columns + 1, x - column, size[:, 0].sum())).astype(np.float32)
    pixels = np.zeros(size[:, 1].sum(), np.float32)
    for ink, left, top in zip(_ink_of(polygons, image, low, high), *(before + low).T.tolist(),
                              strict=True):
        if ink is not None:
            np.dot(ink, shares[left:left + ink.shape[1]], out=pixels[top:top + len(ink)])
    share = (y - row).astype(np.float32)
    return (1 - share) * pixels[rows_of_pixels] + share * pixels[rows_of_pixels + 1]


def _windows(grids: Grids) -> tuple[np.ndarray, np.ndarray]:
    """First x and y, and those after the last, (n, 2) each of windows of the page around lines."""
    starts, tops = (np.cumsum(count) - count for count in (grids.width, grids.height))
    low, high = (fold.reduceat(grids.along, starts) + fold.reduceat(grids.across, tops)
                 for fold in (np.minimum, np.maximum))
    return (np.maximum(np.floor(low).astype(int) - 1, 0),
            np.maximum(np.ceil(high).astype(int) + 1, 0))


def _ink_of(polygons: Sequence[Polygon], image: np.ndarray, low: np.ndarray, high: np.ndarray
            ) -> Iterator[np.ndarray | None]:
    """Which pixels of windows of the page are ink of lines, see :func:`_ink_within`."""
    rings = shapely.get_exterior_ring(np.array(polygons, object))
    counts = shapely.get_num_coordinates(rings)
    outlines = np.rint(shapely.get_coordinates(rings)
                       - np.repeat(low + 0.5, counts, axis=0)).astype(np.int32)
    for left, top, right, bottom, points in zip(*low.T.tolist(), *high.T.tolist(),
                                                _slices(counts), strict=True):
        yield _ink_within(image[top:bottom, left:right], outlines[points])


def _slices(counts: np.ndarray) -> Iterator[slice]:
    """Where each of so many values is, that follow each other."""
    ends = np.cumsum(counts).tolist()
    return map(slice, [0, *ends[:-1]], ends)


def _ink_within(window: np.ndarray, outline: np.ndarray) -> np.ndarray | None:
    """Which pixels (h, w) float32 of a window of the page are ink inside an outline."""
    if not window.size:
        return None
    grey = as_grey(window)
    inside = np.zeros(grey.shape, np.uint8)
    cv2.fillPoly(inside, [outline], 1)
    found = ink_threshold(grey[inside.view(bool)])
    if found is None:
        return None
    threshold, dark = found
    kind = cv2.THRESH_BINARY_INV if dark else cv2.THRESH_BINARY
    return cv2.bitwise_and(cv2.threshold(grey, threshold, 1, kind)[1], inside).astype(np.float32)


def ink_threshold(values: np.ndarray) -> tuple[float, bool] | None:
    """Return Otsu's threshold between ink and paper, and whether ink is what is darker.

    Ink is what there is less of.

    Args:
        values: Grey levels of text, uint8 of any shape.

    Returns:
        None where nothing differs from the paper.
    """
    if not values.size:
        return None
    row = values.reshape(1, -1)
    darkest, lightest, _, _ = cv2.minMaxLoc(row)
    if lightest - darkest < _CONTRAST:
        return None
    threshold, above = cv2.threshold(row, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return threshold, 2 * cv2.countNonZero(above) >= values.size


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
    shapes = np.array(polygons, object)
    level = shapely.transform(shapes, lambda points: points @ turn)
    boxes = shapely.bounds(level).reshape(-1, 4)
    split = [[polygon] for polygon in polygons]
    high = np.flatnonzero(boxes[:, 3] - boxes[:, 1] >= _LOWEST)
    if not len(high):
        return split
    left, top, right, bottom = boxes[high].T
    width = np.minimum(right - left, _MAX_COLUMNS).astype(int) + 2
    height = np.ceil(bottom - (top + 0.5)).astype(int)
    row = np.arange(height.sum()) - np.repeat(np.cumsum(height) - height, height)
    grids = Grids(evenly(left, right, width)[:, None] * turn[:, 0], width,
                  (np.repeat(top + 0.5, height) + row)[:, None] * turn[:, 1], height)
    strips, of = list[tuple[float, float, float, float]](), list[int]()
    profiles = row_sums(grids, shapes[high].tolist(), image)
    for part, bands in _bands(profiles, height).items():
        if len(bands) < 2:
            continue
        number = int(high[part])
        first, upper, last, lower = boxes[number].tolist()
        cuts = [upper, *((end + start) / 2 + upper for (_, end), (start, _)
                         in zip(bands, bands[1:])), lower]
        strips += [(first - 1, cut, last + 1, after) for cut, after in zip(cuts, cuts[1:])]
        of += [number] * len(bands)
    for number, pieces in _pieces(level, strips, of, turn).items():
        split[number] = pieces
    return split


def _pieces(level: np.ndarray, strips: Sequence[tuple[float, float, float, float]],
            of: Sequence[int], turn: np.ndarray) -> dict[int, list[Polygon]]:
    """The largest piece of an outline in each strip; ``of`` are the numbers of the outlines."""
    if not len(strips):
        return {}
    pieces = shapely.intersection(level[np.array(of)], shapely.box(*np.array(strips).T))
    for number in np.flatnonzero(shapely.get_type_id(pieces)
                                 != shapely.GeometryType.POLYGON).tolist():
        parts = [part for part in getattr(pieces[number], 'geoms', ())
                 if isinstance(part, Polygon)]
        pieces[number] = max(parts, key=lambda part: part.area, default=Polygon())
    pieces = shapely.transform(pieces, lambda points: points @ turn.T)
    found: dict[int, list[Polygon]] = {}
    for number, piece, area in zip(of, pieces.tolist(), shapely.area(pieces).tolist(),
                                   strict=True):
        if area:
            found.setdefault(number, []).append(piece)
    return found


def _bands(profiles: np.ndarray, height: np.ndarray) -> dict[int, list[tuple[int, int]]]:
    """First row, and the one after the last, of each line of ink, for parts with white rows.

    Args:
        profiles: Ink of the rows of parts, one part after the other (sum of ``height``,).
        height: Rows of each part (n,), one or more.
    """
    starts = np.cumsum(height) - height
    ordered = profiles.copy()
    for part in _slices(height):
        ordered[part].sort()
    place = 0.95 * (height - 1)
    low = place.astype(int)
    below, above = (ordered[starts + row].astype(float)
                    for row in (low, np.minimum(low + 1, height - 1)))
    has_ink = profiles >= np.repeat(_EMPTY * (below + (place - low) * (above - below)), height)
    begins = has_ink.copy()
    begins[1:] &= ~has_ink[:-1]
    begins[starts] = has_ink[starts]
    several = np.flatnonzero(np.add.reduceat(begins, starts, dtype=int) > 1)  # few parts have
    return {part: _without_dots(has_ink[start:start + rows]) for part, start, rows in zip(
        several.tolist(), starts[several].tolist(), height[several].tolist())}


def _without_dots(has_ink: np.ndarray) -> list[tuple[int, int]]:
    """The bands of rows (n,) with ink, dots and accents with what is below them."""
    bands = np.flatnonzero(np.diff(np.pad(has_ink.view(np.int8), 1))).reshape(-1, 2).tolist()
    highest = max(last - first for first, last in bands)
    joined: list[tuple[int, int]] = []
    waiting: int | None = None
    for first, last in bands:
        if last - first < _DOTS * highest:  # above the letters, as dots and accents are
            waiting = first if waiting is None else waiting
            continue
        joined.append((first if waiting is None else waiting, last))
        waiting = None
    return joined
