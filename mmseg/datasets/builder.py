"""Data sets and loaders built from config dicts."""
from __future__ import annotations

import reprlib
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
from mmcv.runner import get_dist_info
from mmcv.utils import Registry
from torch.utils.data import DataLoader, Dataset, IterableDataset

from mmseg.utils.errors import InputError
from mmseg.utils.registry import build_from_cfg

from .loader import PageLoader, collate_pages, worker_init_fn
from .packed_backend import reading_of
from .samplers import SAMPLERS, DistributedSampler, PageSampler

DATASETS = Registry('dataset', build_func=build_from_cfg)
PIPELINES = Registry('pipeline', build_func=build_from_cfg)

# keys that may list one value per part of a concatenated data set
_PER_PART = ('img_dir', 'ann_dir', 'split')


def build_dataset(cfg: Mapping[str, Any] | Sequence[Any],
                  default_args: dict[str, Any] | None = None) -> Dataset:
    """Return the data set that ``cfg`` describes.

    A list of configs, or lists under ``img_dir``, ``ann_dir`` or ``split``, give a ConcatDataset.
    The wrappers RepeatDataset, MultiImageMixDataset, ConcatDataset and MixedDataset hold the
    configs of what they wrap.

    Args:
        cfg: ``type`` and the arguments of the data set, or a list of such dicts.
        default_args: Arguments for every inner data set that does not give them.

    Raises:
        InputError: Lists of different length, or a key or type that does not exist.
    """
    if isinstance(cfg, (list, tuple)):
        return _concatenated(cfg, default_args)
    if not isinstance(cfg, Mapping):
        raise InputError('a data set is described by a dict with its type, got '
                              f'{type(cfg).__name__}: {reprlib.repr(cfg)}')
    args = dict(cfg)
    kind = args.get('type')
    if kind in ('ConcatDataset', 'MixedDataset'):
        args['datasets'] = [build_dataset(part, default_args) for part in args['datasets']]
        return build_from_cfg(args, DATASETS)
    if kind in ('RepeatDataset', 'MultiImageMixDataset') and 'dataset' in args:
        args['dataset'] = build_dataset(args['dataset'], default_args)
        return build_from_cfg(args, DATASETS)
    if kind == 'CustomDataset' and 'data_prefix' in args:  # as MMClassification calls it
        args['type'] = 'PageTypeDataset'
    if any(isinstance(args.get(key), (list, tuple)) for key in _PER_PART):
        separate_eval = args.pop('separate_eval', True)
        return _concatenated(_parts(args), default_args, separate_eval=separate_eval)
    return build_from_cfg(args, DATASETS, default_args)


def _concatenated(parts: Sequence[Any], default_args: dict[str, Any] | None,
                  **options: Any) -> Dataset:
    """The data sets of several configs as one."""
    datasets = [build_dataset(part, default_args) for part in parts]
    return build_from_cfg(dict(type='ConcatDataset', datasets=datasets, **options), DATASETS)


def _parts(cfg: dict[str, Any]) -> list[dict[str, Any]]:
    """One config for each entry of the listed keys; a single value serves all parts."""
    listed = {key: cfg[key] for key in _PER_PART if isinstance(cfg.get(key), (list, tuple))}
    lengths = {key: len(values) for key, values in listed.items()}
    number = max(lengths.values())
    if any(length not in (1, number) for length in lengths.values()):
        raise InputError('lists under img_dir, ann_dir and split must have the same length, got '
                         + ', '.join(f'{length} for {key}' for key, length in lengths.items()))
    return [{**cfg, **{key: values[i if len(values) > 1 else 0]
                       for key, values in listed.items()}} for i in range(number)]


def build_dataloader(dataset: Dataset,
                     samples_per_gpu: int,
                     workers_per_gpu: int,
                     num_gpus: int = 1,
                     dist: bool = True,
                     shuffle: bool = True,
                     seed: int | None = None,
                     drop_last: bool = False,
                     pin_memory: bool = True,
                     persistent_workers: bool = True,
                     sampler_cfg: Mapping[str, Any] | None = None,
                     **kwargs: Any) -> DataLoader:
    """Return a loader of mmcv batches, in which DataContainers are stacked per GPU.

    Args:
        dataset: What to load.
        samples_per_gpu: Pages per GPU and batch.
        workers_per_gpu: Loading processes per GPU; 0 loads in this process.
        num_gpus: GPUs that this process feeds; used only where ``dist`` is False.
        dist: Whether each process loads its own share of the pages.
        shuffle: Whether every epoch has its own order.
        seed: Makes order and workers repeat; None takes what torch drew.
        drop_last: Whether to leave out a last batch that is not full.
        pin_memory: Page-locked batches, which GPUs fetch faster; without a GPU it is left out.
        persistent_workers: Keep workers from epoch to epoch, where there are any.
        sampler_cfg: Another order of the pages, such as ``dict(type='RepeatAugSampler')``, which is
            built with the data set, the number of processes, the own number, and the seed.
        **kwargs: Handed to torch's DataLoader.

    Raises:
        InputError: ``sampler_cfg`` for a data set that defines its own order.
    """
    rank, world_size = get_dist_info()
    sampler, share = None, 1 if dist else max(num_gpus, 1)
    # Of its own, so that loaders and the rest of a run do not change each other's draws.
    generator = torch.Generator()
    first_seed = int(torch.empty((), dtype=torch.int64).random_()) if seed is None else seed
    generator.manual_seed((first_seed + rank) % 2**63)
    if sampler_cfg is not None:
        if isinstance(dataset, IterableDataset):
            raise InputError(f'{type(dataset).__name__} defines the order of its pages itself, so '
                             f"it cannot take the sampler {sampler_cfg.get('type')}")
        sampler = build_from_cfg(dict(sampler_cfg), SAMPLERS, dict(
            dataset=dataset, num_replicas=world_size if dist else 1, rank=rank if dist else 0,
            shuffle=shuffle, seed=first_seed))
    elif not isinstance(dataset, IterableDataset):
        order: dict[str, Any] = dict(shuffle=shuffle, reading=reading_of(dataset),
                                     batch=share * samples_per_gpu)
        sampler = (DistributedSampler(dataset, world_size, rank, seed=seed, **order) if dist
                   else PageSampler(dataset, seed=first_seed, **order))
    kwargs.setdefault('worker_init_fn', partial(
        worker_init_fn, num_workers=share * workers_per_gpu, rank=rank, seed=None))
    return PageLoader(
        dataset,
        batch_size=share * samples_per_gpu,
        sampler=sampler,
        num_workers=share * workers_per_gpu,
        collate_fn=partial(collate_pages, samples_per_gpu=samples_per_gpu),
        pin_memory=pin_memory and torch.cuda.is_available(),
        drop_last=drop_last,
        persistent_workers=persistent_workers and share * workers_per_gpu > 0,
        **{'generator': generator, **kwargs})
