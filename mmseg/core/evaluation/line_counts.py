"""Scores of text lines, by the rules of ICDAR."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import shapely
import torch
from torch import Tensor

from ..text_lines import LinePolygon, usable_polygon

LINE_METRIC = 'hmean-iou'
IOU = 0.5
# A line of which more lies in one that is ignored is ignored itself.
IGNORED_SHARE = 0.5


def line_counts(found: Sequence[Sequence[float]], true: Sequence[LinePolygon]) -> Tensor:
    """Count the lines of one page (Karatzas et al., "ICDAR 2015 Competition on Robust Reading",
    section III; incidental scene text).

    A line is found where the intersection with one predicted is more than half of their union;
    each is matched once. What lies for more than half in an ignored line does not count.

    Args:
        found: ``[x1, y1, x2, y2, …, score]`` of each predicted line.
        true: The lines of the page.

    Returns:
        Float64 (3,): true lines, predicted ones, matches.
    """
    pred = _shapes([line[:-1] for line in found])
    wanted = _shapes([line.points for line in true if not line.ignored])
    ignored = _shapes([line.points for line in true if line.ignored])
    if len(ignored) and len(pred):
        places, covers = shapely.STRtree(ignored).query(pred, 'intersects')
        shared = shapely.area(shapely.intersection(pred[places], ignored[covers]))
        out = np.unique(places[shared > IGNORED_SHARE * shapely.area(pred[places])])
        pred = np.delete(pred, out)
    return torch.tensor([len(wanted), len(pred), _matches(pred, wanted)], dtype=torch.float64)


def _shapes(polygons: Sequence[object]) -> np.ndarray:
    """Valid polygons, an array of shapely's; what is none is left out."""
    usable = [usable_polygon(points)[0] for points in polygons]
    shapes = np.empty(0, object)
    if any(points is not None for points in usable):
        shapes = np.array([shapely.Polygon(points) for points in usable if points is not None])
    return shapes


def _matches(pred: np.ndarray, true: np.ndarray) -> int:
    """How many true lines are found, each by the first predicted one that fits."""
    if not len(pred) or not len(true):
        return 0
    seconds, firsts = shapely.STRtree(pred).query(true, 'intersects')
    common = shapely.area(shapely.intersection(true[seconds], pred[firsts]))
    iou = common / (shapely.area(true[seconds]) + shapely.area(pred[firsts]) - common)
    taken: set[int] = set()
    matched: set[int] = set()
    order = np.lexsort((firsts, seconds))
    for place in order[iou[order] > IOU]:
        true_line, line = int(seconds[place]), int(firsts[place])
        if true_line not in matched and line not in taken:
            matched.add(true_line)
            taken.add(line)
    return len(matched)


def line_scores(counts: Tensor) -> OrderedDict[str, float]:
    """Return precision, recall and their harmonic mean, in [0, 1], from summed counts ``(3,)``."""
    true, predicted, matched = counts.tolist()
    precision = matched / predicted if predicted else 0.
    recall = matched / true if true else 0.
    both = precision + recall
    hmean = 2 * precision * recall / both if both else 0.
    return OrderedDict((f'{LINE_METRIC}:{name}', value) for name, value in (
        ('recall', recall), ('precision', precision), ('hmean', hmean)))
