"""Pictures of more than 8 bits a colour, brought to 8."""
from __future__ import annotations

from collections.abc import Iterator

import numpy as np

_STRIP = 1_000_000  # numbers


def eight_bits(values: np.ndarray) -> np.ndarray:
    """Values of more than 8 bits as uint8, of the same shape.

    White is the largest number of 16 bits; in files of 32 bits it is the first of 1 (only where
    numbers have fractions), 255, 65535 and 2**32 - 1 that no value exceeds.
    """
    if values.dtype == np.uint8:
        return values
    white = 65535. if values.dtype == np.uint16 else _white(values)
    result = np.empty(values.shape, np.uint8)
    for rows in _strips(values):
        result[rows] = np.rint(np.clip(_finite(values[rows]) / white, 0, 1) * 255)
    return result


def _white(values: np.ndarray) -> float:
    """The value of white in images of more than 16 bits."""
    fractions, highest = False, 0.
    for rows in _strips(values):
        part = _finite(values[rows])
        fractions = fractions or bool((part % 1).any())
        highest = max(highest, float(part.max(initial=0)))
    whites = (1., 255., 65535., 2.**32 - 1)[0 if fractions or highest == 1 else 1:]
    return next((white for white in whites if highest <= white), highest)


def _finite(values: np.ndarray) -> np.ndarray:
    return np.nan_to_num(values.astype(np.float64), posinf=0, neginf=0)


def _strips(values: np.ndarray) -> Iterator[slice]:
    """Rows that take some megabytes as float64; whole pages would take gigabytes."""
    step = max(1, _STRIP * len(values) // max(1, values.size))
    return (slice(start, start + step) for start in range(0, len(values), step))
