"""Data classes of a page and its regions."""
from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from shapely.geometry import Polygon


@dataclass(frozen=True)
class TextLine:
    """A line of text on a page, in pixels of the page as it was given.

    Attributes:
        polygon: The outline, valid and never empty.
        confidence: Mean score of the line, in [0, 1].
        baseline: Points (n, 2) on which the letters rest, n >= 2, from the line's beginning to its
            end as it is read; of a vertical line its middle, from the top down.
        x_height: Height of its small letters in pixels; None where no ink says it.
        direction: ``'ltr'``, ``'rtl'`` or ``'vertical'``.
    """

    polygon: Polygon
    confidence: float
    baseline: np.ndarray
    x_height: float | None = None
    direction: str = 'ltr'

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom."""
        return self.polygon.bounds


@dataclass(frozen=True)
class Region:
    """A connected part of a page of one class, or a block of text lines.

    Coordinates are pixels of the page as it was given, x to the right and y down; the page's
    upper left corner is (0, 0), and a pixel covers one unit.

    Attributes:
        label: Index of the class.
        name: Its name.
        polygon: The outline, valid and never empty, with holes where the region has some.
        confidence: Mean score of the class over the region's pixels, in [0, 1].
        rotated_box: Corners (4, 2) of the smallest rectangle around it, at any angle.
        centreline: Points (n, 2) along the middle of a separator, n >= 2; None for other classes.
        thickness: Of a separator across its centreline, in pixels; None for other classes.
        lines: Its text lines in reading order; none where it has no text.
    """

    label: int
    name: str
    polygon: Polygon
    confidence: float
    rotated_box: np.ndarray
    centreline: np.ndarray | None = None
    thickness: float | None = None
    lines: tuple[TextLine, ...] = ()

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom."""
        return self.polygon.bounds

    @property
    def area(self) -> float:
        """Of the polygon, without its holes, in square pixels."""
        return self.polygon.area


@dataclass(frozen=True)
class PageLayout:
    """A page with its regions.

    Attributes:
        size: (height, width) in pixels.
        regions: In reading order.
        classes: Names of all pixel classes the network knows, by index; the first is background.
        palette: RGB of each class.
        page_scores: Page type → its score, the scores sum to 1; empty without a cls head.
        source: The file the page came from, as it was named; None for an array.
        number: Of the page within that file, from 0.
    """

    size: tuple[int, int]
    regions: tuple[Region, ...]
    classes: tuple[str, ...]
    palette: tuple[tuple[int, int, int], ...]
    page_scores: dict[str, float] = field(default_factory=dict)
    source: str | None = None
    number: int = 0

    @property
    def page_type(self) -> str | None:
        """The page type with the highest score; None without a cls head."""
        return max(self.page_scores, key=self.page_scores.__getitem__) if self.page_scores else None
