"""Pages whose lines are not level, because they lie skewed or were seen from the side."""
from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from ..utils.components import connected_parts
from .reference import BACKGROUND, page_scale

# Lines that tell the skew are this long, in pixels of the reference page, and times their height.
_LINE_LENGTH, _LINE_RATIO, _MOST_LINES = 80, 6, 40
# Skews, as rise over run, below which a page is straight, and above which it is not a scan.
_LEAST_SKEW, _MOST_SKEW = .003, .15
# The skew changes down the page if this many lines or more tell it, pairs of them at least this
# share of the page's height apart, and a fifth more of their length is then within the tolerance.
_FEWEST_LINES, _APART, _TOLERANCE, _GAIN = 7, .1, .004, .2


class Skew(NamedTuple):
    """How lines of a page run.

    Attributes:
        middle: By how much lines at half of the page's height go down to the right, as rise over
            run.
        change: By how much more those at its lower end do than those at its upper end; 0 on a page
            that was not seen from the side.
    """
    middle: float
    change: float = 0.


class _Lines(NamedTuple):
    """Components that are long and low: their slopes, lengths in pixels, and places (each (n,)).

    A place is a share of the page's height, from -0.5 at its upper end to 0.5.
    """
    slopes: np.ndarray
    lengths: np.ndarray
    places: np.ndarray


def page_skew(labels: np.ndarray) -> Skew:
    """Return how lines of text and separators run.

    Weighted medians over components that are long and low, and over pairs of them for the change
    (Sen, "Estimates of the Regression Coefficient Based on Kendall's Tau", 1968); 0 without any.

    Args:
        labels: (H, W) integers.
    """
    lines = _lines(labels)
    if not len(lines.slopes):
        return Skew(0.)
    middle = _weighted_median(lines.slopes, lines.lengths)
    change = _change(lines)
    rest = lines.slopes - change * lines.places
    turned = _weighted_median(rest, lines.lengths)
    near = [lines.lengths[np.abs(off) <= _TOLERANCE].sum() / lines.lengths.sum()
            for off in (lines.slopes - middle, rest - turned)]
    return Skew(turned, change) if near[1] >= near[0] + _GAIN else Skew(middle)


def _lines(labels: np.ndarray) -> _Lines:
    """The longest lines of each class."""
    labels = labels[::2, ::2]  # slopes stay the same
    least = _LINE_LENGTH * page_scale(labels.shape)
    found = []
    for label in np.setdiff1d(labels, [BACKGROUND]):
        ids, boxes = connected_parts((labels == label).astype(np.uint8))
        wide = (boxes[:, cv2.CC_STAT_WIDTH] >= np.maximum(
            least, _LINE_RATIO * boxes[:, cv2.CC_STAT_HEIGHT]))
        longest = np.argsort(-boxes[:, cv2.CC_STAT_WIDTH] * wide, kind='stable')[:_MOST_LINES]
        for number in longest[wide[longest]]:
            x, y, width, height = boxes[number, :4].tolist()
            rows, columns = np.nonzero(ids[y:y + height, x:x + width] == number)
            slope = np.cov(columns, rows)[0, 1] / np.var(columns, ddof=1)
            found.append((slope, width, (y + rows.mean()) / len(labels) - .5))
    return _Lines(*np.array(found, float).reshape(-1, 3).T)


def _change(lines: _Lines) -> float:
    """The change of the slope from the upper to the lower end; 0 if too few lines tell it."""
    first, second = np.nonzero(lines.places[:, None] - lines.places >= _APART)
    if len(lines.slopes) < _FEWEST_LINES or not len(first):
        return 0.
    apart = lines.places[first] - lines.places[second]
    return _weighted_median((lines.slopes[first] - lines.slopes[second]) / apart,
                            lines.lengths[first] * lines.lengths[second] * apart)


def _weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    order = np.argsort(values, kind='stable')
    passed = np.cumsum(weights[order])
    return float(values[order[np.searchsorted(passed, passed[-1] / 2)]])


def on_straight_page(follow: Callable[[np.ndarray, np.ndarray], np.ndarray], labels: np.ndarray,
                     page: np.ndarray) -> np.ndarray:
    """Return what ``follow(labels, page)`` makes of a page whose lines are level.

    A skewed page is turned first, one that was seen from the side is seen from the front, and what
    has changed is turned back.

    Args:
        follow: Takes labels and page, and returns labels of their size.
        labels: (H, W) integers below 32,767.
        page: (H, W) uint8, grey.
    """
    skew = page_skew(labels)
    if abs(skew.middle) > _MOST_SKEW or (abs(skew.middle) < _LEAST_SKEW and not skew.change):
        return follow(labels, page)
    height, width = labels.shape
    view, size = _level_view(height, width, skew)
    level = cv2.warpPerspective(labels.astype(np.int16), view, size, flags=cv2.INTER_NEAREST)
    found = follow(level, cv2.warpPerspective(page, view, size, borderMode=cv2.BORDER_REPLICATE))
    changed = np.where(found != level, found + 1, 0).astype(np.int16)
    back = cv2.warpPerspective(changed, np.linalg.inv(view), (width, height),
                               flags=cv2.INTER_NEAREST)
    return np.where(back > 0, (back - 1).astype(labels.dtype), labels)


def _level_view(height: int, width: int, skew: Skew) -> tuple[np.ndarray, tuple[int, int]]:
    """The matrix (3, 3) that makes lines of this skew level, and (width, height) around it."""
    turn = np.vstack([cv2.getRotationMatrix2D(
        (width / 2, height / 2), np.degrees(np.arctan(skew.middle)), 1), [0, 0, 1]])
    # what is further to the right becomes as much lower or higher as its lines have run apart
    middle = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]])
    side = np.array([[1, 0, 0], [0, 1, 0], [skew.change / height, 0, 1]])
    view = side @ middle @ turn
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], float)
    around = cv2.perspectiveTransform(corners, view)[0]
    low, high = around.min(axis=0), around.max(axis=0)
    view = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1]]) @ view
    return view, (int(high[0] - low[0]) + 1, int(high[1] - low[1]) + 1)
