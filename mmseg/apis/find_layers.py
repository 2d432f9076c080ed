"""Search for the scales that each class of a trained network should use, on labelled pages."""
import copy
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import mmcv
import numpy as np
import torch
from tqdm import tqdm

from ..datasets import build_dataset
from ..datasets.config_loaders import test_loader
from ..inference import Fusion, as_page
from ..inference.found_layers import FoundLayers, mean_iou
from ..inference.layer_search import Choice, LayerCounts
from ..inference.views import best_classes
from ..models.detectors import BaseDetector
from ..utils import get_device
from ..utils.errors import InputError
from ..utils.util_distribution import to_device
from .inference import init_segmentor

_FOUND = 1e-3  # IoU above which a class counts as found

Page = tuple[torch.Tensor, torch.Tensor]  # scores (S, K, H, W) of each scale, label (H, W)


def find_layers(cfg: mmcv.Config, checkpoint: str | Path,
                scales: Sequence[float] | None = None) -> FoundLayers:
    """Try which scales each class should use on the pages of ``cfg.data.val``.

    Each page is seen once at each scale; all choices are counted from that, with a constant amount
    of memory (see :mod:`mmseg.inference.layer_search`). Nothing is drawn at random. Where at some
    pixels more classes compete than can be counted exactly, the two final rows are counted again
    by fusing every page.

    Args:
        cfg: A loaded config.
        checkpoint: A file or address.
        scales: Ratios to the test's ``img_scale``; None takes those of the config.

    Raises:
        InputError: The config tests at a single scale and ``scales`` does not say more, a scale is
            not above 0 or is given twice, or the pages have no labels.
    """
    cfg, scales = _with_scales(cfg, scales)
    dataset = build_dataset(cfg.data.val, dict(test_mode=True))
    model = init_segmentor(cfg, checkpoint, cfg.get('device') or get_device())
    if model.num_classes == 0 or isinstance(model, BaseDetector):
        raise InputError('layers say which scales a class of pixels uses, but '
                         f'{type(model).__name__} has no scores of pixels')
    classes = tuple(dataset.CLASSES)
    if len(classes) != model.num_classes:
        raise InputError(f'the data have {len(classes)} classes ({", ".join(classes)}), but the '
                         f'network {model.num_classes}')
    counts = LayerCounts(model.num_classes if model.out_channels > 1 else 1, scales,
                         getattr(dataset, 'ignore_index', 255))
    for scores, label in _pages(model, dataset, cfg, scales, 'pages'):
        counts.add(scores, label)
    everything: Choice = (len(counts.sets) - 1, ) * len(classes)
    best = counts.best()
    before, after = counts.iou(everything), counts.iou(best)
    if counts.trimmed:
        pages = _pages(model, dataset, cfg, scales, 'counting again')
        before, after = _recount(pages, counts, [everything, best])
    lost = [not np.any(np.nan_to_num(column) > _FOUND) for column in
            np.stack([iou for _, iou in counts.uniform()]).T]
    missing = tuple(name for name, never in zip(classes, lost) if never)
    if mean_iou(after) <= mean_iou(before) or len(classes) - len(missing) < 2:
        best, after = everything, before
    return FoundLayers(
        classes, scales, {classes[k]: list(found) for k, found in counts.layers(best).items()},
        before, after, counts.changes(everything), np.stack([iou for _, iou in counts.uniform()]),
        [tuple(scales[place] for place in chosen) for chosen in counts.sets], len(dataset),
        missing)


def _with_scales(cfg: mmcv.Config,
                 scales: Sequence[float] | None) -> tuple[mmcv.Config, tuple[float, ...]]:
    """A copy of ``cfg`` whose validation sees ``scales``, and these in ascending order."""
    cfg = copy.deepcopy(cfg)
    parts = cfg.data.val if isinstance(cfg.data.val, (list, tuple)) else [cfg.data.val]
    steps = [step for part in parts for step in part.get('pipeline', [])
             if step.get('type') == 'MultiScaleFlipAug']
    if not steps:
        raise InputError('scales are those of MultiScaleFlipAug, which data.val.pipeline does not '
                         'have')
    if scales is None:
        ratios = steps[0].get('img_ratios')
        scales = [ratios] if isinstance(ratios, (int, float)) else ratios or [1.]
    if len(scales) < 2:
        raise InputError('the config tests at a single scale, so there is nothing to choose from; '
                         'name several with --scales, such as --scales 0.5 1.0 1.5')
    if min(scales) <= 0 or len(set(scales)) < len(scales):
        raise InputError('scales must be different ratios above 0, got '
                         + ', '.join(f'{scale:g}' for scale in scales))
    ordered = tuple(sorted(float(scale) for scale in scales))
    for step in steps:
        several = step.get('img_scale')
        if isinstance(several, list) and several and isinstance(several[0], (list, tuple)):
            step['img_scale'] = several[0]
        step['img_ratios'] = list(ordered)
    cfg.data.val_dataloader = {**cfg.data.get('val_dataloader', {}), 'samples_per_gpu': 1}
    return cfg, ordered


def _pages(model: Any, dataset: Any, cfg: mmcv.Config, scales: tuple[float, ...],
           what: str) -> Iterator[Page]:
    """Scores of each scale and the labels, page by page."""
    device = next(model.parameters()).device
    loader = test_loader(dataset, cfg, False, 'val')
    for index, data in enumerate(tqdm(loader, desc=what, unit='page')):
        page = to_device(data, device)
        with torch.no_grad():
            scores = _scores_of_scales(model, page['img'], page['img_metas'], scales)
        number, place = index, dataset
        if hasattr(dataset, 'get_dataset_idx_and_sample_idx'):
            part, number = dataset.get_dataset_idx_and_sample_idx(index)
            place = dataset.datasets[part]
        label = torch.from_numpy(np.ascontiguousarray(place.get_gt_seg_map_by_idx(number)))
        if label.shape != scores.shape[2:]:
            name = page['img_metas'][0][0].get('filename')
            raise InputError(f'{name} is {tuple(scores.shape[2:])}, but its label map is '
                             f'{tuple(label.shape)} (height, width)')
        yield scores, label


def _scores_of_scales(model: Any, imgs: list, metas: list,
                      scales: tuple[float, ...]) -> torch.Tensor:
    """(S, K, H, W) at the page's size, mirror images averaged within their scale."""
    found: list[torch.Tensor | None] = [None] * len(scales)
    views = [0] * len(scales)
    for img, meta in zip(imgs, metas, strict=True):
        seen = meta[0].get('view_scale', 1.)
        place = min(range(len(scales)), key=lambda number: abs(scales[number] - seen))
        scores = as_page(model.inference(img, meta, True)).seg[0].float()
        before = found[place]
        found[place] = scores if before is None else before + scores
        views[place] += 1
    return torch.stack([total / count for total, count in zip(found, views) if total is not None])


def _recount(pages: Iterator[Page], counts: LayerCounts,
             choices: list[Choice]) -> list[np.ndarray]:
    """IoU (K,) of each choice, by fusing the pages so."""
    areas = np.zeros((len(choices), 3, counts.num_classes))
    for scores, label in pages:
        kept = label != counts.ignore_index
        for number, choice in enumerate(choices):
            fusion = Fusion(counts.layers(choice))
            for view, scale in zip(scores, counts.scales):
                fusion.add(view[None], scale)
            pred, true = best_classes(fusion.mean())[0].long().cpu()[kept], label[kept].long()
            areas[number] += [torch.bincount(some, minlength=counts.num_classes).numpy()
                              for some in (pred[pred == true], pred, true)]
    return [right / np.where(pred + true > 0, pred + true - right, np.nan)
            for right, pred, true in areas]

