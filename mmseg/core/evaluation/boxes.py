"""Average precision of boxes, as pycocotools computes it."""
from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from mmseg.utils.errors import InputError, nearest

# Places of the scores in pycocotools' list.
BOX_SCORES = {'mAP': 0, 'mAP_50': 1, 'mAP_75': 2, 'mAP_s': 3, 'mAP_m': 4, 'mAP_l': 5}
_USUAL_IOUS = np.linspace(.5, .95, 10)


class BoxTruth(NamedTuple):
    """What boxes are compared with.

    Attributes:
        document: ``images``, ``annotations`` and ``categories`` as COCO has them.
        classes: Names of the categories, in their order.
    """
    document: Mapping[str, Any]
    classes: tuple[str, ...]


def box_scores(truth: BoxTruth, found: Sequence[Mapping[str, Any]], *,
               iou_thrs: float | Sequence[float] | None = None,
               numbers: Sequence[int] = (100, 300, 1000),
               classwise: bool = False, items: str | Sequence[str] | None = None
               ) -> tuple[dict[str, Any], str]:
    """Scores of boxes by name, rounded to three digits, and pycocotools' table of them.

    Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014; the scores are those of its
    detection challenge: ``bbox_mAP`` is the mean over classes and overlaps, ``bbox_mAP_50`` at an
    overlap of 0.5, ``bbox_mAP_s``, ``_m`` and ``_l`` of boxes below 32² pixels, up to 96², and
    above. A score of nothing is -1.

    Args:
        truth: The true boxes.
        found: ``image_id``, ``category_id``, ``bbox`` (left, top, width, height) and ``score``.
        iou_thrs: Overlaps from which a box counts as found; by default 0.5 to 0.95.
        numbers: How many boxes of a page count, the best ones; ``mAP`` takes 100 of them and the
            other scores the last number.
        classwise: Whether ``bbox_mAP.<class>`` of each class is among the scores.
        items: Which scores; all of :data:`BOX_SCORES` where None.

    Raises:
        InputError: An unknown score, or pycocotools is not installed.
    """
    wanted = [items] if isinstance(items, str) else list(items or BOX_SCORES)
    for name in wanted:
        if name not in BOX_SCORES:
            raise InputError(f'metric_items has {name!r}{nearest(name, BOX_SCORES)}; the scores of '
                             f'boxes are {", ".join(BOX_SCORES)}')
    if len(numbers) != 3 or 100 not in numbers:
        raise InputError(f'proposal_nums are three numbers, 100 among them, got {numbers}')
    evaluation = _evaluated(truth.document, found, iou_thrs, numbers)
    with contextlib.redirect_stdout(io.StringIO()) as table:
        evaluation.summarize()
    scores: dict[str, Any] = {f'bbox_{name}': round(float(evaluation.stats[BOX_SCORES[name]]), 3)
                              for name in wanted}
    text = table.getvalue().rstrip()
    if classwise:
        # (overlaps, recalls, classes, areas, numbers of boxes)
        precision = evaluation.eval['precision'][:, :, :, 0, -1]
        order = list(evaluation.params.catIds)  # sorted by pycocotools
        for category, name in zip(truth.document['categories'], truth.classes):
            known = precision[:, :, order.index(category['id'])]
            known = known[known > -1]
            value = round(float(known.mean()), 3) if known.size else -1.0
            scores[f'bbox_mAP.{name}'] = value
            text += f'\n {name}: {value:.3f}'
    return scores, text


def _evaluated(document: Mapping[str, Any], found: Sequence[Mapping[str, Any]],
               iou_thrs: float | Sequence[float] | None, numbers: Sequence[int]) -> Any:
    """pycocotools' evaluation before its summary."""
    try:
        from pycocotools.coco import COCO  # type: ignore[import-untyped]
        from pycocotools.cocoeval import COCOeval  # type: ignore[import-untyped]
    except ImportError as error:
        raise InputError("evaluating boxes needs pycocotools: install the extra 'data' (pip "
                         "install 'mmseg-layout[data]')") from error
    boxes = [dict(box, id=number + 1, iscrowd=0, area=box['bbox'][2] * box['bbox'][3])
             for number, box in enumerate(found)]
    with contextlib.redirect_stdout(io.StringIO()):
        pair = []
        for content in (document, dict(document, annotations=boxes)):
            index = COCO()
            index.dataset = dict(content)
            index.createIndex()
            pair.append(index)
        evaluation = COCOeval(*pair, 'bbox')
        evaluation.params.catIds = [category['id'] for category in document['categories']]
        evaluation.params.imgIds = [image['id'] for image in document['images']]
        evaluation.params.maxDets = list(numbers)
        thresholds = _USUAL_IOUS if iou_thrs is None else np.atleast_1d(iou_thrs)
        evaluation.params.iouThrs = np.asarray(thresholds, float)
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation
