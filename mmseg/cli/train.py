"""Train a network as a config says."""
from __future__ import annotations

import argparse
import os
import time
from typing import Any

from mmseg.cli.options import DictAction
from mmseg.cli.threads import choose_threads


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.add_argument('config', help='config file')
    parser.add_argument('--work-dir', help='folder for logs and checkpoints '
                        '(default: work_dirs/<name of the config>)')
    parser.add_argument('--load-from', help='checkpoint whose weights the training starts from')
    parser.add_argument('--resume-from',
                        help='checkpoint of an interrupted training to resume from')
    parser.add_argument('--auto-resume', action='store_true',
                        help='resume from the newest checkpoint in the work directory that can be '
                        'read, if there are any')
    parser.add_argument('--no-validate', action='store_true', help='do not test while training')
    parser.add_argument('--no-check', action='store_true', help='do not look for mistakes in the '
                        'first pages (mmseg check looks at all)')
    gpus = parser.add_mutually_exclusive_group()
    gpus.add_argument('--gpus', type=int, help='(0.x; one process uses one GPU: see --gpu-id)')
    gpus.add_argument('--gpu-ids', type=int, nargs='+', help='(0.x; only the first is used)')
    gpus.add_argument('--gpu-id', type=int, default=0, help='index of the GPU, without a launcher')
    parser.add_argument('--seed', type=int, help='random seed (default: that of the run that goes '
                        'on, else drawn; the log has it)')
    parser.add_argument('--diff_seed', '--diff-seed', action='store_true',
                        help='another seed in each process')
    parser.add_argument('--deterministic', action='store_true', help='repeatable cuDNN algorithms')
    parser.add_argument('--options', '--cfg-options', dest='cfg_options', nargs='+',
                        action=DictAction, metavar='KEY=VALUE',
                        help='change config keys, such as data.samples_per_gpu=4 '
                        "model.test_cfg.mode=slide optimizer.betas='[0.9,0.99]'")
    parser.add_argument('--auto-scale-lr', action='store_true', help='scale optimizer.lr with the '
                        'batch, from auto_scale_lr.base_batch_size of the config')
    parser.add_argument('--device', help='where to train: cuda, cpu, ... (default: that of the '
                        'config, else a GPU where there is one)')
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none',
                        help='what started the processes')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0,
                        help='set by older launchers')
    parser.add_argument('--trust', action='store_true',
                        help='read checkpoints that hold pickled objects, which can run code')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    import torch
    from mmcv.runner import get_dist_info

    from mmseg.utils import get_device, init_dist, setup_multi_processes
    from mmseg.utils.checkpoint import trust_pickles
    from mmseg.utils.config import load_config, require

    trust_pickles(args.trust)
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    cfg = load_config(args.config, args.cfg_options)
    require(cfg, 'model', 'data', 'optimizer', 'lr_config')
    if args.auto_scale_lr:
        require(cfg, 'auto_scale_lr')
        cfg.auto_scale_lr.enable = True
    for key in ('work_dir', 'load_from', 'resume_from', 'device'):
        if getattr(args, key) is not None:
            cfg[key] = getattr(args, key)
    cfg.work_dir = cfg.get('work_dir') or os.path.join(
        'work_dirs', os.path.splitext(os.path.basename(args.config))[0])
    cfg.auto_resume = args.auto_resume or cfg.get('auto_resume', False)
    cfg.gpu_ids = args.gpu_ids[:1] if args.gpu_ids else [args.gpu_id]
    cfg.device = cfg.get('device') or get_device()
    torch.backends.cudnn.benchmark = cfg.get('cudnn_benchmark', False)
    setup_multi_processes(cfg)
    distributed = args.launcher != 'none'
    if distributed:
        init_dist(args.launcher, device=cfg.device, **cfg.get('dist_params', {}))
        cfg.gpu_ids = list(range(get_dist_info()[1]))
    train(cfg, args, distributed)


def train(cfg: Any, args: argparse.Namespace, distributed: bool) -> None:
    """Set up log, seed, network and data, then train."""
    import torch
    from mmcv.runner import get_dist_info

    from mmseg import __version__
    from mmseg.apis import init_random_seed, set_random_seed, train_segmentor
    from mmseg.core.resume import choose_checkpoint
    from mmseg.data_check import check_first_pages
    from mmseg.datasets import build_dataset
    from mmseg.datasets.config_loaders import with_pipeline
    from mmseg.models import OutputNames, build_segmentor
    from mmseg.utils import collect_env, get_root_logger
    from mmseg.utils.atomic_write import atomic_path, check_folder
    from mmseg.utils.logger import without_init_lines
    check_folder(os.path.abspath(cfg.work_dir))
    timestamp = time.strftime('%Y%m%d_%H%M%S')
    logger = get_root_logger(os.path.join(cfg.work_dir, f'{timestamp}.log'),
                             cfg.get('log_level', 'INFO'))
    noted = choose_checkpoint(cfg, logger)
    take_threads(cfg.get('resume_from'))
    given = args.seed if args.seed is not None else cfg.get('seed')
    seed = init_random_seed(noted if given is None else given)
    seed += get_dist_info()[0] if args.diff_seed else 0
    set_random_seed(seed, args.deterministic)
    cfg.seed = seed
    environment = '\n'.join(f'{name}: {value}' for name, value in collect_env().items())
    used = os.path.join(cfg.work_dir, os.path.basename(args.config))
    if not used.endswith(('.py', '.json', '.yml', '.yaml')):  # a network of the package
        used += '.py'
    with atomic_path(used, keep_suffix=True) as part:
        cfg.dump(str(part))
    logger.info(f'Environment:\n{environment}\nseed: {seed}\n'
                f'threads: {torch.get_num_threads()}\n'
                f'config: {args.config}, as it is used: {used}')
    datasets = [build_dataset(cfg.data.train)]
    if len(cfg.get('workflow', [])) == 2:
        datasets.append(build_dataset(with_pipeline(cfg.data.val, cfg.data.train)))
    if not args.no_check and get_dist_info()[0] == 0:
        check_first_pages(cfg, logger, validate=not args.no_validate, train=datasets[0])
    names = OutputNames.of(datasets[0])
    model = build_segmentor(cfg.model, cfg.get('train_cfg'), cfg.get('test_cfg'), names)
    with without_init_lines():
        model.init_weights()
    meta = dict(mmseg_version=__version__, config=cfg.pretty_text, seed=seed,
                threads=torch.get_num_threads(), env_info=environment,
                exp_name=os.path.basename(args.config), **names._asdict())
    train_segmentor(model, datasets, cfg, distributed=distributed, validate=not args.no_validate,
                    timestamp=timestamp, meta=meta)


def take_threads(checkpoint: str | None) -> None:
    """Use as many threads as the training that is resumed had, unless the user has set a number.

    Raises:
        InputError: The checkpoint cannot be read.
    """
    import torch

    from mmseg.core.resume import noted_threads
    if checkpoint and choose_threads() is not None:
        torch.set_num_threads(noted_threads(checkpoint) or torch.get_num_threads())
