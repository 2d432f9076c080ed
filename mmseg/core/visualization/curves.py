"""Charts of the logs of trainings."""
import math
from collections.abc import Sequence
from typing import Any

from mmseg.utils.errors import InputError
from mmseg.utils.training_log import Run


def draw_curves(plt: Any, runs: Sequence[Run], keys: Sequence[str], legend: Sequence[str] | None,
                title: str | None = None) -> Any:
    """Return a figure with a panel for each key, in which each run has a line.

    Args:
        plt: ``matplotlib.pyplot``.
        runs: What to draw.
        keys: Names of numbers in their logs.
        legend: A name for each line, all keys of the first run first; by default the runs' names.
        title: Of the figure.

    Raises:
        InputError: A run never logged a key, or there are more or fewer names than lines.
    """
    if legend is not None and len(legend) != len(runs) * len(keys):
        raise InputError(f'--legend needs {len(runs) * len(keys)} names, one for each of the '
                         f'{len(keys)} keys of each of the {len(runs)} trainings, but got '
                         f'{len(legend)}')
    curves = [[run.curve(key) for key in keys] for run in runs]
    figure, axes = plt.subplots(len(keys), 1, sharex=True, squeeze=False, layout='constrained',
                                figsize=(9, max(4.5, 3 * len(keys))))
    for column, (key, axis) in enumerate(zip(keys, axes[:, 0])):
        for number, run in enumerate(runs):
            places, values = curves[number][column]
            name = run.name if legend is None else legend[number * len(keys) + column]
            few = len([value for value in values if not math.isnan(value)]) <= 30
            axis.plot(places, values, label=name, marker='.' if few else None)
        axis.set_ylabel(key)
        axis.legend(fontsize='small')
    axes[-1, 0].set_xlabel(runs[0].unit)
    if title:
        figure.suptitle(title)
    return figure


def summary(runs: Sequence[Run], keys: Sequence[str]) -> str:
    """A line for each key of each run: its range, and the last value."""
    lines = []
    for run in runs:
        for key in keys:
            places, values = run.curve(key)
            known = [(value, place) for place, value in zip(places, values)
                     if not math.isnan(value)]
            if not known:
                lines.append(f'{run.name}: {key} was never a number')
                continue
            (low, low_at), (high, high_at) = min(known), max(known)
            lines.append(f'{run.name}: {key} from {low:.4g} ({run.unit} {low_at:g}) to '
                         f'{high:.4g} ({run.unit} {high_at:g}), last {known[-1][0]:.4g}')
    return '\n'.join(lines)
