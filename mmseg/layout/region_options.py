"""Options of region finding."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..core.erosion import ErosionParams
from ..core.text_lines import LineOptions
from ..utils.errors import InputError, nearest
from .region_types import region_type_of

# Of "separator line" in the layout data sets.
LINE_CLASSES = ('validline',)
_MIN_AREAS = {'figure': 1000., 'table': 4000.}
_JOIN_GAPS = {'figure': 8., 'table': 24.}


@dataclass(frozen=True)
class RegionOptions:
    """Options of region finding.

    Attributes:
        min_area: Smallest area of a region, in pixels of a page whose longer side is
            ``reference_size``; what is smaller is a speck. 50 at 768 is that of Doc-UFCN (Boillet
            et al., ICPR 2020).
        min_areas: Class → its own smallest area, where that is larger than ``min_area``. A figure
            or table is not as small as a letter; what is, is noise.
        join_gaps: Class → widest gap between pieces of one region, in pixels of such a page. What
            is between them (background, text or lines) becomes part of the region.
        min_line_length: Smallest length of a line, in pixels of such a page.
        min_hole: Smallest area of a hole in a region, in pixels of such a page; smaller ones are
            filled.
        reference_size: See above; None takes pixels of the page as it is.
        tolerance: How far a polygon's sides may run from the edges of the pixels, in pixels.
        lines: Classes that are thin lines, which have a centreline and a thickness.
        erosion: The label erosion of the network's training, which regions undo; None without.
            ``mmseg.apis.region_options(predictor)`` takes it from a checkpoint's config.
        right_to_left: Whether columns are read from the right.
        vertical: Whether lines run down the page, see :func:`~mmseg.layout.vertical.as_read`; None
            finds out by the ink of each page.
        threshold: Score from which a pixel is of the second class, for networks that give only
            that one.
        blocks: Whether text becomes blocks of lines; otherwise each connected part is a region.
        text: Classes that are text; None takes those with names of text, such as title or caption.
        line_options: How lines are found in the scores of a line head.
            ``mmseg.apis.region_options(predictor)`` takes them from the head.
        box_score: Score from which a detector's box is a region.
        max_regions: That a page may have; a page with more, or with outlines of more than ten
            corners for each of those and one for every 50 pixels, is refused as noise. None takes
            whatever comes.
    """

    min_area: float = 50.
    min_areas: Mapping[str, float] = field(default_factory=lambda: dict(_MIN_AREAS))
    join_gaps: Mapping[str, float] = field(default_factory=lambda: dict(_JOIN_GAPS))
    min_line_length: float = 32.
    min_hole: float = 500.
    reference_size: int | None = 768
    tolerance: float = 1.
    lines: Sequence[str] = LINE_CLASSES
    erosion: ErosionParams | None = None
    right_to_left: bool = False
    vertical: bool | None = None
    threshold: float = 0.5
    blocks: bool = True
    text: Sequence[str] | None = None
    line_options: LineOptions = LineOptions()
    box_score: float = 0.3
    max_regions: int | None = None

    def __post_init__(self) -> None:
        """Raise InputError for a value of another kind or out of range."""
        for name in ('min_area', 'min_line_length', 'min_hole', 'tolerance'):
            value = getattr(self, name)
            if not _is_number(value) or not value >= 0:
                raise InputError(f'{name} of regions is a number, 0 or more, got {value!r}')
        for name, what in (('min_areas', 'smallest areas'), ('join_gaps', 'widest gaps')):
            value = getattr(self, name)
            if not isinstance(value, Mapping) or not all(
                    _is_number(number) and number >= 0 for number in value.values()):
                raise InputError(f'{name} of regions gives names of classes their {what}, 0 or '
                                 f'more, got {value!r}')
        if self.reference_size is not None and not (_is_number(self.reference_size)
                                                    and self.reference_size > 0):
            raise InputError('reference_size is a number of pixels above 0, or None, got '
                             f'{self.reference_size!r}')
        for name in ('threshold', 'box_score'):
            value = getattr(self, name)
            if not _is_number(value) or not 0 < value < 1:
                raise InputError(f'{name} is a score between 0 and 1, got {value!r}')
        for name in ('right_to_left', 'blocks'):
            if not isinstance(getattr(self, name), bool):
                raise InputError(f'{name} is True or False, got {getattr(self, name)!r}')
        if not isinstance(self.vertical, (bool, type(None))):
            raise InputError(f'vertical is True, False or None, got {self.vertical!r}')
        if not isinstance(self.line_options, LineOptions):
            raise InputError(f'line_options is a LineOptions, got {self.line_options!r}')
        if not isinstance(self.erosion, (ErosionParams, type(None))):
            raise InputError(f'erosion is an ErosionParams or None, got {self.erosion!r}')
        for name in ('lines', 'text'):
            if isinstance(getattr(self, name), str):
                object.__setattr__(self, name, (getattr(self, name), ))

    def line_labels(self, classes: Sequence[str]) -> list[int]:
        """Return the indices of the classes that are lines.

        Raises:
            InputError: An unknown class; those of the default need not be there.
        """
        for name in self.lines:
            if name not in classes and name not in LINE_CLASSES:
                raise InputError(f'lines of regions names the class {name!r}'
                                 f'{nearest(name, classes)}; the network knows '
                                 f'{", ".join(classes)}')
        return [label for label, name in enumerate(classes) if name in self.lines]

    def text_labels(self, classes: Sequence[str]) -> list[int]:
        """Return the indices of the classes that are text.

        Raises:
            InputError: An unknown class.
        """
        for name in self.text or ():
            if name not in classes:
                raise InputError(f'text of regions names the class {name!r}'
                                 f'{nearest(name, classes)}; the network knows '
                                 f'{", ".join(classes)}')
        return [label for label, name in enumerate(classes) if label and
                (region_type_of(name) == 'text' if self.text is None else name in self.text)]

    def changed(self, **changes: Any) -> RegionOptions:
        """Return a copy with other values; ``min_areas.figure`` changes that class alone.

        Raises:
            InputError: No such option.
        """
        for option in ('min_areas', 'join_gaps'):
            own = {name.partition('.')[2]: changes.pop(name) for name in list(changes)
                   if name.startswith(f'{option}.')}
            if own:
                changes[option] = {**changes.get(option, getattr(self, option)), **own}
        for name in changes:
            if name not in self.__dataclass_fields__:
                raise InputError(f'there is no option {name!r} of regions'
                                 f'{nearest(name, self.__dataclass_fields__)}; there are '
                                 f'{", ".join(self.__dataclass_fields__)}')
        return replace(self, **changes)

    def smallest(self, name: str) -> float:
        """The smallest area of a region of this class."""
        return max(self.min_area, self.min_areas.get(name, 0.))

    def unit(self, size: tuple[int, int]) -> float:
        """Pixels of a page of ``size`` (height, width) to one of those that specks are given in."""
        return 1. if self.reference_size is None else max(size) / self.reference_size


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
