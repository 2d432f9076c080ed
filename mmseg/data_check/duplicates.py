"""Pages that are in two splits, as the same file or as the same picture saved again."""
from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .findings import Finding
from .page import image_file
from .splits import Source
from .totals import LOOK_WORDS, Chunk

# Of 256 bits: nearly all pages differ from themselves as a JPEG of quality 30 in at most 8, and at
# 0.6 of their size in at most 14; two slides of one build-up differ in 20 to 30, other pages in
# more than 60 (measured on 197 pages of many documents).
MAX_BITS = 15
_PART_BITS = 16
_PAIRS_AT_ONCE = 1 << 20


def find_duplicates(sources: Sequence[Source], totals: Sequence[Chunk]) -> Iterator[Finding]:
    """One finding for each page that an earlier split has too.

    Files are compared by their content, pictures by their perceptual hashes. Blank pages were
    given no hash: they are all alike. One file that both val and test name is not a fault.

    Args:
        sources: What the pages belong to.
        totals: Their hashes, in the same order.
    """
    for source in sources:
        # a source that two splits read is one fault, not one a page
        if 'train' in source.splits and len(source.splits) > 1:
            others = ' and '.join(f'data.{split}' for split in source.splits[1:])
            yield Finding('duplicate', source.name, '', f'{others} reads the same '
                          f'{len(source.pages)} pages as data.train, so that its scores say '
                          'nothing; give it pages of its own', len(source.pages))
    for place, source in enumerate(sources):
        earlier = [(other, total) for other, total in zip(sources[:place], totals, strict=False)
                   if not set(other.splits) & set(source.splits)]
        if earlier:
            yield from _against(source, totals[place], earlier)


def _against(source: Source, total: Chunk,
             earlier: list[tuple[Source, Chunk]]) -> Iterator[Finding]:
    """The findings of one source against the pages of others."""
    digests = np.concatenate([chunk.digests for _, chunk in earlier])
    looks = np.concatenate([chunk.looks for _, chunk in earlier])
    owners = np.concatenate([np.full(len(chunk.sizes), number)
                             for number, (_, chunk) in enumerate(earlier)])
    starts = np.cumsum([0] + [len(chunk.sizes) for _, chunk in earlier])
    same = _same_file(digests, total.digests)
    rest = np.flatnonzero((same < 0) & (total.digests != 0))
    with_ink = np.flatnonzero(digests)
    near, bits = nearest_looks(looks[with_ink], total.looks[rest])
    alike = np.full(len(same), -1)
    alike[rest] = np.where(near >= 0, with_ink[near] if len(with_ink) else -1, -1)
    distance = dict(zip(rest.tolist(), bits.tolist(), strict=True))
    for page in np.flatnonzero((same >= 0) | (alike >= 0)).tolist():
        exact = same[page] >= 0
        twin = int(same[page] if exact else alike[page])
        other = earlier[owners[twin]][0]
        theirs = twin - int(starts[owners[twin]])
        file, first = (image_file(of.results(int(number)))
                       for of, number in ((source, page), (other, theirs)))
        if file == first and 'train' not in other.splits:
            continue
        places = dict(page=(source.number, page), other=(other.number, theirs))
        if exact:
            yield Finding('duplicate', source.name, file, f'{file} of {source.name} is the same '
                          f'file as {first} of {other.name}; keep it in one split only',
                          **places)  # type: ignore[arg-type]
        else:
            yield Finding('near_duplicate', source.name, file, f'{file} of {source.name} looks '
                          f'like {first} of {other.name} ({distance[page]} of 256 bits of their '
                          'hashes differ); if it is the same page, keep it in one split only',
                          -distance[page], **places)  # type: ignore[arg-type]


def _same_file(known: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """For each digest its first place in ``known``, -1 for none."""
    order = np.argsort(known, kind='stable')
    place = np.searchsorted(known, asked, sorter=order)
    found = np.full(len(asked), -1)
    inside = place < len(known)
    hit = np.flatnonzero(inside)
    hit = hit[(known[order[place[hit]]] == asked[hit]) & (asked[hit] != 0)]
    found[hit] = order[place[hit]]
    return found


def nearest_looks(known: np.ndarray, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each hash the nearest among ``known`` that differs in at most ``MAX_BITS`` bits.

    256 bits are 16 parts of 16 bits; hashes that differ in 15 bits have a part in common, so that
    only hashes with an equal part need be compared.

    Args:
        known: (M, 4) uint64.
        asked: (N, 4) uint64.

    Returns:
        Index in ``known``, (N,), -1 for none; bits that differ, (N,).
    """
    best = np.full(len(asked), MAX_BITS + 1)
    found = np.full(len(asked), -1)
    if not len(known) or not len(asked):
        return found, best
    parts = LOOK_WORDS * 64 // _PART_BITS
    known_parts, asked_parts = (np.ascontiguousarray(looks).view(np.uint16).reshape(-1, parts)
                                for looks in (known, asked))
    for part in range(parts):
        order = np.argsort(known_parts[:, part], kind='stable')
        column = known_parts[order, part]
        first = np.searchsorted(column, asked_parts[:, part], 'left')
        number = np.searchsorted(column, asked_parts[:, part], 'right') - first
        for rows, hits in _pairs(first, number):
            candidates = order[hits]
            bits = np.bitwise_count(known[candidates] ^ asked[rows]).sum(axis=1, dtype=int)
            # the smallest distance of a row, and of those the first page
            ranked = np.lexsort((candidates, bits, rows))
            rows, candidates, bits = rows[ranked], candidates[ranked], bits[ranked]
            lead = np.flatnonzero(np.diff(rows, prepend=-1))
            rows, candidates, bits = rows[lead], candidates[lead], bits[lead]
            better = (bits < best[rows]) | ((bits == best[rows]) & (candidates < found[rows]))
            best[rows[better]], found[rows[better]] = bits[better], candidates[better]
    return found, best


def _pairs(first: np.ndarray, number: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows and the places ``first`` to ``first + number`` they point to, some at a time."""
    ends = np.cumsum(number)
    start = 0
    while start < len(number):
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + _PAIRS_AT_ONCE, 'right')))
        rows = np.repeat(np.arange(start, stop), number[start:stop])
        offsets = np.arange(len(rows)) - np.repeat(ends[start:stop] - number[start:stop] - before,
                                                   number[start:stop])
        yield rows, np.repeat(first[start:stop], number[start:stop]) + offsets
        start = stop
