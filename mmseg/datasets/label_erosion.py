"""The label erosion in the config of a training."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mmcv

from ..core.erosion import ErosionParams
from .builder import PIPELINES


def erosion_of(cfg: mmcv.Config) -> ErosionParams | None:
    """Return the label erosion of a config's training; None where it had none.

    A transform with ``prob`` of one half or less left most labels whole, so it does not count. Its
    pixels are those of the page, unless a Resize comes before it: then they are pixels of what
    the network sees, the size to which the test pipeline brings pages.
    """
    for pipeline in _pipelines(cfg.get('data', {}).get('train')):
        pipeline = [step for step in pipeline if isinstance(step, dict)]
        kinds = [step.get('type') for step in pipeline]
        if 'LabelErosion' not in kinds:
            continue
        place = kinds.index('LabelErosion')
        erosion: Any = PIPELINES.build(pipeline[place])
        if erosion.prob <= 0.5 or not erosion.methods:
            return None
        resized = any(kind == 'Resize' for kind in kinds[:place])
        return ErosionParams(dict(erosion.methods), _test_scale(cfg) if resized else None)
    return None


def _pipelines(node: Any) -> Iterator[list]:
    """All pipelines of a data set's config, those of data sets within it too."""
    if isinstance(node, (list, tuple)):
        for item in node:
            yield from _pipelines(item)
    elif isinstance(node, dict):
        if isinstance(node.get('pipeline'), (list, tuple)):
            yield list(node['pipeline'])
        for key, value in node.items():
            if key != 'pipeline':
                yield from _pipelines(value)


def _test_scale(cfg: mmcv.Config) -> tuple[int, int] | None:
    """The first size in the test pipeline, None where there is none."""
    for pipeline in _pipelines(cfg.data.get('test')):
        for step in pipeline:
            scale = step.get('img_scale')
            if scale:
                first = scale[0] if isinstance(scale[0], (list, tuple)) else scale
                return int(first[0]), int(first[1])
    return None
