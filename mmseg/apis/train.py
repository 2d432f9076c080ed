"""Training a network on one or several processes, with mmcv's runners and hooks."""
import copy
import os
import random
import time
from pathlib import Path
from typing import Any

import mmcv
import numpy as np
import torch
import torch.distributed as dist
from mmcv.cnn.utils import revert_sync_batchnorm
from mmcv.runner import (
    HOOKS,
    CheckpointHook,
    CheckpointLoader,
    DistSamplerSeedHook,
    EpochBasedRunner,
    build_runner,
    get_dist_info,
)

from ..core import DistEvalHook, EvalHook, build_optimizer, build_optimizer_hook
from ..core import runner as _runners
from ..core.hook.progress import ProgressBarHook
from ..core.hook.stop import StopHook
from ..core.resume import choose_checkpoint, resume
from ..core.utils import check_dist_init, sync_random_seed
from ..datasets import build_dataset
from ..datasets.config_loaders import test_loader, train_loader
from ..layout.counting import count_regions
from ..utils import build_ddp, build_dp, get_root_logger
from ..utils.atomic_write import remove_parts
from ..utils.checkpoint import load_weights
from ..utils.compiled import compile_parts
from ..utils.errors import InputError
from ..utils.stopping import EXIT_CODE, StopTraining, sigterm_noted
from ..utils.util_distribution import chosen_device


def init_random_seed(seed: int | None = None, device: str = 'cuda') -> int:
    """Return ``seed``, or a random one that is the same in every process.

    Args:
        seed: None draws one.
        device: Without effect; processes exchange it where their group needs it.
    """
    return seed if seed is not None else sync_random_seed()


def set_random_seed(seed: int, deterministic: bool = False) -> None:
    """Seed Python, numpy and torch; ``deterministic`` also does so for cuDNN."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    if deterministic:
        torch.backends.cudnn.deterministic = True
        torch.backends.cudnn.benchmark = False


def _parallel(model: torch.nn.Module, cfg: mmcv.Config, distributed: bool) -> torch.nn.Module:
    """The network on its device, in the wrapper that unpacks batches."""
    device = chosen_device(cfg.get('device'), list(cfg.get('gpu_ids') or [0])[0]
                           if not distributed else None)
    if not distributed or device.type == 'cpu':  # SyncBN needs nccl to exchange its statistics
        model = revert_sync_batchnorm(model)
    if cfg.get('channels_last', False):
        model = model.to(memory_format=torch.channels_last)
    compile_parts(model, cfg)
    if distributed:
        return build_ddp(model, device, broadcast_buffers=False,
                         find_unused_parameters=cfg.get('find_unused_parameters', False))
    return build_dp(model, device)


def _register_evaluation(runner: Any, cfg: mmcv.Config, distributed: bool) -> None:
    """Register tests on ``data.val`` during training, as set in ``evaluation``."""
    dataset = build_dataset(cfg.data.val, dict(test_mode=True))
    loader = test_loader(dataset, cfg, distributed, 'val')
    evaluation = dict(cfg.get('evaluation', {}))
    count_regions(dataset, cfg, evaluation.get('metric'))
    evaluation.setdefault('by_epoch', isinstance(runner, EpochBasedRunner))
    hook = DistEvalHook if distributed else EvalHook
    # After the checkpoint of the same iteration, before the log that shows the scores.
    runner.register_hook(hook(loader, **evaluation), priority='LOW')


# Averaged weights belong into the checkpoint of their iteration, which is written at NORMAL; scores
# are there after the evaluation, which is at LOW.
_PRIORITIES = {'EMAHook': 'ABOVE_NORMAL', 'EarlyStoppingHook': 'LOW'}


def _register_custom_hooks(runner: Any, configs: list) -> None:
    if not isinstance(configs, list):
        raise InputError(f'custom_hooks must be a list of configs, got {type(configs).__name__}')
    for config in configs:
        config = dict(config)
        priority = config.pop('priority', _PRIORITIES.get(str(config.get('type')), 'NORMAL'))
        runner.register_hook(mmcv.build_from_cfg(config, HOOKS), priority=priority)


def scale_learning_rate(cfg: mmcv.Config, processes: int, logger: Any) -> None:
    """Set ``optimizer.lr`` for the batch that is trained with, where ``auto_scale_lr`` asks for it.

    The rate is proportional to the batch (Goyal et al., "Accurate, Large Minibatch SGD: Training
    ImageNet in 1 Hour", 2017, section 2.1).

    Args:
        cfg: A config, which is changed; with ``auto_scale_lr``: ``enable`` and
            ``base_batch_size``, the pages in a batch of all processes that ``optimizer.lr`` is
            meant for.
        processes: How many share a batch.
        logger: Is told the rate.

    Raises:
        InputError: ``base_batch_size`` is not a number above 0.
    """
    scaling = cfg.get('auto_scale_lr') or {}
    if not scaling.get('enable', False):
        return
    base = scaling.get('base_batch_size')
    if not isinstance(base, int) or base < 1:
        raise InputError('auto_scale_lr.base_batch_size is the number of pages in a batch that '
                         f'optimizer.lr is meant for, 1 or more, got {base!r}')
    batch = processes * {**cfg.data, **cfg.data.get('train_dataloader', {})}['samples_per_gpu']
    before = cfg.optimizer.lr
    cfg.optimizer.lr = before * batch / base
    logger.info(f'auto_scale_lr: optimizer.lr is {cfg.optimizer.lr:.4g} for batches of {batch} '
                f'pages, {before:.4g} is meant for {base}')


def train_segmentor(model: torch.nn.Module, dataset: Any, cfg: mmcv.Config,
                    distributed: bool = False, validate: bool = False,
                    timestamp: str | None = None, meta: dict | None = None) -> None:
    """Train ``model`` with the settings of ``cfg``; checkpoints and logs go to ``cfg.work_dir``.

    Args:
        model: From ``build_segmentor``.
        dataset: A data set, or a list with one for each phase of ``cfg.workflow``.
        cfg: With ``data``, ``optimizer``, ``runner`` and the rest of a 0.x config.
        distributed: Whether a process group is there.
        validate: Test on ``data.val`` at the intervals of ``evaluation``.
        timestamp: Names the log files.
        meta: Kept in every checkpoint; plain Python values only.
    """
    cfg = copy.deepcopy(cfg)  # mmcv takes keys out of what it builds hooks from
    logger = get_root_logger(log_level=cfg.get('log_level', 'INFO'))
    if get_dist_info()[0] == 0:
        remove_parts(cfg.work_dir)
    meta = dict(meta or {})
    if cfg.get('seed') is None or not cfg.get('resume_from'):
        noted = choose_checkpoint(cfg, logger)
        cfg.seed = meta.get('seed', noted) if cfg.get('seed') is None else cfg.seed
    meta.setdefault('seed', cfg.seed)
    phases = dataset if isinstance(dataset, (list, tuple)) else [dataset]
    loaders = [train_loader(phase, cfg, distributed) for phase in phases]
    model = _parallel(model, cfg, distributed)
    scale_learning_rate(cfg, get_dist_info()[1], logger)
    optimizer = build_optimizer(model, cfg.optimizer)
    runner_cfg = cfg.get('runner') or dict(type='IterBasedRunner', max_iters=cfg.total_iters)
    runner = build_runner(runner_cfg, default_args=dict(
        model=model, batch_processor=None, optimizer=optimizer, work_dir=cfg.work_dir,
        logger=logger, meta=meta))
    runner.timestamp = timestamp or time.strftime('%Y%m%d_%H%M%S')
    by_epoch = isinstance(runner, EpochBasedRunner)
    runner.register_training_hooks(
        cfg.lr_config, build_optimizer_hook(cfg.get('optimizer_config'), cfg.get('fp16')),
        cfg.get('checkpoint_config'), cfg.get('log_config'), cfg.get('momentum_config'))
    if distributed and by_epoch:
        runner.register_hook(DistSamplerSeedHook())
    if validate:
        _register_evaluation(runner, cfg, distributed)
    runner.register_hook(ProgressBarHook(), priority='VERY_LOW')
    runner.register_hook(StopHook(), priority='LOWEST')
    _register_custom_hooks(runner, cfg.get('custom_hooks', []))
    _load_or_resume(runner, cfg)
    _run(runner, loaders, cfg)


def _load_or_resume(runner: Any, cfg: mmcv.Config) -> None:
    """Resume from ``resume_from``, or start from the weights in ``load_from``."""
    if cfg.get('resume_from'):
        resume(runner, cfg)
    elif cfg.get('load_from'):
        loaded = CheckpointLoader.load_checkpoint(cfg.load_from, map_location='cpu')
        load_weights(_runners.module_of(runner.model), loaded, cfg.load_from, strict=False,
                     logger=runner.logger)


def _run(runner: Any, loaders: list, cfg: mmcv.Config) -> None:
    """Run to the end, or after SIGTERM to the end of the iteration.

    Raises:
        SystemExit: With 143, after SIGTERM and a checkpoint.
    """
    with sigterm_noted():
        try:
            runner.run(loaders, cfg.get('workflow', [('train', 1)]))
        except StopTraining as stop:
            if runner.rank == 0:
                _save_for_later(runner, cfg)
            if stop.together and check_dist_init():
                dist.barrier()  # no process may end the others while the first one writes
            raise SystemExit(EXIT_CODE) from None


def _save_for_later(runner: Any, cfg: mmcv.Config) -> None:
    """Save the state of the run, unless the checkpoint hook has just done so."""
    folder = next((hook.out_dir for hook in runner.hooks if isinstance(hook, CheckpointHook)),
                  cfg.work_dir)
    name, latest = f'iter_{runner.iter + 1}.pth', Path(folder, 'latest.pth')
    if not (latest.is_symlink() and os.readlink(latest) == name and latest.is_file()):
        runner.save_checkpoint(folder, filename_tmpl=name)
    runner.logger.info(f'SIGTERM came: the training is saved in {Path(folder, name)} and ends; '
                       'resume from there with --auto-resume')
