"""Comparison of a traced network with its model, in numbers and pictures."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import torch
from prettytable import PrettyTable
from torch import Tensor, nn

from ..core.visualization import paint_result, side_by_side
from ..utils.errors import InputError
from .graph import Graph, PageScorer, is_classifier, largest_difference


@dataclass(frozen=True)
class Comparison:
    """Predictions of model and traced network for one page.

    Attributes:
        seg_difference: Largest absolute difference of the pixel scores; where the file gives
            labels, the share of pixels with another one.
        cls_difference: That of the page-type scores, 0 without a cls head.
        line_difference: That of the scores of lines, 0 without a line head.
        preds: Label maps (H, W) of the model and of the traced network.
        counts: Pixels of each class, of the model and of the traced network.
        page_types: Index of the page type, of both; None without a cls head.
        page_scores: Scores (C,) of the page types, of both; None without a cls head.
    """
    seg_difference: float
    cls_difference: float
    preds: tuple[np.ndarray, np.ndarray]
    counts: tuple[np.ndarray, np.ndarray]
    page_types: tuple[int, int] | None = None
    page_scores: tuple[np.ndarray, np.ndarray] | None = None
    line_difference: float = 0.0

    @property
    def largest_difference(self) -> float:
        """Largest absolute difference of all scores."""
        return float(np.max((self.seg_difference, self.cls_difference,
                             self.line_difference)))  # keeps NaN

    @property
    def changed_pixels(self) -> int:
        """How many pixels got another label."""
        return int((self.preds[0] != self.preds[1]).sum())

    def agrees(self, tolerance: float = 1e-4) -> bool:
        """Return whether no score differs by more than ``tolerance``, and no page type.

        Pixels on the border of two classes may still change their label.
        """
        same_type = self.page_types is None or self.page_types[0] == self.page_types[1]
        return self.largest_difference <= tolerance and same_type

    def table(self, classes: Sequence[str] = (), page_classes: Sequence[str] = ()) -> str:
        """Return the counts of both, the page types by name, and the differences, as text."""
        names = [_name(classes, k) for k in range(len(self.counts[0]))]
        table = PrettyTable(['pixels', 'model', 'traced'])
        table.align = 'r'
        table.align['pixels'] = 'l'
        table.add_rows([list(row) for row in zip(names, *self.counts)])
        if self.page_types is not None and self.page_scores is not None:
            table.add_row(['page type'] + [
                f'{_name(page_classes, kind)} {scores[kind]:.4f}'
                for kind, scores in zip(self.page_types, self.page_scores)])
        text = f'{table}\nlargest difference of a score: {self.largest_difference:.3g}'
        if not self.preds[0].size:  # of a classifier
            return text
        return (f'{text}\n'
                f'pixels with another label: {self.changed_pixels} of {self.preds[0].size}')


def _name(names: Sequence[str], index: int) -> str:
    return names[index] if index < len(names) else str(index)


def _labels(seg: Tensor, threshold: float) -> np.ndarray:
    """Labels (H, W) of scores or logits (1, K, H, W), or of labels (1, H, W)."""
    if seg.ndim == 3:
        return seg[0].cpu().numpy()
    labels = (seg[0, 0] > threshold).long() if seg.shape[1] == 1 else seg[0].max(dim=0).indices
    return labels.cpu().numpy()


def _counts(labels: np.ndarray, channels: int) -> np.ndarray:
    """Pixels of each class (K,); a single channel tells two classes apart."""
    return np.bincount(labels.ravel(), minlength=max(2, channels))


def _parts(answer: Tensor | tuple, model: nn.Module) -> list[Tensor | None]:
    """What an answer says of pixels, page types and lines."""
    if is_classifier(model):
        return [None, answer if isinstance(answer, Tensor) else answer[0], None]
    seg, *further = [answer] if isinstance(answer, Tensor) else answer
    lines = further.pop() if getattr(model, 'line_head', None) is not None and further else None
    return [seg, further[0] if further else None, lines]


def _of_page_types(cls: Any, traced_cls: Any, graph: Graph, count: int) -> Comparison:
    """The comparison of two classifiers, which say nothing of pixels."""
    if graph.output == 'pred':
        cls, traced_cls = (torch.nn.functional.one_hot(part, count).float()
                           for part in (cls, traced_cls))
    scores = cls[0].cpu().numpy(), traced_cls[0].cpu().numpy()
    return Comparison(
        seg_difference=0.0, cls_difference=largest_difference(cls, traced_cls),
        preds=(np.zeros((0, 0), int),) * 2, counts=(np.zeros(0, int),) * 2,
        page_types=(int(scores[0].argmax()), int(scores[1].argmax())), page_scores=scores)


@torch.no_grad()
def compare(model: nn.Module, traced: nn.Module, image: Tensor,
            graph: Graph | None = None, threshold: float | None = None) -> Comparison:
    """Return the differences between model and traced network on ``image``.

    Args:
        model: The segmentor; it is asked in eval mode.
        traced: What :func:`~mmseg.export.trace_segmentor` made of it.
        image: A page (1, 3, H, W) as the traced network takes it.
        graph: What is computed inside it.
        threshold: Score from which on a pixel is foreground, for a network with one channel.

    Raises:
        InputError: The answers have different shapes.
    """
    was_training = model.training
    graph = graph or Graph()
    scorer = PageScorer(model, graph).eval()
    answers = [_parts(network(image), model) for network in (scorer, traced)]
    (seg, cls, lines), (traced_seg, traced_cls, traced_lines) = answers
    model.train(was_training)
    shapes = [[tuple(part.shape) for part in answer if part is not None] for answer in answers]
    if shapes[0] != shapes[1]:
        raise InputError(f'the traced network answers {shapes[1]} (pixels, page, lines), the '
                         f'model {shapes[0]}: it was traced from another model')
    if is_classifier(model):
        return _of_page_types(cls, traced_cls, graph, int(model.cls_head.num_classes))
    assert seg is not None and traced_seg is not None
    least = 0.3 if threshold is None else threshold
    if graph.output == 'logits':
        least = float(np.log(least / (1 - least)))
    preds = _labels(seg, least), _labels(traced_seg, least)
    channels = model.num_classes if seg.ndim == 3 else seg.shape[1]
    found = Comparison(
        seg_difference=largest_difference(seg, traced_seg), cls_difference=0.0, preds=preds,
        counts=(_counts(preds[0], channels), _counts(preds[1], channels)))
    if lines is not None and traced_lines is not None:
        found = replace(found, line_difference=largest_difference(lines, traced_lines))
    if cls is None or traced_cls is None:
        return found
    scores = cls[0].cpu().numpy(), traced_cls[0].cpu().numpy()
    return replace(found, cls_difference=float(np.abs(scores[0] - scores[1]).max()),
                   page_types=(int(scores[0].argmax()), int(scores[1].argmax())),
                   page_scores=scores)


def draw_comparison(page: np.ndarray, found: Comparison, classes: Sequence[str],
                    palette: Sequence[Sequence[int]] | None = None,
                    page_classes: Sequence[str] | None = None,
                    size: tuple[int, int] | None = None) -> np.ndarray:
    """Return the page painted by the model and by the traced network, side by side.

    Args:
        page: uint8 (h, w, 3) in BGR, of any size.
        found: The comparison on it.
        classes: Name of each pixel class; numbers where empty.
        palette: RGB colour of each class.
        page_classes: Name of each page class; numbers where empty.
        size: Height and width that the page has in the network's input, which may be padded
            below and to the right; all of it by default.
    """
    height, width = size or found.preds[0].shape
    page = cv2.resize(page, (width, height), interpolation=cv2.INTER_AREA)
    names = [_name(classes, k) for k in range(len(found.counts[0]))]
    panels = []
    for i, pred in enumerate(found.preds):
        result: dict[str, Any] = {'seg_map': pred[:height, :width]}
        if found.page_types is not None and found.page_scores is not None:
            result.update(cls_label=found.page_types[i], cls_scores=found.page_scores[i])
        panels.append(paint_result(page, result, names, palette, page_classes or None))
    return side_by_side(panels, ['model', 'traced'])
