"""Search for the scales that each class of a trained network should use, on labelled pages."""
import copy
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import mmcv
import numpy as np
import torch
from prettytable import PrettyTable
from tqdm import tqdm

from ..datasets import build_dataset
from ..datasets.config_loaders import test_loader
from ..inference import Fusion, as_page
from ..inference.layer_search import Choice, LayerCounts
from ..utils import get_device
from ..utils.errors import InputError
from ..utils.util_distribution import to_device
from .inference import init_segmentor

_FOUND = 1e-3  # IoU above which a class counts as found

Page = tuple[torch.Tensor, torch.Tensor]  # scores (S, K, H, W) of each scale, label (H, W)


class FoundLayers(NamedTuple):
    """Result of a search.

    Args:
        classes: Their names.
        scales: Those that were tried, ascending.
        layers: Class name → scales, for ``model.test_cfg.layers``; empty where the mean over all
            scales is best.
        before: IoU (K,) of the mean over all scales.
        after: IoU (K,) with ``layers``.
        table: (K, M, K), IoU of all classes when one class takes a set of scales and the others
            are means over all.
        uniform: (M, K), IoU when all classes take a set.
        sets: The M sets of scales, the last one with them all.
        pages: How many were counted.
        missing: Classes whose IoU is 0 with every set of scales; with fewer than two others there
            is nothing to choose, and ``layers`` is empty.
    """

    classes: tuple[str, ...]
    scales: tuple[float, ...]
    layers: dict[str, list[float]]
    before: np.ndarray
    after: np.ndarray
    table: np.ndarray
    uniform: np.ndarray
    sets: list[tuple[float, ...]]
    pages: int
    missing: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The line for a config."""
        inside = ', '.join(f'{name!r}: {scales}' for name, scales in self.layers.items())
        return f'model = dict(test_cfg=dict(layers={{{inside}}}))'

    def text(self) -> str:
        """Tables of the scores in percent."""
        names = [' '.join(f'{scale:g}' for scale in chosen) for chosen in self.sets]
        names[-1] += ' (all)'
        alone = _table(['scales of all classes', *self.classes, 'mIoU'],
                       [[name, *_percents(iou)] for name, iou in zip(names, self.uniform)])
        one = _table(['its scales', *self.classes],
                     [[name, *(f'{_percent(self.table[k, m, k])}  ({_percent(_mean(column))})'
                               for k, column in enumerate(self.table[:, m]))]
                      for m, name in enumerate(names)])
        used = [' '.join(f'{scale:g}' for scale in self.layers.get(name, self.scales))
                for name in self.classes]
        result = _table(['', *self.classes, 'mIoU'],
                        [['mean over all scales', *_percents(self.before)],
                         ['with these layers', *_percents(self.after)], ['scales', *used, '']])
        return (f'All classes with the same scales, IoU in percent, {self.pages} pages:\n{alone}\n'
                f'One class with other scales than the rest, which uses all: its IoU, and in '
                f'brackets mIoU:\n{one}\nTogether:\n{result}{self._warning()}')

    def _warning(self) -> str:
        """A warning on classes that no scale finds."""
        if not self.missing:
            return ''
        text = (f'\nNo scale finds {", ".join(self.missing)} on these pages (IoU 0): their scales '
                'mean nothing')
        if len(self.classes) - len(self.missing) < 2:
            text += '; no layers are recommended, train the network first'
        return text

    def report(self) -> dict[str, Any]:
        """Everything as plain values, unrounded."""
        return dict(
            pages=self.pages, scales=list(self.scales), layers=self.layers,
            mIoU=_mean(self.after), mIoU_all_scales=_mean(self.before),
            IoU=dict(zip(self.classes, self.after.tolist())),
            IoU_all_scales=dict(zip(self.classes, self.before.tolist())),
            same_scales_for_all=[dict(scales=chosen, mIoU=_mean(iou),
                                      IoU=dict(zip(self.classes, iou.tolist())))
                                 for chosen, iou in zip(self.sets, self.uniform)],
            one_class_alone={name: [dict(scales=chosen, IoU=iou[k], mIoU=_mean(iou))
                                    for chosen, iou in zip(self.sets, self.table[k])]
                             for k, name in enumerate(self.classes)})


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
    if _mean(after) <= _mean(before) or len(classes) - len(missing) < 2:
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
            pred, true = fusion.mean()[0].argmax(dim=0).cpu()[kept], label[kept].long()
            areas[number] += [torch.bincount(some, minlength=counts.num_classes).numpy()
                              for some in (pred[pred == true], pred, true)]
    return [right / np.where(pred + true > 0, pred + true - right, np.nan)
            for right, pred, true in areas]




def _mean(iou: np.ndarray) -> float:
    return float(np.nanmean(iou))


def _percent(value: float) -> str:
    return '–' if np.isnan(value) else f'{100 * value:.2f}'


def _percents(iou: np.ndarray) -> list[str]:
    return [_percent(value) for value in (*iou, _mean(iou))]


def _table(head: Sequence[str], rows: list[list[str]]) -> str:
    table = PrettyTable()
    table.field_names = [str(i) for i in range(len(head))]  # two classes may share a name
    table.header = False
    table.add_row(list(head), divider=True)
    table.add_rows(rows)
    return table.get_string()
