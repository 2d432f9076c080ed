"""Transforms for page layout: label maps whose objects shrink, or keep only a part of themselves.

An object is a connected component (8 neighbours) of one class of the label map. Background (0) and
ignored pixels (255) are not objects.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np

from mmseg.core.components import Component
from mmseg.utils.errors import InputError, nearest

from ..builder import PIPELINES

LAYOUT_CLASSES = ('background', 'figure', 'text', 'table', 'validline')
BACKGROUND = 0
# A scaled copy that lies inside its object to at least this share counts as a shrunk object.
INSIDE = 0.9


def each_component(seg: np.ndarray, labels: Iterable[int]) -> Iterator[Component]:
    """Yield the components of these classes, class by class, from the top of the page down.

    Args:
        seg: Label map ``(H, W)``.
        labels: The classes.
    """
    for label in labels:
        of_class = (seg == label).view(np.uint8)
        # Outlines cost a tenth of what labelling every pixel of the page does.
        outlines, tree = cv2.findContours(of_class, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        outer = [line for line, link in zip(outlines, tree[0], strict=True)
                 if link[3] < 0] if outlines else []
        for left, top, width, height, line in sorted(
                ((*cv2.boundingRect(line), line) for line in outer), key=lambda o: (o[1], o[0])):
            rows, cols = slice(top, top + height), slice(left, left + width)
            # The box may hold parts of other objects, which the flood does not reach.
            box = of_class[rows, cols].copy()
            start = (int(line[0, 0, 0]) - left, int(line[0, 0, 1]) - top)
            cv2.floodFill(box, None, start, 2, flags=8)
            yield Component(label, rows, cols, (box == 2).view(np.uint8))


def depth(mask: np.ndarray) -> np.ndarray:
    """``(H, W)``: distance in pixels of each pixel's centre from the object's edge, 0 outside.

    A pixel at the rim has 0.5. Beyond the mask lies the outside, so an object at the border of
    the page has an edge there too.
    """
    ringed = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    # The transform measures to the centre of the next outside pixel, half a pixel beyond the edge.
    far = cv2.distanceTransform(ringed, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    return np.maximum(far - 0.5, 0)


def vatti_offset(mask: np.ndarray, ratio: float) -> float:
    """The offset ``A (1 - r^2) / L`` in pixels of a mask ``(H, W)`` of area A and perimeter L.

    The shrinking of PSENet (Wang et al., CVPR 2019, section 3.3) and DB (Liao et al., AAAI 2020,
    "Label generation"), whose polygons Vatti's clipping offsets by it.
    """
    contours, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    # A contour runs through the centres of the rim's pixels; the edge around a rectangle's is
    # four pixels longer.
    lengths = [cv2.arcLength(contour, True) + (4 if link[3] < 0 else 0)
               for contour, link in zip(contours, tree[0], strict=True)]
    return float(mask.sum()) * (1 - ratio ** 2) / sum(lengths)


def shrink_by_offset(mask: np.ndarray, offset: float) -> np.ndarray:
    """The pixels ``(H, W)`` whose centres lie at least ``offset`` pixels inside a mask ``(H, W)``;
    the deepest in any case."""
    inside = depth(mask)
    return inside >= min(offset, float(inside.max()))


def _scaled_indices(length: int, centre: float, ratio: float) -> np.ndarray:
    """For each pixel of the scaled axis the pixel it comes from; -1 from outside the axis."""
    shift = (np.arange(length) - centre) / ratio
    # Halves round away from the centre, so that both sides lose the same.
    source = np.where(shift < 0, np.ceil(centre + shift - 0.5), np.floor(centre + shift + 0.5))
    return np.where((source < 0) | (source >= length), -1, source).astype(np.intp)


def shrink_by_ratio(mask: np.ndarray, ratio: float) -> np.ndarray:
    """The object scaled by ``ratio`` about its centroid, within itself.

    Where the scaled copy does not lie inside the object to at least nine tenths (a ring, a C),
    an offset takes its rim instead: the one that leaves most nearly the ``ratio ** 2`` of the
    area that a scaled copy has.
    """
    rows, cols = np.nonzero(mask)
    ys = _scaled_indices(mask.shape[0], float(rows.mean()), ratio)
    xs = _scaled_indices(mask.shape[1], float(cols.mean()), ratio)
    # One more row and column of zeros, where index -1 points to.
    scaled = np.pad(mask, ((0, 1), (0, 1)))[np.ix_(ys, xs)]
    both = (scaled & mask).astype(bool)
    if both.sum() >= INSIDE * max(1, int(scaled.sum())):
        return both
    inside = depth(mask)
    levels, counts = np.unique(inside[rows, cols], return_counts=True)
    left_over = counts[::-1].cumsum()[::-1]
    return inside >= levels[np.abs(left_over - len(rows) * ratio ** 2).argmin()]


SHRINKS = {
    'pixels': shrink_by_offset,
    'ratio': shrink_by_ratio,
    'vatti_ratio': lambda mask, ratio: shrink_by_offset(mask, vatti_offset(mask, ratio)),
}


def class_index(name: int | str, class_names: Sequence[str]) -> int:
    """The index of a class that is given by its name or its index.

    Raises:
        InputError: A name that is not in ``class_names``, an index outside it.
    """
    if isinstance(name, str):
        if name not in class_names:
            raise InputError(f'There is no class {name!r}{nearest(name, class_names)}; the '
                             f'classes are {list(class_names)} (key class_names).')
        return list(class_names).index(name)
    if not 0 <= name < len(class_names):
        raise InputError(f'There is no class {name}: the classes are 0 to {len(class_names) - 1}, '
                         f'{list(class_names)} (key class_names).')
    return int(name)


def _one_method(setting: Mapping[str, float | None], where: str) -> tuple[str, float]:
    """The one method of shrinking that a setting names, with its number."""
    given = {key: value for key, value in setting.items() if value is not None}
    for key in given:
        if key not in SHRINKS:
            raise InputError(f'{where} has the unknown key {key!r}{nearest(key, SHRINKS)}; it '
                             f'takes one of {list(SHRINKS)}.')
    if len(given) != 1:
        raise InputError(f'{where} takes exactly one of {list(SHRINKS)}, not {list(given)}.')
    (key, value), = given.items()
    if value < 0 or (key != 'pixels' and not 0 < value <= 1):
        limits = '0 or more' if key == 'pixels' else 'in (0, 1]'
        raise InputError(f'{where}: {key} is {limits}, not {value}.')
    return key, value


@PIPELINES.register_module()
class LabelErosion:
    """Label map in which every object is shrunk about its own centre; the image does not change.

    Neighbouring text lines or cells that touch nearly keep apart that way. The three methods:

    - ``pixels=n``: the pixels stay whose centres lie at least n pixels inside the object's edge
      (Euclidean distance): a rectangle of (h, w) becomes (h - 2n, w - 2n).
    - ``ratio=r``: the object is scaled by r about its centroid: (h, w) becomes (r h, r w). What
      cannot be scaled within itself (a ring, a C) loses its rim until about ``r ** 2`` of its
      area are left.
    - ``vatti_ratio=r``: as ``pixels``, with the offset ``A (1 - r^2) / L`` of the object's area A
      and perimeter L, as text detectors shrink their labels (PSENet, CVPR 2019, section 3.3; DB,
      AAAI 2020, which takes r = 0.4).

    No object vanishes: where the offset would take all of it, its deepest pixels stay. One with a
    narrow waist may fall into two.

    Args:
        pixels: Offset in pixels.
        ratio: Scale in (0, 1].
        vatti_ratio: r of the Vatti offset in (0, 1].
        per_class: A method for single classes instead of the general one, such as
            ``dict(text=dict(pixels=2), table=None)``; None leaves the class unchanged. With it the
            general method may be left out, and other classes are not changed.
        skip_classes: Classes that are not changed, by name or index; by default ``validline``
            where there is one, which is too thin to lose anything.
        fill_label: What the pixels taken off become: 0 is background, 255 keeps them out of the
            loss.
        prob: Share of pages that are treated.
        class_names: The data set's classes, for names above.

    Raises:
        InputError: No or several methods for a class, a number out of range, an unknown class.
    """

    def __init__(self,
                 pixels: float | None = None,
                 ratio: float | None = None,
                 vatti_ratio: float | None = None,
                 per_class: Mapping[int | str, Mapping[str, float] | None] | None = None,
                 skip_classes: Sequence[int | str] | None = None,
                 fill_label: int = BACKGROUND,
                 prob: float = 1.0,
                 class_names: Sequence[str] = LAYOUT_CLASSES):
        if not 0 <= prob <= 1 or not 0 <= fill_label <= 255:
            raise InputError(f'LabelErosion: prob is in [0, 1] and fill_label in [0, 255], not '
                             f'{prob} and {fill_label}.')
        self.fill_label, self.prob, self.class_names = fill_label, prob, tuple(class_names)
        general = {'pixels': pixels, 'ratio': ratio, 'vatti_ratio': vatti_ratio}
        self.methods: dict[int, tuple[str, float]] = {}
        if per_class is None or any(value is not None for value in general.values()):
            method = _one_method(general, 'LabelErosion')
            if skip_classes is None:
                skip_classes = [name for name in class_names if name == 'validline']
            skipped = {class_index(name, class_names) for name in skip_classes}
            self.methods = {label: method for label in range(1, len(class_names))
                            if label not in skipped}
        for name, setting in (per_class or {}).items():
            label = class_index(name, class_names)
            self.methods.pop(label, None)
            if setting is not None:
                self.methods[label] = _one_method(
                    setting, f'per_class of LabelErosion, class {name!r},')

    def erode(self, seg: np.ndarray) -> np.ndarray:
        """A copy of the label map ``(H, W)`` with its objects shrunk."""
        eroded = seg.copy()
        for label, rows, cols, mask in each_component(seg, self.methods):
            method, value = self.methods[label]
            lost = mask.astype(bool) & ~SHRINKS[method](mask, value)
            eroded[rows, cols][lost] = self.fill_label
        return eroded

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """Shrink the objects of every label map in ``results['seg_fields']``."""
        if np.random.random_sample() < self.prob:
            for key in results.get('seg_fields', []):
                results[key] = self.erode(results[key])
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(methods={self.methods}, fill_label={self.fill_label}, '
                f'prob={self.prob})')


class Crop(NamedTuple):
    """What one object keeps: a box in pixels of the page, right and bottom just outside."""
    left: int
    top: int
    right: int
    bottom: int


@PIPELINES.register_module()
class LabelBootstrap:
    """Page on which the named objects keep a small random crop, and only labelled content stays.

    Each object of the named classes keeps the part of itself that lies in a random box, much
    smaller than its own; the rest of its label becomes background. Then every pixel of the image
    whose label is background, from the start or by now, takes the mean colour of the pixels that
    were background from the start (of the whole page where none was). So the network sees many
    different figures and tables from few, and nothing unlabelled.

    Pixels with the ignored label (255) keep label and content: the loss does not see them.

    Args:
        classes: The classes whose objects are cropped, by name or index.
        keep: Smallest and largest share of an object's height and width that is kept; the two
            are drawn apart.
        min_size: A side of the box is not drawn below this many pixels.
        prob: Share of pages that are treated.
        class_names: The data set's classes, for names above.

    Raises:
        InputError: A number out of range or an unknown class.
    """

    def __init__(self,
                 classes: Sequence[int | str] = ('figure', 'table'),
                 keep: tuple[float, float] = (0.2, 0.5),
                 min_size: int = 16,
                 prob: float = 1.0,
                 class_names: Sequence[str] = LAYOUT_CLASSES):
        if not 0 < keep[0] <= keep[1] <= 1:
            raise InputError(f'LabelBootstrap: keep is (smallest, largest) share with 0 < '
                             f'smallest <= largest <= 1, not {keep}.')
        if min_size < 1 or not 0 <= prob <= 1:
            raise InputError(f'LabelBootstrap: min_size is 1 or more and prob in [0, 1], not '
                             f'{min_size} and {prob}.')
        self.class_names = tuple(class_names)
        self.labels = [class_index(name, class_names) for name in classes]
        if BACKGROUND in self.labels:
            raise InputError('LabelBootstrap: background has no objects; take it out of classes.')
        self.keep, self.min_size, self.prob = tuple(keep), min_size, prob

    def _draw_crop(self, found: Component) -> Crop:
        """A random box that holds at least one pixel of the object."""
        draws = np.random.random_sample(5)
        rows, cols = np.nonzero(found.mask)
        chosen = int(draws[0] * len(rows))
        sides = []
        for length, pixel, share, place in (
                (found.mask.shape[0], rows[chosen], draws[1], draws[3]),
                (found.mask.shape[1], cols[chosen], draws[2], draws[4])):
            kept = round(length * (self.keep[0] + (self.keep[1] - self.keep[0]) * share))
            kept = min(length, max(self.min_size, kept))
            first = max(0, int(pixel) - kept + 1)
            last = min(int(pixel), length - kept)
            sides.append((first + int(place * (last - first + 1)), kept))
        (top, height), (left, width) = sides
        top, left = top + found.rows.start, left + found.cols.start
        return Crop(left, top, left + width, top + height)

    def draw(self, seg: np.ndarray) -> list[tuple[Component, Crop]]:
        """The objects to crop in the label map ``(H, W)``, each with its random box."""
        return [(found, self._draw_crop(found)) for found in each_component(seg, self.labels)]

    @staticmethod
    def apply(image: np.ndarray, seg: np.ndarray,
              crops: list[tuple[Component, Crop]]) -> tuple[np.ndarray, np.ndarray]:
        """Image ``(H, W, 3)`` and label map ``(H, W)`` after these crops, both new."""
        background = (seg == BACKGROUND).view(np.uint8)
        where = background if background.any() else None
        colour = np.array(cv2.mean(image, where)[:image.shape[2] if image.ndim == 3 else 1])
        if image.dtype == np.uint8:
            colour = np.rint(colour)
        kept = seg.copy()
        for (_, rows, cols, mask), (left, top, right, bottom) in crops:
            lost = mask.astype(bool)
            lost[top - rows.start:bottom - rows.start, left - cols.start:right - cols.start] = False
            kept[rows, cols][lost] = BACKGROUND
        levelled = np.empty_like(image)
        levelled[:] = colour
        return cv2.copyTo(image, (kept != BACKGROUND).view(np.uint8), levelled), kept

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """Crop the objects of ``results['gt_semantic_seg']`` and level ``results['img']``."""
        if np.random.random_sample() < self.prob:
            seg = results['gt_semantic_seg']
            results['img'], results['gt_semantic_seg'] = self.apply(
                results['img'], seg, self.draw(seg))
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(labels={self.labels}, keep={self.keep}, '
                f'min_size={self.min_size}, prob={self.prob})')
