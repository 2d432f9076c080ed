"""Layered multi-scale fusion: each class uses the scales that suit it.

Thin separators vanish in a page at half size and large tables fall apart at full size; the mean
over scales that serves one class harms the other. A layer names the scales a class uses.
"""
from collections.abc import Iterable, Mapping, Sequence

import torch

from ..utils.errors import InputError, nearest

Layers = Mapping[int, Sequence[float]]


def _same(a: float, b: float) -> bool:
    return abs(a - b) < 1e-4


def resolve_layers(layers: Mapping | None, classes: Sequence[str] | None,
                   num_classes: int) -> dict[int, tuple[float, ...]]:
    """Return ``layers`` with class indices for names and tuples of scales.

    Args:
        layers: Class name or index → scale or scales, such as ``dict(validline=[1.0])``.
        classes: Class names by index; None where they are not known.
        num_classes: K, the bound of indices.

    Raises:
        InputError: An unknown name, an index outside ``[0, num_classes)``, or no scales.
    """
    resolved = {}
    for key, scales in (layers or {}).items():
        index = class_index(key, classes, num_classes, 'layers')
        chosen = (scales,) if isinstance(scales, (int, float)) else tuple(scales)
        if not chosen:
            raise InputError(f"layers gives no scale for the class '{key}'")
        resolved[index] = tuple(float(scale) for scale in chosen)
    return resolved


def class_index(key: str | int, classes: Sequence[str] | None, num_classes: int,
                where: str) -> int:
    """Return the index of a class that a config names.

    Args:
        key: Its name or index.
        classes: Class names by index; None where they are not known.
        num_classes: The bound of indices.
        where: The key of the config, for errors.

    Raises:
        InputError: An unknown name, or an index outside ``[0, num_classes)``.
    """
    if isinstance(key, str) and not key.isdigit():
        if classes is None:
            raise InputError(f"{where} names the class '{key}', but the model knows no class "
                             'names; use its index')
        if key not in classes:
            raise InputError(f"{where} names the class '{key}', which is not one of "
                             f'{", ".join(classes)}{nearest(key, classes)}')
        return list(classes).index(key)
    index = int(key)
    if not 0 <= index < num_classes:
        raise InputError(f'{where} names the class {index}, expected 0 to {num_classes - 1}')
    return index


def check_layers(layers: Layers, scales: Iterable[float]) -> None:
    """Raise InputError where a class uses a scale that no view has.

    Args:
        layers: Class index → scales.
        scales: Of the views.
    """
    there = sorted(set(scales))
    for index, wanted in layers.items():
        for scale in wanted:
            if not any(_same(scale, have) for have in there):
                raise InputError(f'layers: class {index} uses the scale {scale:g}, but the '
                                 f'views have the scales {", ".join(f"{s:g}" for s in there)}; add '
                                 'it to img_ratios')


class Fusion:
    """Running mean over views, per class over the views that the class uses.

    Holds one sum instead of all views, so memory does not grow with their number.
    """

    def __init__(self, layers: Layers | None = None) -> None:
        """Start empty; ``layers`` maps class index → scales, other classes take every view."""
        self.layers = dict(layers or {})
        self._sum: torch.Tensor | None = None
        self._counts: list[int] = []

    def add(self, scores: torch.Tensor, scale: float) -> None:
        """Take in the scores (N, K, H, W) of a view at ``scale``."""
        active = [index not in self.layers or any(_same(scale, s) for s in self.layers[index])
                  for index in range(scores.shape[1])]
        if self._sum is None:
            self._counts = [0] * scores.shape[1]
        if all(active):
            self._sum = scores if self._sum is None else self._sum + scores
        else:
            mask = torch.tensor(active, dtype=scores.dtype, device=scores.device)
            masked = scores * mask[None, :, None, None]
            self._sum = masked if self._sum is None else self._sum + masked
        self._counts = [count + yes for count, yes in zip(self._counts, active)]

    def mean(self) -> torch.Tensor:
        """Return (N, K, H, W), each class over the views that it uses; of a single view its scores
        themselves, not a copy.

        Raises:
            InputError: A class uses none of them.
        """
        if self._sum is None:
            raise InputError('no view was given to fuse')
        missing = [index for index, count in enumerate(self._counts) if count == 0]
        if missing:
            raise InputError(f'layers: class {missing[0]} uses {self.layers[missing[0]]}, and no '
                             'view has that scale; add it to img_ratios')
        if len(set(self._counts)) == 1:
            return self._sum if self._counts[0] == 1 else self._sum / self._counts[0]
        counts = torch.tensor(self._counts, dtype=self._sum.dtype, device=self._sum.device)
        return self._sum / counts[None, :, None, None]


def fuse(scores: Sequence[torch.Tensor], scales: Sequence[float],
         layers: Layers | None = None) -> torch.Tensor:
    """Return the mean of views (N, K, H, W), each class over the scales it uses.

    A single view is returned itself, not a copy.

    Args:
        scores: Scores of each view, already at one common size.
        scales: The scale of each view, relative to the base size; several views may share one.
        layers: Class index → scales it uses; a class not named takes every view.

    Raises:
        InputError: A class uses a scale that no view has.
    """
    check_layers(layers or {}, scales)
    fusion = Fusion(layers)
    for view, scale in zip(scores, scales, strict=True):
        fusion.add(view, scale)
    return fusion.mean()
