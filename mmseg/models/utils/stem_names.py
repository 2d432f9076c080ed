"""Two sets of parameter names of residual networks with a deep stem.

Segmentors number the layers of the stem one by one, classifiers by convolutions with their norms;
and where shortcuts average, that of the first block has a pooling layer with nothing to do in
segmentors, which counts as number 0.
"""
from __future__ import annotations

import re
from typing import Any

# of segmentors -> of classifiers
_STEM = {f'stem.{3 * i + j}.': f'stem.{i}.{kind}.' for i in range(3)
         for j, kind in enumerate(('conv', 'bn'))}
_SHORTCUT = {'layer1.0.downsample.1.': 'layer1.0.downsample.0.',
             'layer1.0.downsample.2.': 'layer1.0.downsample.1.'}


def rename_stem(state: dict[str, Any], prefix: str, for_classifier: bool) -> None:
    """Give, in place, the names of one kind of network to a checkpoint of the other kind.

    Args:
        state: Names and values; those without a deep stem, or with the right names, stay.
        prefix: Of the backbone's names.
        for_classifier: Whether a classifier is to be filled, rather than a segmentor.
    """
    if f'{prefix}stem.0.{"weight" if for_classifier else "conv.weight"}' not in state:
        return
    names = dict(_STEM)
    if f'{prefix}layer1.0.downsample.{2 if for_classifier else 0}.weight' in state and (
            for_classifier or state[f'{prefix}layer1.0.downsample.0.weight'].ndim == 4):
        names.update(_SHORTCUT)
    if not for_classifier:
        names = {new: old for old, new in names.items()}
    found = re.compile(re.escape(prefix) + f'({"|".join(map(re.escape, names))})(.+)')
    renamed = {}
    for name in [name for name in state if found.fullmatch(name)]:
        match = found.fullmatch(name)
        assert match is not None
        renamed[prefix + names[match[1]] + match[2]] = state.pop(name)
    state.update(renamed)
