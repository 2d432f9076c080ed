"""Confusion matrices as charts that stay readable from two classes to hundreds."""
from collections.abc import Sequence
from typing import Any

import numpy as np

from mmseg.core.evaluation.confusion import shares
from mmseg.utils.errors import InputError, nearest

_NUMBERED = 40  # classes up to which cells have room for a number
_COUNTED = 10  # and for a count under it
_MOST_NUMBERED_DIGITS = 20  # and for one with a decimal


def draw_confusion(plt: Any, confusion: np.ndarray, names: Sequence[str], title: str,
                   colours: str = 'winter') -> Any:
    """Return a figure with the share of each true class (row) that is taken for each class.

    The count of each true class is next to its name; up to ten classes each cell has its own.

    Args:
        plt: ``matplotlib.pyplot``.
        confusion: Counts (K, K), rows the truth.
        names: Of the K classes.
        title: Of the figure.
        colours: Name of a colour map of matplotlib.

    Raises:
        InputError: There is no such colour map.
    """
    known = plt.colormaps()
    if colours not in known:
        raise InputError(f"there is no colour map '{colours}'{nearest(colours, known)}; matplotlib "
                         'has viridis, winter, Blues and others')
    count = len(names)
    percent = 100 * shares(confusion)
    cell = float(np.clip(11 / count, 0.13, 0.9))  # inches
    side = max(4.5, cell * count)
    figure, axis = plt.subplots(figsize=(side + 2.5, side + 1.5), layout='constrained',
                                dpi=100 if count > 60 else 150)
    shown = axis.imshow(percent, cmap=colours, vmin=0, vmax=100)
    size = float(np.clip(72 * cell * 0.28, 5, 11))  # points
    axis.set_xticks(range(count), names, rotation=90 if count > 8 else 45, fontsize=size,
                    ha='center' if count > 8 else 'right',
                    rotation_mode=None if count > 8 else 'anchor')
    totals = np.asarray(confusion).sum(axis=1)
    axis.set_yticks(range(count), [f'{name} ({total:,.0f})' for name, total in zip(names, totals)],
                    fontsize=size)
    axis.set_xlabel('predicted')
    axis.set_ylabel('true (count)')
    axis.set_title(title)
    if count <= _NUMBERED:
        _write_numbers(axis, percent, shown, size, '.1f' if count <= _MOST_NUMBERED_DIGITS
                       else '.0f', np.asarray(confusion) if count <= _COUNTED else None)
    figure.colorbar(shown, ax=axis, shrink=0.7, label='% of the true class')
    return figure


def _write_numbers(axis: Any, percent: np.ndarray, shown: Any, size: float, digits: str,
                   counts: np.ndarray | None) -> None:
    """Write each share, and its count under it, into its cell, dark on light and light on dark."""
    for (row, column), value in np.ndenumerate(percent):
        if np.isnan(value):
            continue
        red, green, blue, _ = shown.cmap(shown.norm(value))
        dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
        text = format(value, digits)
        if counts is not None:
            text += f'\n{counts[row, column]:,.0f}'
        axis.text(column, row, text, ha='center', va='center', fontsize=size,
                  color='white' if dark else 'black')
