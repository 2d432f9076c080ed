"""Masks that are stored as run lengths, as COCO has them."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .errors import InputError
from .pictures import MAX_PIXELS


def decode_rle(rle: Mapping[str, Any], where: str,
               size: tuple[int, int] | None = None) -> np.ndarray:
    """The mask, bool ``(H, W)``, of run lengths: numbers, or COCO's packed text.

    Args:
        rle: With ``size`` and ``counts``.
        where: The annotation, for messages.
        size: (height, width) that the page is known to have; another one is refused before memory
            is taken for it.

    Raises:
        InputError: They are none, of another size, or do not fill the mask.
    """
    try:
        height, width = (int(number) for number in rle['size'])
        if size not in (None, (height, width)):
            raise InputError(f'{where} is {_words(size)} pixels but has a mask of '
                             f'{_words((height, width))}')
        if height < 1 or width < 1 or height * width > MAX_PIXELS:
            raise ValueError(f'their size is {height} x {width}')
        counts = rle['counts']
        runs = [int(run) for run in (counts if isinstance(counts, list) else _unpacked(counts))]
        if min(runs, default=-1) < 0 or sum(runs) != height * width:
            raise ValueError(f'they are not {height * width} pixels together')
        return np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(width, height).T
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f'{where} has run lengths that are not a mask: {error}') from error


def _words(size: Any) -> str:
    return f'{size[1]}x{size[0]}'


def _unpacked(text: str | bytes) -> list[int]:
    """The run lengths in COCO's packed text.

    A number is written in groups of five bits, the lowest first, of which a sixth bit says whether
    another follows; from the fourth number on it is the difference from the one two before.

    Raises:
        ValueError: The text ends within a number, or has other characters.
    """
    runs: list[int] = []
    value = shift = 0
    for code in text.encode('latin-1') if isinstance(text, str) else text:
        group = code - 48
        if not 0 <= group < 64 or shift > 60:
            raise ValueError('their packed text is damaged')
        value |= (group & 31) << shift
        shift += 5
        if not group & 32:
            if group & 16:  # negative
                value -= 1 << shift
            runs.append(value + (runs[-2] if len(runs) > 2 else 0))
            value = shift = 0
    if shift:
        raise ValueError('their packed text is cut off')
    return runs
