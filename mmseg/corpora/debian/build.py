"""The corpus from a list of packages, step by step; each continues where it stopped."""
from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from mmseg.corpora.jobs import write_file
from mmseg.utils.errors import InputError

from .checked import PAGES, read_checked
from .choose import Candidate, Caps, choose_pages
from .fingerprints import Pictures, Texts
from .held import held_pages
from .packages import FILES, fetch_packages, read_names
from .pages import PageFolder
from .refusals import Refusals, read_refusals
from .survey import survey_package
from .watched import read_lines

STEPS = ('fetch', 'survey', 'choose', 'convert')
_SURVEY, _HELD, _CHOICE, _DATA = 'survey', 'held', 'choice.json', 'data'


@dataclass(frozen=True)
class Recipe:
    """How a corpus is built.

    Attributes:
        packages: List of packages to fetch.
        refused: Lists of packages and documents that are refused.
        checked: List of the pages of the checked validation set: of packages in it, these
            documents alone are compared with what is chosen.
        pages: Number of pages to reach, of those that survive; the caps may allow fewer.
        caps: Limits of pages and documents.
        seed: Draws documents and pages.
        longer_side: Of a page in pixels.
        max_megabytes: Larger packages are not fetched.
    """

    packages: Path
    refused: Sequence[Path]
    checked: Path = PAGES
    pages: int = 9000
    caps: Caps = field(default_factory=Caps)
    seed: int = 0
    longer_side: int = 1120
    max_megabytes: float = 700.


def build_corpus(recipe: Recipe, work: Path, steps: Sequence[str] = STEPS, nproc: int = 1,
                 progress: bool = False) -> dict[str, Any]:
    """Build a corpus in VOC layout under ``work/data``; its counts.

    Args:
        recipe: How.
        work: Folder for everything: package files, surveys, choice and data set.
        steps: Which of ``STEPS`` to do, in that order.
        nproc: Number of processes that convert.
        progress: Show progress bars.

    Raises:
        InputError: A list is wrong, a step is unknown, or what a step needs is not there.
    """
    for step in steps:
        if step not in STEPS:
            raise InputError(f'unknown step {step!r}; there are {", ".join(STEPS)}')
    if nproc < 1:
        raise InputError(f'--nproc must be at least 1, got {nproc}')
    names, refusals = read_names(recipe.packages), read_refusals(recipe.refused)
    doing: dict[str, Callable[[], None]] = {
        'fetch': lambda: _fetch(recipe, names, work, progress),
        'survey': lambda: _survey(names, refusals, work, progress),
        'choose': lambda: _choose(recipe, names, refusals, work),
        'convert': lambda: _convert(recipe, names, refusals, work, nproc, progress)}
    for step in STEPS:
        if step in steps:
            doing[step]()
    folder = PageFolder(work / _DATA)
    return folder.counts()


def _fetch(recipe: Recipe, names: Sequence[str], work: Path, progress: bool) -> None:
    fetch_packages(names, work, recipe.max_megabytes, progress)


def _there(names: Sequence[str], work: Path) -> list[str]:
    """Packages that are fetched.

    Raises:
        InputError: There is none.
    """
    there = [name for name in names if (work / FILES / name).is_dir()]
    if not there:
        raise InputError(f'{work / FILES} has none of the packages of the list: do the step '
                         "'fetch' first")
    return there


def _survey(names: Sequence[str], refusals: Refusals, work: Path, progress: bool) -> None:
    for name in tqdm(_there(names, work), desc='survey', unit='package', disable=not progress,
                     leave=False):
        if not refusals.package(name):
            survey_package(work / FILES / name, work / _SURVEY / f'{name}.jsonl')


def _held(recipe: Recipe, there: Sequence[str], refusals: Refusals,
          work: Path) -> tuple[Texts, Pictures]:
    """Texts and pictures of refused documents."""
    only: dict[str, set[str]] = defaultdict(set)
    for page in read_checked(recipe.checked):
        only[page.package].add(page.document)
    return held_pages(work / FILES, there, refusals, work / _HELD, only)


def _choose(recipe: Recipe, names: Sequence[str], refusals: Refusals, work: Path) -> None:
    there = _there(names, work)
    surveys = {name: read_lines(work / _SURVEY / f'{name}.jsonl') for name in there
               if (work / _SURVEY / f'{name}.jsonl').is_file()}
    if not surveys:
        raise InputError(f"{work / _SURVEY} has no survey: do the step 'survey' first")
    texts, _ = _held(recipe, there, refusals, work)
    choice = choose_pages(surveys, refusals, texts, recipe.caps, recipe.seed)
    content = {'seed': recipe.seed, 'caps': asdict(recipe.caps), 'refused': choice.refused,
               'documents': [[asdict(page) for page in pages] for pages in choice.documents]}
    write_file(str(work / _CHOICE), (json.dumps(content, indent=1, ensure_ascii=False)
                                     + '\n').encode())


def _convert(recipe: Recipe, names: Sequence[str], refusals: Refusals, work: Path, nproc: int,
             progress: bool) -> None:
    if not (work / _CHOICE).is_file():
        raise InputError(f"{work / _CHOICE} is not there: do the step 'choose' first")
    documents = [[Candidate(**page) for page in pages]
                 for pages in json.loads((work / _CHOICE).read_text())['documents']]
    _, held = _held(recipe, _there(names, work), refusals, work)
    folder = PageFolder(work / _DATA, recipe.longer_side)
    folder.convert(work / FILES, documents, held, recipe.pages, nproc, progress)


