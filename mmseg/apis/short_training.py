"""The same short training for several configs, and what each network then costs and scores."""
import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import mmcv

from ..core.evaluation.report import write_json
from ..datasets import build_dataset
from ..models import OutputNames, build_segmentor
from ..utils import get_device, setup_multi_processes
from ..utils.config import load_config
from ..utils.errors import InputError
from ..utils.logger import without_init_lines
from .evaluate import evaluate_checkpoint
from .train import set_random_seed, train_segmentor


def short_config(filename: str, pages: str, *, iterations: int, batch: int, crop: int,
                 page: int, least_lr: float) -> mmcv.Config:
    """Return a config of pages with little to train: small pages, no weights to begin with.

    Args:
        filename: Of the config.
        pages: Folder with the pages.
        iterations: Of the training; a tenth of them is the warm-up.
        batch: Crops an iteration.
        crop: Their height and width in pixels.
        page: The pages' longer side in pixels, in training and testing.
        least_lr: Learning rate of configs whose own is smaller, as that of fine-tuning is.
    """
    cfg = load_config(filename, {'data_root': pages})
    cfg.model.pretrained = None
    for part in ('train', 'val', 'test'):
        for step in _steps(cfg.data[part].pipeline):
            if 'img_scale' in step:
                step.img_scale = (page, page)
            for key in ('crop_size', 'size'):
                if step.get(key) is not None:
                    step[key] = (crop, crop)
    cfg.data.update(samples_per_gpu=batch, workers_per_gpu=0)
    cfg.runner.max_iters = iterations
    cfg.lr_config.update(warmup_iters=max(iterations // 10, 1), warmup_ratio=0.05)
    cfg.optimizer.lr = max(cfg.optimizer.lr, least_lr)
    cfg.checkpoint_config = dict(by_epoch=False, interval=iterations)
    cfg.log_config.interval = max(iterations // 10, 1)
    cfg.update(device=get_device(), gpu_ids=[0], seed=0)
    return cfg


def _steps(pipeline: list) -> Iterator[Any]:
    """All transforms of a pipeline, those inside others too."""
    for step in pipeline:
        yield step
        yield from _steps(step.get('transforms', []))


def train_and_score(cfg: mmcv.Config, work_dir: str) -> dict[str, float]:
    """Return minutes of training, mIoU, IoU of each class and page-type accuracy (ratios).

    A config whose name has ``_layered_`` is a way of testing: it takes the weights in the
    neighbouring ``work_dir`` of the config without it.

    Raises:
        InputError: Those weights are not there.
    """
    source = work_dir.replace('_layered_', '_')
    weights = os.path.join(source, 'latest.pth')
    setup_multi_processes(cfg)
    row = {}
    if source == work_dir:
        mmcv.mkdir_or_exist(work_dir)
        cfg.work_dir = work_dir
        set_random_seed(cfg.seed)
        dataset = build_dataset(cfg.data.train)
        names = OutputNames.of(dataset)
        model = build_segmentor(cfg.model, names=names)
        with without_init_lines():
            model.init_weights()
        begun = time.perf_counter()
        train_segmentor(model, dataset, cfg, meta=names._asdict())
        row['minutes'] = (time.perf_counter() - begun) / 60
    elif not os.path.isfile(weights):
        raise InputError(f'{weights} is not there: compare the config without _layered_ first')
    scores = evaluate_checkpoint(cfg, weights, metrics=['mIoU']) or {}
    row.update({name: value for name, value in scores.items()
                if name in ('mIoU', 'page_acc') or name.startswith('IoU.')})
    return row


def keep(row: Mapping[str, Any], file: str) -> dict[str, Any]:
    """Add ``row`` to what a JSON file holds, and return all of it."""
    known = json.loads(Path(file).read_text()) if os.path.isfile(file) else {}
    known.update(row)
    write_json(known, file)
    return known
