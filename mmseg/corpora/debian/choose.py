"""Which pages of the surveyed documents the corpus takes, and in which order.

Any beginning of the order is as well mixed as the whole, so that a corpus can be used while it
grows. The same survey, lists and seed give the same order.
"""
from __future__ import annotations

import hashlib
import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .fingerprints import Texts
from .genres import DRAWING, LANDSCAPE, content_of, family_of, genre_of, is_wide, look_of, script_of
from .refusals import Refusals

# What groups weigh: pages of a group per page of a group of weight 1, as long as it has some.
WEIGHTS = {'manual': 5., 'paper': 4., 'book': 2.5, 'thesis': 2.5, 'vignette': 2.5, 'letter': 1.5,
           'cv': 1.5, 'form': 1.5, 'exam': 1.5, 'refcard': 1., 'poster': 1., 'music': 1.,
           'puzzle': .5, 'font': 1.}
SCRIPT_WEIGHT = 1.5
# Documents with a table come at this part of their place in the order: the others hold few.
TABLE_PLACE = 0.4
# Kinds of content in the order in which a document's pages are looked for.
_SOUGHT = ('table', 'figure', 'rule')


@dataclass(frozen=True)
class Caps:
    """Limits of what the corpus takes.

    Attributes:
        pages: Of a document.
        slides: Pages of a document of slides.
        look: Documents that look alike: the same package family, page size and font.
        family: Documents of a package family, TeX Live's collections apart.
        slide_share: Pages that are slides, of all.
        rich: Pages of a document that are picked for a table, figure or rule; the others are drawn
            from all of its pages, plain and nearly blank ones among them.
    """

    pages: int = 3
    slides: int = 30
    look: int = 60
    family: int = 40
    slide_share: float = 0.2
    rich: int = 2


@dataclass(frozen=True)
class Candidate:
    """A page to convert.

    Attributes:
        package: Of the document.
        file: Of the document, below the package's folder.
        sha256: Of the document.
        number: Of the page, from 0.
        genre: Of the document.
        script: Of the document.
        content: What the survey says that the page holds.
    """

    package: str
    file: str
    sha256: str
    number: int
    genre: str
    script: str
    content: str


@dataclass
class Choice:
    """Documents with their pages in order, and how many were refused for which reason."""

    documents: list[list[Candidate]] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)


def choose_pages(surveys: Mapping[str, Sequence[Mapping[str, Any]]], refusals: Refusals,
                 held: Texts, caps: Caps = Caps(), seed: int = 0) -> Choice:
    """Documents and pages for the corpus, in the order to take them.

    Args:
        surveys: Lines of each package's survey.
        refusals: Packages and documents that are refused.
        held: Texts of their pages, near-duplicates of which are refused too.
        caps: Limits.
        seed: Another seed draws other pages and documents.
    """
    choice = Choice()
    groups: dict[str, list[tuple[str, Mapping[str, Any], str]]] = defaultdict(list)
    for package, document, genre in _documents(surveys, refusals, caps, seed, choice.refused):
        script = script_of(document)
        group = 'slide' if genre == 'slide' else genre if script in ('latin', '') else script
        groups[group].append((package, document, genre))
    for group, waiting in groups.items():
        groups[group] = _tables_first(waiting)
    texts = Texts()
    for waiting in _by_weight(groups, caps):
        package, document, genre = waiting.pop(0)
        pages = _pages(package, document, genre, caps, seed, held, texts, choice.refused)
        if pages:
            choice.documents.append(pages)
    return choice


def _documents(surveys: Mapping[str, Sequence[Mapping[str, Any]]], refusals: Refusals, caps: Caps,
               seed: int, refused: Counter[str]) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Documents that are not refused, drawn by lot, with package and genre."""
    seen: set[str] = set()
    looks: Counter[str] = Counter()
    every = [(package, document) for package, lines in sorted(surveys.items())
             for document in lines]
    for package, document in sorted(every, key=lambda item: _draw(
            seed, item[1].get('sha256', ''), item[1]['file'])):
        reason = None
        genre = genre_of(package, document) if document.get('seen') else ''
        family = family_of(package)
        if refusals.document(package, document['file']):
            reason = 'document held out by name'
        elif not genre:
            reason = 'document cannot be read'
        elif genre in (DRAWING, LANDSCAPE):
            reason = f'document is a {genre}'
        elif document['sha256'] in seen:
            reason = 'document is the same file as another'
        elif looks[look_of(package, document)] >= caps.look:
            reason = 'document looks like enough others'
        elif not package.startswith('texlive-') and looks[family] >= caps.family:
            reason = 'document of a package with enough others'
        if reason:
            refused[reason] += 1
            continue
        seen.add(document['sha256'])
        looks.update([look_of(package, document), family])
        yield package, document, genre


def _tables_first(documents: Sequence[tuple[str, Mapping[str, Any], str]]
                  ) -> list[tuple[str, Mapping[str, Any], str]]:
    """Documents in their order, but those with a table as early as if there were fewer before."""
    def place(item: tuple[int, tuple[str, Mapping[str, Any], str]]) -> float:
        number, (_, document, _) = item
        table = any(content_of(page) == 'table' for page in document['seen'])
        return number * (TABLE_PLACE if table else 1.)
    return [document for _, document in sorted(enumerate(documents), key=place)]


def _by_weight(groups: Mapping[str, list[Any]], caps: Caps) -> Iterator[list[Any]]:
    """The group to take the next document from, until all are empty.

    Weighted fair queueing: a group's turn comes the later the more pages it has given for its
    weight.
    """
    weights = {group: WEIGHTS.get(group, SCRIPT_WEIGHT) for group in groups if group != 'slide'}
    if 'slide' in groups:
        others = sum(weights.values()) or 1.
        weights['slide'] = others * caps.slide_share / (1 - caps.slide_share)
    queue = [(0., group) for group in sorted(groups)]
    heapq.heapify(queue)
    while queue:
        time, group = heapq.heappop(queue)
        yield groups[group]
        if groups[group]:
            most = caps.slides if group == 'slide' else caps.pages
            taken = min(most, groups[group][0][1]['pages'])
            heapq.heappush(queue, (time + taken / weights[group], group))


def _pages(package: str, document: Mapping[str, Any], genre: str, caps: Caps, seed: int,
           held: Texts, texts: Texts, refused: Counter[str]) -> list[Candidate]:
    """Pages of a document: rich ones first, then some drawn from all, no near-duplicates.

    A document is refused whole where a quarter of its pages are like held-out ones: it is another
    edition of theirs. Single ones may be a licence or a blind text.
    """
    seen = [page for page in document['seen'] if not held.alike(page['sketch'])]
    if 4 * len(seen) <= 3 * len(document['seen']):
        refused['document like one held out (text)'] += 1
        return []
    if len(seen) < len(document['seen']):
        refused['page like one held out (text)'] += len(document['seen']) - len(seen)
    script = script_of(document)
    taken: list[Candidate] = []
    most = caps.slides if genre == 'slide' else caps.pages
    rich = caps.rich * most // caps.pages
    # The same words in another theme are another slide; pictures tell whether they are.
    known = Texts() if genre == 'slide' else texts
    for page in _order(seen, rich, _draw(seed, document['sha256'])):
        if len(taken) == most:
            break
        if genre == 'slide' and not is_wide(*page['size']):
            continue
        if known.alike(page['sketch']):
            refused['page like another (text)'] += 1
            continue
        known.add(document['file'], page['sketch'])
        taken.append(Candidate(package, document['file'], document['sha256'], page['number'],
                               genre, script, content_of(page)))
    return sorted(taken, key=lambda page: page.number)


def _order(pages: Sequence[Mapping[str, Any]], rich: int, lot: str) -> list[Mapping[str, Any]]:
    """Pages with the richest in front, kinds of content in turn, the others by lot."""
    drawn = sorted(pages, key=lambda page: _draw(lot, page['number']))
    kinds = {kind: [page for page in drawn if content_of(page) == kind] for kind in _SOUGHT}
    first: list[Mapping[str, Any]] = []
    while len(first) < rich and any(kinds.values()):
        first += [kinds[kind].pop(0) for kind in _SOUGHT if kinds[kind]]
    first = first[:rich]
    return first + [page for page in drawn if page not in first]


def _draw(*parts: object) -> str:
    """A lot that depends on nothing but these."""
    return hashlib.sha256(':'.join(map(str, parts)).encode()).hexdigest()


def counts(pages: Iterable[Candidate]) -> dict[str, Counter[str]]:
    """How many pages there are by genre, script and content."""
    pages = list(pages)
    return {key: Counter(getattr(page, key) or 'none' for page in pages)
            for key in ('genre', 'script', 'content')}
