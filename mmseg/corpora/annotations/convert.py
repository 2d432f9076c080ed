"""Conversion of a corpus into a data set, several pages at a time."""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
from prettytable import PrettyTable
from tqdm import tqdm

from mmseg.utils.errors import InputError
from mmseg.utils.limited_pool import map_limited
from mmseg.utils.sandbox import LimitError

from .class_map import ClassMap
from .folder import VOCFolder, write_text
from .images import Picture
from .page import AnnotatedPage
from .rasterize import paint

_SHOWN = 20
OUTSIDE = 'regions that cover no pixel'
UNKNOWN = 'regions with a label that the class map does not know'

Reader = Callable[[Any], AnnotatedPage]


@dataclass
class Outcome:
    """Results of the conversion of some pages."""

    names: list[tuple[int, str, str | None]] = field(default_factory=list)
    there: int = 0
    regions: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Add the results of other pages."""
        self.names += other.names
        self.there += other.there
        self.faults += other.faults
        for mine, its in ((self.regions, other.regions), (self.skipped, other.skipped),
                          (self.notes, other.notes), (self.unknown, other.unknown)):
            mine.update(its)

    def table(self, split: str) -> str:
        """A summary to print."""
        table = PrettyTable(['', split], align='r')
        table.align[''] = 'l'
        rows: list[tuple[str, int]] = [
            ('pages', len(self.names)), ('of these there before', self.there),
            ('pages with faults', len(self.faults)),
            *((f'regions: {name}', number) for name, number in sorted(self.regions.items())),
            *((f'taken: {what}', number) for what, number in sorted(self.notes.items())),
            *((f'left out: {why}', number) for why, number in sorted(self.skipped.items()))]
        table.add_rows([list(row) for row in rows if row[1] or row[0] == 'pages'])
        return str(table)


@dataclass
class _Task:
    """What each process needs to know."""

    read: Reader
    folder: VOCFolder
    class_map: ClassMap
    link: str | None
    ignore_unknown: bool

    def __call__(self, entry: tuple[int, Any]) -> Outcome:
        """Convert a page, which comes with its number."""
        cv2.setNumThreads(0)
        outcome, (number, item) = Outcome(), entry
        try:
            self._convert(number, self.read(item), outcome)
        except InputError as error:
            outcome.faults.append((number, str(error)))
        except Exception as error:  # what a damaged file makes of a reader
            outcome.faults.append((number, f'{_name_of(item)} cannot be read: '
                                           f'{type(error).__name__}: {error}'))
        return outcome

    def _convert(self, number: int, page: AnnotatedPage, outcome: Outcome) -> None:
        if self.folder.has(page.name):
            outcome.there += 1
        else:
            picture = Picture(page.image, page.size, page.where)
            painted = paint(page.shapes, picture.size, self.class_map)
            outcome.unknown.update(painted.unknown)
            if painted.unknown and not self.ignore_unknown:
                return
            for path in (self.folder.image_path(page.name), self.folder.label_path(page.name)):
                path.parent.mkdir(parents=True, exist_ok=True)
            picture.write(str(self.folder.image_path(page.name)), self.link)
            self.folder.write_label(page.name, painted.label)
            outcome.regions.update(painted.regions)
            outcome.skipped.update(page.skipped)
            outcome.notes.update(page.notes)
            if picture.change is not None:
                outcome.notes[picture.change] += 1
            outcome.skipped.update({OUTSIDE: painted.outside} if painted.outside else {})
            outcome.skipped.update({UNKNOWN: sum(painted.unknown.values())}
                                   if painted.unknown else {})
        outcome.names.append((number, page.name, page.page_type))


def convert(items: Sequence[Any], read: Reader, folder: VOCFolder, *, link: str | None = None,
            nproc: int = 1, skip_faulty: bool = False, ignore_unknown: bool = False,
            skipped: Counter[str] | None = None, progress: bool = True) -> Outcome:
    """Convert pages into ``folder``; those that are finished there are not made again.

    Args:
        items: What ``read`` makes pages of, as small as can be: they go to other processes.
        read: Makes a page of an item; can be sent to other processes.
        folder: Where to.
        link: 'hard' or 'sym' for links to the images in place of copies.
        nproc: Number of processes.
        skip_faulty: Whether pages with a fault are left out of the split rather than an error.
        ignore_unknown: Whether regions with unknown labels are left out rather than an error.
        skipped: What the reader left out before.
        progress: Whether to show a bar.

    Raises:
        InputError: Labels that the class map does not know, or pages with faults. All other pages
            are finished by then, so that the next run is quick.
    """
    task = _Task(read, folder, folder.class_map, link, ignore_unknown)
    outcome = Outcome()
    with tqdm(total=len(items), desc=folder.split, unit='page', disable=not progress) as bar:
        for part in _run(task, items, nproc):
            outcome.add(part)
            bar.update(len(part.names) + len(part.faults))
    outcome.names.sort()
    outcome.faults.sort()
    folder.count(outcome.regions, outcome.skipped, outcome.faults, outcome.notes)
    outcome.skipped.update(skipped or {})
    if outcome.unknown and not ignore_unknown:
        raise InputError(_unknown_labels(outcome.unknown, folder))
    _check_twins(outcome)
    if outcome.faults and not skip_faulty:
        raise InputError(f'{len(outcome.faults)} of {len(items)} pages have faults, the first: '
                         f'{outcome.faults[0][1]}; correct them and run again, or leave them out '
                         f'by '
                         '--skip-faulty')
    if not outcome.names:
        raise InputError(f'no page of {len(items)} could be converted')
    names = [name for _, name, _ in outcome.names]
    folder.check_names(names)
    folder.finish(names, {name: kind for _, name, kind in outcome.names if kind is not None})
    return outcome


def _check_twins(outcome: Outcome) -> None:
    twice = [name for name, number in Counter(name for _, name, _ in outcome.names).items()
             if number > 1]
    if twice:
        raise InputError(f'{len(twice)} page names belong to several images, such as {twice[0]}; '
                         'images that differ only in their suffix need other names')


def _unknown_labels(unknown: Counter[str], folder: VOCFolder) -> str:
    """One sentence on labels that the map does not know; drafts the lines that it lacks."""
    draft = folder.root / 'unknown_labels.yaml'
    write_text(draft, 'regions:\n' + ''.join(
        f'  "{label}": ignore  # {number} regions\n' for label, number in unknown.most_common()))
    shown = ', '.join(f"'{label}' ({number})" for label, number in unknown.most_common(_SHOWN))
    more = f' and {len(unknown) - _SHOWN} more' if len(unknown) > _SHOWN else ''
    return (f'the class map {folder.class_map.source} does not know {len(unknown)} labels: {shown}'
            f'{more}; copy the map, add what {draft} drafts as one of '
            f"{', '.join(folder.class_map.classes)} or ignore, and give the copy by --map; or "
            'leave such regions out by --unknown ignore')


def _run(task: _Task, items: Sequence[Any], nproc: int) -> Iterator[Outcome]:
    """The outcomes of all items; one on which a process ends is a fault."""
    numbered = zip(range(len(items)), items)
    found = map_limited(task, numbered, max(1, nproc), what=lambda entry: _name_of(entry[1]))
    for number, outcome in enumerate(found):
        if isinstance(outcome, LimitError):
            outcome = Outcome(faults=[(number, str(outcome))])
        yield outcome


def _name_of(item: Any) -> str:
    """What an item of a reader is called: a file, or the image of a COCO file."""
    image = getattr(item, 'image', None)
    return str(image.get('file_name') if isinstance(image, Mapping) else item)
