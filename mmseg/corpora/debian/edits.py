"""Corrections of label maps, written down one a line."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmseg.corpora.pdf import CLASSES
from mmseg.utils.errors import InputError

ANY, LINES = '*', 'lines'


@dataclass(frozen=True)
class Edit:
    """A correction in a box of a page.

    Attributes:
        page: Its name.
        old: Class that is replaced in the box, ``*`` for any.
        new: Class that comes instead; ``lines`` for what the page's lines of text say: text in
            them, background between them.
        box: Left, upper, right and lower edge in pixels of the picture.
    """

    page: str
    old: str
    new: str
    box: tuple[int, int, int, int]


def read_edits(path: Path) -> dict[str, list[Edit]]:
    """Edits of each page, in their order.

    A line has page, old class, new class and the four edges, separated by blanks; lines that begin
    with ``#`` are remarks.

    Raises:
        InputError: A line has another form, an unknown class or an empty box.
    """
    edits: dict[str, list[Edit]] = defaultdict(list)
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith('#'):
            continue
        try:
            page, old, new, *edges = line.split()
            x0, y0, x1, y1 = map(int, edges)
        except ValueError:
            raise InputError(f'{path}, line {number}: expected page, old class, new class and four '
                             f'whole numbers, got {line!r}') from None
        if old not in (*CLASSES, ANY) or new not in (*CLASSES, LINES) or x1 <= x0 or y1 <= y0:
            raise InputError(f'{path}, line {number}: expected classes out of '
                             f'{", ".join(CLASSES)} (old also {ANY}, new also {LINES}) and a box '
                             f'that is not empty, got {line!r}')
        edits[page].append(Edit(page, old, new, (x0, y0, x1, y1)))
    return edits


def apply_edits(label: np.ndarray, edits: Iterable[Edit], lines: Iterable[Any] = ()) -> np.ndarray:
    """A label map (H, W) with corrections, uint8.

    Args:
        label: Classes of the pixels.
        edits: In their order.
        lines: Of text, as the converter writes them: ``{'polygon': corners, ...}``.
    """
    label = label.copy()
    text = np.zeros_like(label)
    for line in lines:
        corners = np.array(line['polygon'])
        (x0, y0), (x1, y1) = corners.min(0), corners.max(0)
        text[y0:y1, x0:x1] = CLASSES.index('text')
    for edit in edits:
        x0, y0, x1, y1 = edit.box
        window = np.s_[max(y0, 0):y1, max(x0, 0):x1]
        part = label[window]
        where = np.ones(part.shape, bool) if edit.old == ANY else (
            part == CLASSES.index(edit.old))
        new = text[window] if edit.new == LINES else np.full_like(
            part, CLASSES.index(edit.new))
        label[window] = np.where(where, new, part)
    return label
