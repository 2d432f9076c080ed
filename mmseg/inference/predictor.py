"""The interface of networks that give scores for pages, such as checkpoints and exported files."""
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from .tiles import TileCount
from .views import PageScores

if TYPE_CHECKING:
    from ..core.erosion import ErosionParams
    from ..core.text_lines import LineOptions


class PageArrays(NamedTuple):
    """Scores in [0, 1] of one page.

    Attributes:
        seg: (K, H, W) float32, of each pixel.
        cls: (C,), of the page; None without a page-type head.
        lines: (H, W) float32, of shrunk text lines; None without a line head.
    """
    seg: np.ndarray
    cls: np.ndarray | None = None
    lines: np.ndarray | None = None

    @classmethod
    def of_batch(cls, scores: PageScores) -> list[PageArrays]:
        """Return the arrays of each page of a batch."""
        seg = scores.seg.float().cpu().numpy()
        none = [None] * len(seg)
        pages = none if scores.cls is None else scores.cls.float().cpu().numpy()
        lines = none if scores.lines is None else scores.lines[:, 0].float().cpu().numpy()
        return list(map(cls, seg, pages, lines))


def pixel_classes(model: Any) -> tuple[str, ...]:
    """Return the names of a network's classes of pixels; a classifier has none."""
    if getattr(model, 'num_classes', None) == 0:
        return ()
    return tuple(getattr(model, 'CLASSES', None) or map(str, range(int(model.num_classes))))


class PageBoxes(NamedTuple):
    """The boxes that a detector finds on one page.

    Attributes:
        boxes: (n, 4), left, top, right and bottom in pixels of the page.
        labels: (n,) index of each box's class among the predictor's classes, from 1.
        scores: (n,) in [0, 1].
        size: (height, width) of the page.
        cls: None; a detector says no page types.
    """
    boxes: np.ndarray
    labels: np.ndarray
    scores: np.ndarray
    size: tuple[int, int]
    cls: None = None

    @classmethod
    def of_result(cls, result: Sequence[np.ndarray], size: tuple[int, int]) -> PageBoxes:
        """Return the boxes of a detector's result: an array (n, 5) for each class."""
        labels = np.repeat(np.arange(1, len(result) + 1), [len(boxes) for boxes in result])
        found = np.concatenate([np.zeros((0, 5), np.float32), *result])
        return cls(found[:, :4], labels, found[:, 4], size)


class PredictorFacts(NamedTuple):
    """What a predictor says of itself, for a process that does not hold its network.

    Attributes are those of :class:`Predictor`, without what it counts.
    """
    classes: tuple[str, ...]
    palette: tuple[tuple[int, int, int], ...]
    page_classes: tuple[str, ...]
    erosion: ErosionParams | None = None
    threshold: float | None = None
    line_options: LineOptions | None = None

    @classmethod
    def of(cls, predictor: Predictor) -> PredictorFacts:
        """Return those of a predictor."""
        return cls(*(getattr(predictor, name) for name in cls._fields))


class Predictor(Protocol):
    """Interface that region finding, the layout command and the service use.

    A class of your own inherits from it, sets ``classes``, ``palette`` and ``page_classes`` and
    defines ``predict``; the other attributes keep their defaults where they do not apply. The
    service calls ``predict`` from several threads at once.

    Attributes:
        classes: Names of the pixel classes, by index.
        palette: RGB of each.
        page_classes: Names of the page types; empty without a cls head.
        erosion: The label erosion of the training, which regions undo; None without.
        threshold: Score in [0, 1] from which a pixel is of the second class, for networks that
            give only that one; None takes the default of region finding.
        line_options: How lines are found in the scores of a line head; None without one.
        tile_count: How many pixels of larger scales were computed so far, where they are computed
            in part.
    """

    classes: tuple[str, ...]
    palette: tuple[tuple[int, int, int], ...]
    page_classes: tuple[str, ...]
    erosion: ErosionParams | None = None
    threshold: float | None = None
    line_options: LineOptions | None = None
    tile_count: TileCount = TileCount()

    def predict(self, images: Sequence[np.ndarray]) -> Sequence[PageArrays | PageBoxes]:
        """Return the scores of each page at its own size, or of a detector its boxes.

        Args:
            images: Pages (H, W, 3) uint8 in BGR, of any sizes.
        """
        ...
