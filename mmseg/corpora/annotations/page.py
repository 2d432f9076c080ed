"""A page with its annotations, as the readers of corpora return it."""
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from mmseg.utils.errors import InputError

from .rasterize import Shape

# what the report counts
FEW_POINTS = 'outlines with fewer than 3 points'
BAD_NUMBERS = 'outlines whose coordinates are not numbers'
NO_AREA = 'outlines whose points lie on a line'
OTHER_KIND = 'shapes that have no area'
NO_IMAGE = 'regions of images that are not listed'
OTHER_VERSION = 'regions of other versions of a page'
NO_OUTLINE = 'regions without an outline'
AS_BOX = 'regions as their box, since their outline has no area'
FROM_PARTS = 'regions as the outlines of their lines, since they have none themselves'
JOINED = 'images listed several times, their regions joined'
_DRIVE = re.compile(r'[A-Za-z]:[\\/]')
# No page has a coordinate beyond; what is drawn to one takes time without end.
_FARTHEST = 1e6


@dataclass
class AnnotatedPage:
    """A page of a corpus.

    Attributes:
        name: What it is called in the new data set, without suffix; may have folders.
        image: Its picture, a file or the bytes of one.
        where: Where it is annotated, for error messages.
        shapes: Its regions.
        size: (height, width) that the annotation states; None where it states none.
        page_type: Its type; None where that is not known.
        skipped: What was left out and how often.
        notes: What was taken otherwise than it is given, and how often.
    """

    name: str
    image: str | bytes
    where: str
    shapes: list[Shape] = field(default_factory=list)
    size: tuple[int, int] | None = None
    page_type: str | None = None
    skipped: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)

    def add(self, label: str, outlines: Iterable[Any], inclusive: bool = False,
            instead: Iterable[Any] = (), note: str = '', holes: Iterable[Any] = ()) -> None:
        """Add a region by its outlines; those that are none are counted.

        Args:
            label: What the corpus calls it.
            outlines: Each a list of points.
            inclusive: See :class:`~.rasterize.Shape`.
            instead: Outlines to take where none of these has an area.
            note: What is counted then.
            holes: Outlines of what is not part of it.
        """
        faults: Counter[str] = Counter()
        good = list(_with_area(outlines, inclusive, faults))
        if not good:
            good = list(_with_area(instead, inclusive, Counter()))
            if good:
                faults = Counter()
                self.notes[note] += 1
        self.skipped.update(faults)
        if good:
            self.shapes.append(Shape(label, good, inclusive=inclusive, holes=list(
                _with_area(holes, inclusive, self.skipped))))


def _with_area(outlines: Iterable[Any], inclusive: bool,
               faults: Counter[str]) -> Iterator[np.ndarray]:
    """The outlines that enclose something, as ``(P, 2)``; the others are counted."""
    for outline in outlines:
        points = as_points(outline)
        if points is None:
            faults[BAD_NUMBERS] += 1
        elif len(points) < 3:
            faults[FEW_POINTS] += 1
        elif not inclusive and np.linalg.matrix_rank(points - points[0]) < 2:
            faults[NO_AREA] += 1
        else:
            yield points


def as_points(outline: Any) -> np.ndarray | None:
    """Pairs or a flat list of numbers as ``(P, 2)``; None where they are none."""
    try:
        points = np.array(outline, dtype=float)
    except (TypeError, ValueError, OverflowError):
        return None
    if points.ndim == 1 and len(points) % 2 == 0:
        points = points.reshape(-1, 2)
    if points.ndim != 2 or points.shape[1] != 2 or \
            not (np.abs(points) <= _FARTHEST).all():
        return None
    return points


def stated_size(annotation: Mapping[str, Any], height: str, width: str) -> tuple[int, int] | None:
    """(height, width) under these keys; None where they are not given."""
    try:
        size = int(float(annotation[height])), int(float(annotation[width]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return size if min(size) > 0 else None


def page_name(file: str) -> str:
    """The name of a page whose image is ``file``, relative to the folder of images.

    Raises:
        InputError: The file is outside of that folder.
    """
    path = PurePosixPath(file.replace('\\', '/'))
    if path.is_absolute() or '..' in path.parts or _DRIVE.match(file) or not path.name:
        raise InputError(f"the image name '{file}' leaves the folder of images; expected a name "
                         'relative to it')
    return str(path.with_suffix(''))
