"""Finding regions in the scores of a page, in reading order."""
from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry import Polygon

from ..inference.predictor import PageArrays, PageBoxes
from ..utils.errors import InputError
from ..utils.runs import LabelParts, label_parts
from .boxes import box_regions
from .components import Components, find_components
from .gutters import split_at_gutters
from .ink import as_grey, split_lines
from .joining import join_pieces
from .leaders import Leaders
from .line_ends import complete_lines, with_ink, without_nested
from .line_owners import divide_lines
from .lines import FoundLine, lines_of_head, skew, turn_by, uncovered
from .outline import rotated_box
from .parts import part_regions
from .region import PageLayout, Region
from .region_options import RegionOptions
from .region_order import region_order
from .region_types import region_type_of
from .table_lines import table_lines
from .text_blocks import lines_within, text_blocks

# A table of whose lines more than this share is outside of it is enlarged.
_OUTSIDE = 0.05
_DEFAULTS = RegionOptions()


def joined(pred: np.ndarray, classes: Sequence[str], options: RegionOptions = _DEFAULTS,
           parts: LabelParts | None = None) -> np.ndarray:
    """Return the label map with pieces of one figure or table joined (``join_gaps``).

    Args:
        pred: Label map (H, W), integer.
        classes: Names of the classes.
        options: Options of region finding.
        parts: Those of ``pred``, where they are known.
    """
    unit = options.unit(pred.shape)
    gaps = {label: options.join_gaps[name] * unit for label, name in enumerate(classes)
            if options.join_gaps.get(name)}
    if not gaps:
        return pred
    into = [0, *options.text_labels(classes), *options.line_labels(classes)]
    return join_pieces(pred, gaps, np.setdiff1d(into, list(gaps)), options.min_area * unit ** 2,
                       parts)


def page_components(pred: np.ndarray, classes: Sequence[str], options: RegionOptions = _DEFAULTS,
                    parts: LabelParts | None = None) -> Components:
    """Return the parts of a label map (H, W) that become regions: grown back, without specks.

    :func:`joined` comes before, where pieces of figures and tables shall be one part.

    Args:
        pred: Label map (H, W), integer.
        classes: Names of the classes.
        options: Options of region finding.
        parts: Those of ``pred``, where they are known.
    """
    unit = options.unit(pred.shape)
    lengths = dict.fromkeys(options.line_labels(classes), options.min_line_length * unit)
    areas = {label: options.smallest(name) * unit ** 2 for label, name in enumerate(classes)}
    return find_components(pred, min_area=options.min_area * unit ** 2, min_areas=areas,
                           min_lengths=lengths, erosion=options.erosion, parts=parts)


def find_regions(seg: np.ndarray, classes: Sequence[str],
                 options: RegionOptions = _DEFAULTS, *, lines: np.ndarray | None = None,
                 image: np.ndarray | None = None) -> list[Region]:
    """Return the regions of a page, text as blocks of lines; the first class is background.

    Args:
        seg: Scores (K, H, W) in [0, 1].
        classes: The K names.
        options: How they are found.
        lines: Scores (H, W) of a line head; without one the parts of the text pixels are lines.
        image: The page, uint8 (H, W, 3) in BGR, whose ink gives baselines.

    Raises:
        InputError: The scores do not fit the names.
    """
    if not classes and not len(seg):  # of a network that tells page types alone
        return []
    scores = _scores_of_all(seg, classes, options.threshold)
    seen, best = _best_class(scores)
    parts = label_parts(seen)
    pred = joined(seen, classes, options, parts)
    found = page_components(pred, classes, options, parts if pred is seen else None)
    if options.max_regions is not None:
        _check_count(found, options.max_regions)
    text = options.text_labels(classes) if options.blocks else []
    regions, of_text = part_regions(found, seen, best, classes, options, text)
    if not options.blocks:
        return regions
    grey = None if image is None else as_grey(image)
    return _with_blocks(regions, pred, classes, options, lines, grey, of_text)


def _with_blocks(others: list[Region], pred: np.ndarray, classes: Sequence[str],
                 options: RegionOptions, line_scores: np.ndarray | None,
                 image: np.ndarray | None, parts: Sequence[FoundLine] = ()) -> list[Region]:
    """The regions that are not text, and blocks of lines; ``parts`` are those of text pixels."""
    text = options.text_labels(classes)
    lines = [] if line_scores is None or not text else lines_of_head(
        line_scores, pred, text, options.line_options)
    lines, dotted = without_nested(lines), None
    if image is not None:
        lines = split_at_gutters(with_ink(lines, image), image)
        leaders = Leaders(lines, image)
        lines, dotted = leaders.joined(lines), leaders.within
        others = leaders.without_dotted(others, lines)
        lines = complete_lines(lines, image)
    polygons = [part.polygon for part in parts]
    numbers = uncovered(polygons, lines)
    left = [polygons[number] for number in numbers]
    split = [[polygon] for polygon in left] if image is None else split_lines(
        left, image, turn_by(skew(polygons)))
    lines += [FoundLine(polygon, parts[number].score, parts[number].label)
              for number, found in zip(numbers, split, strict=True) for polygon in found]
    lines = without_nested(lines if image is None else with_ink(lines, image))
    alone, inside = divide_lines(lines, others, text)
    # parts of tables without lines, as between names and their values, divide nothing
    walls = [region.polygon for region, own in zip(others, inside, strict=True)
             if own or region_type_of(region.name) != 'table']
    blocks = text_blocks(alone, walls, dict(enumerate(classes)), image=image,
                         right_to_left=options.right_to_left, entries=dotted)
    every = [line.polygon for block in blocks for line in block.lines]
    return blocks + [_with_lines(region, inside[number], every, image, options.right_to_left)
                     for number, region in enumerate(others)]


def _with_lines(region: Region, lines: Sequence[FoundLine], others: Sequence[Polygon],
                image: np.ndarray | None, right_to_left: bool) -> Region:
    """A table or figure with the lines in it; ``others`` are the outlines of the text's lines."""
    if not lines:
        return region
    is_table = region_type_of(region.name) == 'table'
    if is_table and image is not None:
        lines = table_lines(lines, region, image, others, right_to_left)
    if is_table:
        region = _enlarged(region, lines)
    return replace(region, lines=lines_within(lines, image, right_to_left,
                                              is_table and image is not None))


def _enlarged(region: Region, lines: Sequence[FoundLine]) -> Region:
    """The region with an outline around all of its lines, where much of them is outside."""
    shapes = np.array([line.polygon for line in lines], object)
    outside = shapely.area(shapely.difference(shapes, region.polygon)).sum()
    if outside <= _OUTSIDE * shapely.area(shapes).sum():
        return region
    outline = shapely.union(region.polygon,
                            shapely.convex_hull(shapely.MultiPolygon(shapes.tolist())))
    if not isinstance(outline, Polygon):  # they only touch
        outline = shapely.convex_hull(outline)
    return replace(region, polygon=outline, rotated_box=rotated_box(outline))


def _check_count(found: Components, most: int) -> None:
    """Raise InputError where regions are so many or so ragged that they take long to outline."""
    count = len(found.labels) - 1
    if count > most:
        raise InputError(f'the page has {count} regions, more than {most}: it may be noise; a '
                         'larger min_area leaves specks out')
    ids = found.ids
    # along an edge two pairs of neighbours are equal, at a corner they are not
    corners = np.count_nonzero(ids[1:, 1:] ^ ids[1:, :-1] ^ ids[:-1, 1:] ^ ids[:-1, :-1])
    if corners > 10 * most + ids.size // 50:
        raise InputError(f'the outlines of the regions have {corners} corners, which is noise and '
                         'no page')


def page_layout(arrays: PageArrays | PageBoxes, classes: Sequence[str],
                palette: Sequence[Sequence[int]] | None = None,
                page_classes: Sequence[str] = (), options: RegionOptions = _DEFAULTS, *,
                source: str | os.PathLike[str] | None = None, number: int = 0,
                image: np.ndarray | None = None) -> PageLayout:
    """Return a page with its regions in reading order.

    Args:
        arrays: The page's scores, from a predictor, or the boxes of a detector.
        classes: Names of the pixel classes.
        palette: RGB of each; None where there are no colours.
        page_classes: Names of the page types; none where the network does not tell them.
        options: Options of region finding.
        source: The file the page came from.
        number: Of the page within that file, from 0.
        image: The page, uint8 (H, W, 3) in BGR, whose ink gives the baselines of its lines.

    Raises:
        InputError: The scores do not fit the names.
    """
    if isinstance(arrays, PageBoxes):
        size = arrays.size
        kept = [number for number, box in enumerate(arrays.boxes)
                if arrays.scores[number] >= options.box_score and _is_large(
                    box, classes[arrays.labels[number]], size, options)]
        regions = box_regions(arrays, kept, classes, options.text_labels(classes),
                              options.line_labels(classes), image, options.right_to_left)
    else:
        size = (arrays.seg.shape[1], arrays.seg.shape[2])
        regions = find_regions(arrays.seg, classes, options, lines=arrays.lines, image=image)
    order = region_order(regions, size, right_to_left=options.right_to_left)
    page_scores = {}
    if arrays.cls is not None and len(page_classes):
        if len(page_classes) != len(arrays.cls):
            raise InputError(f'the network gives scores of {len(arrays.cls)} page types, but there '
                             f'are {len(page_classes)} names: {", ".join(page_classes)}')
        page_scores = {name: float(score) for name, score in zip(page_classes, arrays.cls)}
    return PageLayout(
        size=size, regions=tuple(regions[index] for index in order), classes=tuple(classes),
        palette=tuple((int(r), int(g), int(b)) for r, g, b in palette or ()),
        page_scores=page_scores, source=None if source is None else os.fspath(source),
        number=number)


def _is_large(box: np.ndarray, name: str, size: tuple[int, int], options: RegionOptions) -> bool:
    """Whether a detector's box is more than a speck, by the measures of the parts of a map."""
    unit, (width, height) = options.unit(size), box[2:] - box[:2]
    long_enough = name not in options.lines or (
        np.hypot(width, height) >= options.min_line_length * unit)
    return bool(width * height >= options.smallest(name) * unit ** 2 and long_enough)


def _scores_of_all(seg: np.ndarray, classes: Sequence[str], threshold: float) -> np.ndarray:
    """The scores (K, H, W) of all classes."""
    if seg.ndim != 3:
        raise InputError(f'the scores of a page are (classes, height, width), got {seg.shape}')
    if len(seg) == 1 and len(classes) == 2:
        # halves of the range on either side of the threshold, so that the larger one wins
        second = np.interp(seg, [0, threshold, 1], [0, .5, 1])
        return np.concatenate([1 - second, second])
    if len(seg) != len(classes):
        raise InputError(f'the network gives scores of {len(seg)} classes, but there are '
                         f'{len(classes)} names: {", ".join(classes)}')
    return seg


def _best_class(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The class (H, W) with the highest score, the first of equals, and that score.

    Classes are uint8 where 255 suffice.

    A running maximum reads the scores once, where ``argmax`` jumps between classes.
    """
    best = scores[0].copy()
    label = np.zeros(best.shape, np.uint8 if len(scores) <= 255 else np.int32)
    for index in range(1, len(scores)):
        np.copyto(label, index, where=scores[index] > best)
        np.maximum(best, scores[index], out=best)
    return label, best
