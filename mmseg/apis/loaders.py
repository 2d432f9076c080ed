"""Data loaders as a config's ``data`` describes them."""
from typing import Any

import mmcv
from torch.utils.data import DataLoader

from ..datasets import build_dataloader

_NOT_OPTIONS = ('train', 'val', 'test', 'train_dataloader', 'val_dataloader', 'test_dataloader')


def _common(cfg: mmcv.Config, distributed: bool) -> dict[str, Any]:
    """Options that stand in ``data`` itself and hold for every loader."""
    return dict(num_gpus=len(cfg.get('gpu_ids', [0])), dist=distributed, seed=cfg.get('seed'),
                **{key: value for key, value in cfg.data.items() if key not in _NOT_OPTIONS})


def train_loader(dataset: Any, cfg: mmcv.Config, distributed: bool) -> DataLoader:
    """Return a shuffled loader; ``data.train_dataloader`` overrides what ``data`` says."""
    options = dict(_common(cfg, distributed), drop_last=True)
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
