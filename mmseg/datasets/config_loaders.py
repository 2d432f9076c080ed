"""Data loaders as a config's ``data`` describes them."""
import copy
from collections.abc import Iterator, Mapping
from typing import Any

import mmcv
from torch.utils.data import DataLoader

from ..utils.errors import InputError
from .builder import build_dataloader

AUG_RATIOS = [0.5, 0.75, 1.0, 1.25, 1.5, 1.75]

_NOT_OPTIONS = ('train', 'val', 'test', 'train_dataloader', 'val_dataloader', 'test_dataloader')


def _common(cfg: mmcv.Config, distributed: bool) -> dict[str, Any]:
    """Options in ``data`` itself, which apply to every loader."""
    return dict(num_gpus=len(cfg.get('gpu_ids', [0])), dist=distributed, seed=cfg.get('seed'),
                **{key: value for key, value in cfg.data.items() if key not in _NOT_OPTIONS})


def train_loader(dataset: Any, cfg: mmcv.Config, distributed: bool) -> DataLoader:
    """Return a shuffled loader; ``data.train_dataloader`` overrides ``data``.

    Args:
        dataset: What it reads.
        cfg: With ``data``, and ``sampler`` where pages come in another order.
        distributed: Whether each process takes its share.
    """
    options = dict(_common(cfg, distributed), drop_last=True, sampler_cfg=cfg.get('sampler'))
    return build_dataloader(dataset, **{**options, **cfg.data.get('train_dataloader', {})})


def test_loader(dataset: Any, cfg: mmcv.Config, distributed: bool, part: str) -> DataLoader:
    """Return a loader in the pages' order, one page at a time unless the config says otherwise.

    Args:
        dataset: What it reads.
        cfg: With ``data``; ``data.<part>_dataloader`` overrides.
        distributed: Whether each process takes its share.
        part: ``'val'`` or ``'test'``.
    """
    options = dict(_common(cfg, distributed), samples_per_gpu=1, shuffle=False)
    return build_dataloader(dataset, **{**options, **cfg.data.get(f'{part}_dataloader', {})})


def _data_sets(part: Any) -> Iterator[dict]:
    """The configs of the data sets within lists and wrappers, those with a pipeline."""
    if isinstance(part, (list, tuple)):
        for item in part:
            yield from _data_sets(item)
    elif isinstance(part, Mapping):
        inner = part.get('dataset') or part.get('datasets')
        if inner is not None:
            yield from _data_sets(inner)
        elif 'pipeline' in part:
            yield part  # type: ignore[misc]


def with_pipeline(val: Any, train: Any) -> Any:
    """Return the config of ``val`` whose data sets prepare pages as those of ``train`` do.

    Args:
        val: A data set, a list of some or a wrapper.
        train: A data set, a list of some or a wrapper; the pipeline of its first data set is used.

    Raises:
        InputError: ``train`` has no data set with a pipeline.
    """
    pipeline = next((found['pipeline'] for found in _data_sets(train)), None)
    if pipeline is None:
        raise InputError('workflow with val needs a pipeline in data.train, which has none')
    changed = copy.deepcopy(val)
    for found in _data_sets(changed):
        found['pipeline'] = copy.deepcopy(pipeline)
    return changed


def add_views(test: Any) -> None:
    """Let the data sets of ``test`` give six scales of each page and their mirror images.

    Args:
        test: The config of a data set, a list of some or a wrapper; it is changed.

    Raises:
        InputError: A pipeline without MultiScaleFlipAug.
    """
    for part in _data_sets(test):
        views = [step for step in part['pipeline'] if step.get('type') == 'MultiScaleFlipAug']
        if not views:
            raise InputError('--aug-test needs MultiScaleFlipAug in the pipeline of data.test, '
                             f"which has {', '.join(str(s.get('type')) for s in part['pipeline'])}")
        for step in views:
            step.update(img_ratios=AUG_RATIOS, flip=True)
