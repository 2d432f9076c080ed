"""Batches in which only some pages have label maps; the others train the page-type head alone."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

Losses = dict[str, Tensor]


def of_labelled(network: nn.Module,
                losses_of: Callable[[Any, list[dict], Tensor, Losses], Losses], features: Any,
                img_metas: list[dict], label: Tensor, line_targets: Losses) -> Losses:
    """The losses of pixels, from the pages of a batch that have label maps.

    Without such a page they are 0 and accuracies nan, under the same names as elsewhere, since
    processes add up their logs.

    Args:
        network: What computes them.
        losses_of: Gives the losses of features, metas, labels and targets of lines.
        features: Of all pages.
        img_metas: A dict a page, ``unlabelled`` where it has no label map.
        label: Labels (N, 1, H, W).
        line_targets: What a line head's loss compares with, each (N, H, W).
    """
    rows = [row for row, meta in enumerate(img_metas) if not meta.get('unlabelled')]
    if len(rows) == len(img_metas):
        return losses_of(features, img_metas, label, line_targets)
    if not rows:
        return {name: _nothing(value) if 'loss' in name else value * float('nan')
                for name, value in losses_of(features, img_metas, label, line_targets).items()}
    with _single_values(network):
        return losses_of(_of_rows(features, rows), [img_metas[row] for row in rows], label[rows],
                         {name: target[rows] for name, target in line_targets.items()})


@contextmanager
def _single_values(network: nn.Module) -> Iterator[None]:
    """Let batch norms that get one value a channel use the statistics that they have gathered.

    Where one page of a batch has a label map, those behind a pooling of the whole page do, and
    one value has no statistics.
    """
    norms = [module for module in network.modules()
             if type(module) in (nn.BatchNorm1d, nn.BatchNorm2d) and module.training]
    hooks = [norm.register_forward_pre_hook(_before_norm) for norm in norms]
    hooks += [norm.register_forward_hook(_after_norm) for norm in norms]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
        for norm in norms:
            norm.training = True


def _before_norm(norm: nn.Module, inputs: tuple[Tensor, ...]) -> None:
    norm.training = inputs[0].numel() > inputs[0].shape[1]


def _after_norm(norm: nn.Module, *_: Any) -> None:
    norm.training = True


def _of_rows(features: Any, rows: Sequence[int]) -> Any:
    """Features of some pages: tensors ``(N, ...)``, also within lists and tuples."""
    if isinstance(features, Tensor):
        return features[list(rows)]
    return type(features)([_of_rows(part, rows) for part in features])


def _nothing(loss: Any) -> Any:
    """A loss, or several, of labels that are all ignored: 0, with gradients of 0."""
    if isinstance(loss, Tensor):
        return loss.nan_to_num() * 0
    return [_nothing(part) for part in loss]
