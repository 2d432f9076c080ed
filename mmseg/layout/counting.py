"""Regions in the evaluation of a data set."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import mmcv
import numpy as np

from ..core.components import Components
from ..core.evaluation import LINE_METRIC, REGION_METRIC, RegionFinder
from ..datasets.label_erosion import erosion_of
from .region_options import RegionOptions
from .regions import joined, page_components


def count_regions(dataset: Any, cfg: mmcv.Config, metric: str | Sequence[str] | None) -> None:
    """Let a data set's evaluation count regions and lines too, where ``metric`` has them.

    The metrics are ``'regions'`` and ``'hmean-iou'``.

    Predicted regions grow back where the config's training eroded labels, and pieces of them are
    joined; true ones are taken as they are labelled.

    Args:
        dataset: A data set, or a wrapper of several.
        cfg: The config of the network.
        metric: What the evaluation measures.
    """
    wanted = [metric] if isinstance(metric, str) else list(metric or ())
    for part in getattr(dataset, 'datasets', [getattr(dataset, 'dataset', None)]):
        if part is not None:
            count_regions(part, cfg, metric)
    if LINE_METRIC in wanted:
        dataset.count_lines = True
    if REGION_METRIC not in wanted:
        return
    options = RegionOptions(erosion=erosion_of(cfg))
    classes = tuple(dataset.CLASSES or ())
    dataset.region_finder = RegionFinder(
        pred=_ComponentFinder(classes, options),
        label=_ComponentFinder(classes, replace(options, erosion=None, join_gaps={})))


@dataclass(frozen=True)
class _ComponentFinder:
    """Finds the parts of label maps; can be sent to other processes, as a data set must be."""

    classes: tuple[str, ...]
    options: RegionOptions

    def __call__(self, labels: np.ndarray) -> Components:
        pred = labels.astype(np.uint8) if len(self.classes) <= 255 else labels
        return page_components(joined(pred, self.classes, self.options), self.classes,
                               self.options)
