"""Label maps that follow what the page itself shows: ruling lines, ink and boxes."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch

from ..utils.errors import InputError, nearest
from .figure_boxes import FigureBoxes
from .fusion import class_index
from .ruled_tables import RuledTables
from .ruling_lines import RulingLines
from .straight_page import on_straight_page
from .table_boxes import TableBoxes
from .text_ink import TextInk
from .views import best_classes

Refinement = RulingLines | RuledTables | TextInk | TableBoxes | FigureBoxes
# By their keys in test_cfg, in the order in which they work.
REFINEMENTS: dict[str, type[Refinement]] = {
    'ruling_lines': RulingLines, 'ruled_tables': RuledTables, 'text_ink': TextInk,
    'table_boxes': TableBoxes, 'figure_boxes': FigureBoxes}
# Fields that are classes.
_CLASSES = ('label', 'separator', 'text', 'figure')


def refinements(given: Mapping[str, Any] | None, classes: Sequence[str] | None,
                num_classes: int) -> list[Refinement]:
    """Return the refinements that a config asks for.

    Args:
        given: Key of :data:`REFINEMENTS` → values; ``label``, ``separator``, ``text`` and
            ``figure`` are names or indices of classes. Other keys are passed over.
        classes: Class names by index; None where they are not known.
        num_classes: K, the bound of indices.

    Raises:
        InputError: An unknown value or class, or a number outside (0, 1000].
    """
    return [_with_values(key, kind, given[key], classes, num_classes)
            for key, kind in REFINEMENTS.items() if given and given.get(key)]


def _with_values(name: str, kind: type[Refinement], given: Any, classes: Sequence[str] | None,
                 num_classes: int) -> Refinement:
    known = tuple(kind.__dataclass_fields__)
    if not isinstance(given, Mapping):
        raise InputError(f"{name} is a dict such as dict(label='text'), got {given!r}")
    for key, value in given.items():
        if key not in known:
            raise InputError(f"unknown key '{key}' of {name}{nearest(key, known)}; there are "
                             f'{", ".join(known)}')
        if key not in _CLASSES and not (isinstance(value, (int, float)) and 0 < value <= 1000):
            raise InputError(f'{name}.{key} is a number from 0 to 1000 without 0, got {value!r}')
    named = {}
    for key in (key for key in _CLASSES if key in known):
        if not isinstance(given.get(key), (str, int)):
            raise InputError(f'{name} needs {key}, the name or index of a class, such as '
                             f"dict({key}='text')")
        named[key] = class_index(given[key], classes, num_classes, name)
    return kind(**{**given, **named})


def refine(seg: torch.Tensor, pages: Sequence[np.ndarray],
           wanted: Sequence[Refinement]) -> torch.Tensor:
    """Return scores or logits whose largest class is refined.

    Where the class of a pixel changes, the values of its old and new class are exchanged.

    Args:
        seg: (N, K, H, W), at the pages' own size.
        pages: N arrays (H, W) uint8, grey.
        wanted: In the order in which they work; without any, ``seg`` is returned.

    Raises:
        InputError: A page has another size than its scores.
    """
    if not wanted:
        return seg
    seg = seg.clone()
    before = best_classes(seg).cpu().numpy()
    for scores, labels, page in zip(seg, before, pages):
        if page.shape != labels.shape:
            raise InputError(f'scores of {labels.shape} are refined by a grey page of that size, '
                             f'but it has {page.shape}')
        after = on_straight_page(partial(_refined, wanted), labels, page)
        changed = np.nonzero(after != labels)
        y, x, old, new = (torch.as_tensor(part.astype(np.int64), device=seg.device)
                          for part in (*changed, labels[changed], after[changed]))
        scores[old, y, x], scores[new, y, x] = scores[new, y, x], scores[old, y, x]
    return seg


def _refined(wanted: Sequence[Refinement], labels: np.ndarray, page: np.ndarray) -> np.ndarray:
    for refinement in wanted:
        labels = refinement.follow(labels, page)
    return labels


def refine_batch(seg: torch.Tensor, img_metas: Sequence[Mapping[str, Any]],
                 test_cfg: Mapping[str, Any] | None, classes: Sequence[str] | None,
                 num_classes: int) -> torch.Tensor:
    """Return what :func:`refine` makes of pages that ``KeepPage`` put into the metas.

    Args:
        seg: (N, K, H, W), scores or logits at the pages' own size.
        img_metas: Of the N pages.
        test_cfg: With the keys of :data:`REFINEMENTS`; without any, ``seg`` is returned.
        classes: Class names by index; None where they are not known.
        num_classes: K.

    Raises:
        InputError: The values are wrong, or the metas lack the pages.
    """
    wanted = refinements(test_cfg, classes, num_classes)
    if wanted and any('grey_page' not in meta for meta in img_metas):
        raise InputError(f"test_cfg.{'/'.join(REFINEMENTS)} need the page: put "
                         "dict(type='KeepPage') after LoadImageFromFile in the test pipeline")
    return refine(seg, [meta['grey_page'] for meta in img_metas] if wanted else (), wanted)
