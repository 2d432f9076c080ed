"""The connected parts of a label map, and the inverse of label erosion."""
from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
import pyclipper

from ..core.components import Box, Components
from ..core.erosion import ErosionParams
from ..core.text_lines import vatti_growth
from ..utils.runs import LabelParts, label_parts

# A corner of 90 degrees grows to a corner; sharper ones are cut off there.
_MITRE = 1.5
# Clipper calculates with integers: this many to a pixel.
_FINE = 16
# A part of which less lies in its scaled copy was not shrunk by scaling.
_INSIDE = 0.9


def find_components(pred: np.ndarray, *, min_area: float = 0,
                    min_areas: Mapping[int, float] | None = None,
                    min_lengths: Mapping[int, float] | None = None, background: int = 0,
                    ignored: int = 255, erosion: ErosionParams | None = None,
                    parts: LabelParts | None = None) -> Components:
    """Return the parts of each class (8 neighbours), without specks.

    Parts that grow stop where another part is nearer, so none takes pixels of another and two
    that nearly touch stay two.

    Args:
        pred: Label map (H, W), integer.
        min_area: Smallest area of a part in pixels, after it has grown.
        min_areas: Class → its own smallest area, where that is larger.
        min_lengths: Class → smallest diagonal of the boxes of its parts in pixels.
        background: The label that is not a part.
        ignored: Another such label.
        erosion: The label erosion to undo, that the network was trained with.
        parts: Those of ``pred``, where they are known.
    """
    unit = erosion.pixels_per_unit(pred.shape) if erosion else 1.
    methods = erosion.methods if erosion else {}
    parts = parts or label_parts(pred, (background, ignored))
    labels, (widths, heights, size) = parts.labels, parts.boxes.T[2:]
    kept = np.zeros(len(labels), bool)
    for label in np.unique(labels).tolist():
        own = np.flatnonzero(labels == label)
        wide, high, area = widths[own], heights[own], size[own]
        if label in methods:  # about what it will be, as if it filled its box
            margin = 2 * unclip_offset(methods[label], wide * high, 2 * (wide + high), unit)
            area = (wide + margin) * (high + margin)
        smallest = max(min_area, (min_areas or {}).get(label, 0))
        kept[own] = (area >= smallest) & (np.hypot(wide, high) >= (min_lengths or {}).get(label, 0))
    number = np.zeros(len(labels) + 1, np.int32)
    number[1:][kept] = np.arange(1, kept.sum() + 1)
    left, top, wide, high = parts.boxes[kept, :4].T
    boxes = np.stack([left, top, left + wide, top + high], axis=1)
    found = Components(parts.painted(number), np.append(background, labels[kept]),
                       [Box(0, 0, 0, 0), *map(Box._make, boxes.tolist())])
    return _grown(found, methods, unit, min_area) if methods else found


def unclip_offset(method: tuple[str, float], area: np.ndarray, perimeter: np.ndarray,
                  unit: float = 1.) -> np.ndarray:
    """The distances in pixels by which shrunk parts grow; exact for rectangles.

    A rectangle that grows by d has the area ``A + L d + 4 d^2``, so that the distance which gives a
    part shrunk by a ratio its area ``A / r^2`` back follows from a quadratic equation; for
    ``vatti_ratio`` see :func:`~mmseg.core.text_lines.vatti_growth`.

    Args:
        method: As in :class:`~mmseg.core.erosion.ErosionParams`.
        area: A of the shrunk parts, ``(n,)``, in square pixels.
        perimeter: L of the shrunk parts, ``(n,)``, in pixels.
        unit: Pixels of the page to one that was eroded.
    """
    kind, value = method
    if kind == 'pixels':
        return np.full(np.shape(area), value * unit)
    if kind == 'vatti_ratio':
        return vatti_growth(area, perimeter, value)
    square, linear, constant = 4., perimeter, area * (1 / value ** 2 - 1)
    return (np.sqrt(linear ** 2 + 4 * square * constant) - linear) / (2 * square)


def _grown(found: Components, methods: Mapping[int, tuple[str, float]], unit: float,
           min_area: float) -> Components:
    """The parts of these classes grown back, those left out that stay below ``min_area``."""
    ids, labels, boxes = found
    if len(labels) == 1:
        return found
    nearest = _nearest_part(ids)
    number = np.arange(len(labels), dtype=np.int32)
    for part in (np.flatnonzero(np.isin(labels[1:], list(methods))) + 1).tolist():
        window, inside = _unclip(found.mask(part), boxes[part], methods[int(labels[part])], unit,
                                 ids.shape)
        left, top, right, bottom = window
        inside &= (nearest[top:bottom, left:right] == part).view(np.uint8)
        own = ids[top:bottom, left:right] == part
        inside |= own.view(np.uint8)
        row, col = divmod(int(own.argmax()), own.shape[1])
        # What lies beyond another part is not reached.
        cv2.floodFill(inside, None, (col, row), 2, flags=8)
        reached = inside == 2
        if np.count_nonzero(reached) < min_area:
            number[part] = 0
        ids[top:bottom, left:right][reached] = part
        x, y, width, height = cv2.boundingRect(reached.view(np.uint8))
        boxes[part] = Box(left + x, top + y, left + x + width, top + y + height)
    kept = np.flatnonzero(number > 0)
    number[kept] = np.arange(1, len(kept) + 1)
    kept = np.append(0, kept)
    return Components(number[ids], labels[kept], [boxes[part] for part in kept])


def _nearest_part(ids: np.ndarray) -> np.ndarray:
    """(H, W): for each pixel the part that is nearest to it."""
    _, pixels = cv2.distanceTransformWithLabels((ids == 0).view(np.uint8), cv2.DIST_L2, 5,
                                                labelType=cv2.DIST_LABEL_PIXEL)
    taken = ids > 0
    part_of = np.zeros(int(pixels.max()) + 1, np.int32)
    part_of[pixels[taken]] = ids[taken]
    return part_of[pixels]


def _unclip(mask: np.ndarray, box: Box, method: tuple[str, float], unit: float,
            size: tuple[int, int]) -> tuple[Box, np.ndarray]:
    """A window of the page, and in it the pixels (uint8, 0 or 1) of the grown part."""
    contours, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    # Contours run through the centres of the rim's pixels, as those of the result do: so the edges
    # between pixels move by the same distance.
    paths = [contour[:, 0].astype(np.float64) for contour in contours]
    length = sum(cv2.arcLength(contour, True) + (4 if link[3] < 0 else 0)
                 for contour, link in zip(contours, tree[0], strict=True))
    grown = _scaled(mask, paths, method[1]) if method[0] == 'ratio' else None
    if grown is None:
        area = np.array(np.count_nonzero(mask))
        grown = _offset(paths, float(unclip_offset(method, area, np.array(length), unit)))
    corners = np.concatenate(grown)
    low = (np.floor(corners.min(axis=0)).astype(int) + box[:2]).tolist()
    high = (np.ceil(corners.max(axis=0)).astype(int) + box[:2] + 1).tolist()
    window = Box(max(0, min(low[0], box.left)), max(0, min(low[1], box.top)),
                 min(size[1], max(high[0], box.right)), min(size[0], max(high[1], box.bottom)))
    canvas = np.zeros((window.bottom - window.top, window.right - window.left), np.uint8)
    shift = (box.left - window.left, box.top - window.top)
    cv2.fillPoly(canvas, [np.rint(path + shift).astype(np.int32) for path in grown], 1)
    return window, canvas


def _offset(paths: list[np.ndarray], distance: float) -> list[np.ndarray]:
    """The paths of an outline, each (n, 2), moved outwards."""
    clipper = pyclipper.PyclipperOffset(miter_limit=_MITRE)
    for path in paths:
        # The outline of a part one pixel wide comes back on itself and encloses nothing: a line.
        closed = len(path) > 2 and cv2.contourArea(path.astype(np.float32)) > 0
        end = pyclipper.ET_CLOSEDPOLYGON if closed else pyclipper.ET_OPENSQUARE
        clipper.AddPath(np.rint(path * _FINE).astype(int).tolist(), pyclipper.JT_MITER, end)
    grown = [np.array(path) / _FINE for path in clipper.Execute(distance * _FINE)]
    return grown or paths


def _scaled(mask: np.ndarray, paths: list[np.ndarray], ratio: float) -> list[np.ndarray] | None:
    """The outline scaled by ``1 / ratio`` about its centroid; None where it would leave the part.

    A ring or a C was not scaled within itself, and lies outside its scaled copy.
    """
    rows, cols = np.nonzero(mask)
    centre = np.array([cols.mean(), rows.mean()])
    scaled = [centre + (path - centre) / ratio for path in paths]
    canvas = np.zeros_like(mask)
    cv2.fillPoly(canvas, [np.rint(path).astype(np.int32) for path in scaled], 1)
    return scaled if np.count_nonzero(canvas & mask) >= _INSIDE * len(rows) else None
