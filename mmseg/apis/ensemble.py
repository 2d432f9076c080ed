"""Ensembles: the mean scores of several networks for the same pages."""
import copy
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import mmcv
import torch
from tqdm import tqdm

from ..core.evaluation.report import write_json
from ..datasets import build_dataset
from ..datasets.config_loaders import add_views, test_loader
from ..inference import PageScores
from ..inference.views import best_classes
from ..models.detectors import BaseDetector
from ..utils.errors import InputError
from ..utils.label_files import write_label_map
from ..utils.util_distribution import to_device
from .inference import init_segmentor


def ensemble(cfgs: Sequence[mmcv.Config], checkpoints: Sequence[str], out: str | Path,
             gpus: Sequence[int] = (0, ), aug_test: bool = False) -> int:
    """Write a label map for each page of the first config's test data; return how many.

    Each network sees the pages through its own test pipeline and with its own ``test_cfg``; the
    scores have the size of the page and are averaged, also those of page types among the networks
    that give them. Label maps are PNG files in ``out`` that hold class indices, under the names of
    the images; page types go into ``page_types.json``.

    Args:
        cfgs: One for each network.
        checkpoints: One for each network.
        out: A folder.
        gpus: Networks are dealt out to these in turn; without a GPU all run on the CPU.
        aug_test: Six scales and mirror images for each.

    Raises:
        InputError: Not as many checkpoints as configs, or networks that tell different classes
            apart.
    """
    if len(cfgs) != len(checkpoints) or not cfgs:
        raise InputError(f'an ensemble needs a checkpoint for each config, got {len(cfgs)} configs '
                         f'and {len(checkpoints)} checkpoints')
    models = []
    for number, (cfg, checkpoint) in enumerate(zip(cfgs, checkpoints, strict=True)):
        device = f'cuda:{gpus[number % len(gpus)]}' if torch.cuda.is_available() else 'cpu'
        models.append(init_segmentor(cfg, checkpoint, device))
    _check_same(models, checkpoints)
    datasets = [_with_pipeline(cfgs[0], cfg, aug_test) for cfg in cfgs]
    pages = [_scores(model, dataset, cfg)
             for model, dataset, cfg in zip(models, datasets, cfgs, strict=True)]
    types: dict[str, dict] = {}
    names = models[0].PAGE_CLASSES or datasets[0].PAGE_CLASSES
    progress = tqdm(zip(*pages, strict=True), total=len(datasets[0]), desc='pages', unit='page')
    for index, scores in enumerate(progress):
        mean = mean_scores(scores)
        name = _name(datasets[0], index)
        seg = mean.seg
        pred = best_classes(seg[None])[0] if len(seg) > 1 else seg[0] > (models[0].threshold or 0.5)
        write_label_map(str(Path(out, name)), pred.cpu().numpy(), datasets[0].PALETTE)
        if mean.cls is not None:
            label = int(mean.cls.argmax())
            types[name] = dict(label=label, name=names[label] if names else None,
                               scores=mean.cls.tolist())
    if types:
        write_json(types, Path(out, 'page_types.json'))
    return len(datasets[0])


def mean_scores(scores: Sequence[PageScores]) -> PageScores:
    """The mean of several networks' scores of one page: (K, H, W), and (C,) of those with types.

    The mean is taken on the device of the first one.
    """
    device = scores[0].seg.device
    total = scores[0].seg
    for other in scores[1:]:
        total = total + other.seg.to(device)
    types = [page.cls.to(device) for page in scores if page.cls is not None]
    return PageScores(total / len(scores), torch.stack(types).mean(dim=0) if types else None)


def _check_same(models: Sequence[Any], checkpoints: Sequence[str]) -> None:
    """Raise InputError unless all networks have the same classes and page types."""
    for what in ('CLASSES', 'PAGE_CLASSES'):
        known = [(list(getattr(model, what)), checkpoint)
                 for model, checkpoint in zip(models, checkpoints, strict=True)
                 if getattr(model, what) and (what == 'CLASSES' or model.with_cls_head)]
        for names, checkpoint in known[1:]:
            if names != known[0][0]:
                kind = 'classes' if what == 'CLASSES' else 'page types'
                raise InputError(
                    f'networks of an ensemble need the same {kind}, but {known[0][1]} has '
                    f'{", ".join(known[0][0])} and {checkpoint} has {", ".join(names)}')
    for model, checkpoint in zip(models, checkpoints, strict=True):
        if model.num_classes == 0 or isinstance(model, BaseDetector):
            raise InputError(f'an ensemble writes label maps, but {checkpoint} is of a '
                             f'{type(model).__name__}, which has no scores of pixels')
        if model.out_channels != models[0].out_channels:
            raise InputError(f'networks of an ensemble need the same classes, but {checkpoints[0]} '
                             f'has {models[0].out_channels} and {checkpoint} has '
                             f'{model.out_channels}')


def _with_pipeline(data: mmcv.Config, own: mmcv.Config, aug_test: bool) -> Any:
    """The test pages of ``data``, prepared as ``own`` says."""
    part = copy.deepcopy(data.data.test)
    if isinstance(part, (list, tuple)) or 'pipeline' not in part:
        raise InputError('an ensemble needs data.test to be one data set with a pipeline')
    part.pipeline = copy.deepcopy(own.data.test.pipeline)
    if aug_test:
        add_views(part)
    return build_dataset(part, dict(test_mode=True))


def _scores(model: Any, dataset: Any, cfg: mmcv.Config) -> Iterator[PageScores]:
    """Scores of a network for each page: (K, H, W), and (C,) if it gives page types."""
    cfg = copy.deepcopy(cfg)
    cfg.data.test_dataloader = {**cfg.data.get('test_dataloader', {}), 'samples_per_gpu': 1}
    device = next(model.parameters()).device
    for data in test_loader(dataset, cfg, False, 'test'):
        page = to_device(data, device)
        with torch.no_grad():
            scores = model.test_scores(page['img'], page['img_metas'])
        yield PageScores(scores.seg[0].float(),
                         None if scores.cls is None else scores.cls[0].float())


def _name(dataset: Any, index: int) -> str:
    """Where the label map of a page is written."""
    if hasattr(dataset, 'get_dataset_idx_and_sample_idx'):
        part, index = dataset.get_dataset_idx_and_sample_idx(index)
        return f'{part}/' + _name(dataset.datasets[part], index)
    return str(Path(dataset.img_infos[index]['filename']).with_suffix('.png'))
