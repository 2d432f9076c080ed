"""Names of the scores of a data set, before it is evaluated."""
from __future__ import annotations

from typing import Any


def score_names(dataset: Any, **options: Any) -> list[str] | None:
    """The names of all scores that ``dataset.evaluate`` will give.

    A class that has its own ``evaluate`` and inherits ``result_names`` may give other scores than
    those, so its names are not known.

    Args:
        dataset: A built data set.
        options: What its ``evaluate`` gets.

    Returns:
        The names, or None where they are known only after an evaluation.
    """
    if not _names_its_scores(dataset):
        return None
    if not all(_names_its_scores(part) for part in getattr(dataset, 'datasets', ())):
        return None
    return dataset.result_names(**options)


def _names_its_scores(dataset: Any) -> bool:
    for place in (dataset, *type(dataset).__mro__):
        if 'result_names' in vars(place):
            return True
        if 'evaluate' in vars(place):
            return False
    return False
