"""Totals over many pages, in a few bytes a page."""
from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .findings import Finding
from .page import check_page
from .splits import Source

LOOK_WORDS = 4


@dataclass
class Chunk:
    """Some pages of a source, one after the other.

    Attributes:
        source: Number of the source.
        start: Number of the first page.
        sizes: Width and height of each page in pixels, (P, 2) int32; zeros: not readable.
        digests: 64 bits of each image file, (P,) uint64; 0: nothing to compare.
        looks: How each page looks, (P, 4) uint64.
        pixels: Pixels of each class, (K,).
        pages_with: Pages on which each class occurs, (K,).
        pixels_where: All labelled pixels of the pages on which a class occurs, (K,).
        masks: Label maps that could be read.
        binary: Label maps of nothing but 0 and an ignored 255.
        with_class: Label maps with any class but 0.
        findings: Faults of the pages.
    """
    source: int
    start: int
    sizes: np.ndarray
    digests: np.ndarray
    looks: np.ndarray
    pixels: np.ndarray
    pages_with: np.ndarray
    pixels_where: np.ndarray
    masks: int = 0
    binary: int = 0
    with_class: int = 0
    findings: list[Finding] = field(default_factory=list)


def empty_chunk(source: Source, start: int, pages: int) -> Chunk:
    """Room for ``pages`` pages from ``start`` on."""
    classes = source.num_classes or 256
    pixels, pages_with, pixels_where = np.zeros((3, classes), np.int64)
    return Chunk(source.number, start, np.zeros((pages, 2), np.int32),
                 np.zeros(pages, np.uint64), np.zeros((pages, LOOK_WORDS), np.uint64),
                 pixels, pages_with, pixels_where)


def check_chunk(source: Source, start: int, stop: int, look: bool = True) -> Chunk:
    """Check the pages from ``start`` to before ``stop``."""
    chunk = empty_chunk(source, start, stop - start)
    for place, number in enumerate(range(start, stop)):
        page = check_page(source, number, look)
        chunk.findings += page.findings
        if page.size is not None:
            chunk.sizes[place] = page.size
        chunk.digests[place] = page.digest
        if page.look is not None:
            chunk.looks[place] = page.look
        if page.counts is not None:
            chunk.masks += 1
            chunk.binary += page.binary
            chunk.with_class += bool(page.counts[1:].any())
            chunk.pixels += page.counts
            chunk.pages_with += page.counts > 0
            chunk.pixels_where += np.where(page.counts > 0, page.counts.sum(), 0)
    return chunk


def add_up(total: Chunk, part: Chunk) -> None:
    """Put a part of a source's pages into its total; the findings are not taken along."""
    place = slice(part.start - total.start, part.start - total.start + len(part.sizes))
    for name in ('sizes', 'digests', 'looks'):
        getattr(total, name)[place] = getattr(part, name)
    for name in ('pixels', 'pages_with', 'pixels_where', 'masks', 'binary', 'with_class'):
        setattr(total, name, getattr(total, name) + getattr(part, name))
