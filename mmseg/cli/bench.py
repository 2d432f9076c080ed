"""Measure how many pages a second a network tests, one page at a time.

Without --shape the pages of data.test are read; only the network is timed, not the reading. It
runs on a GPU where there is one (CUDA_VISIBLE_DEVICES= hides it). The result is printed and
written as fps_<time>.json into the work directory.
"""
from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from mmseg.cli.options import DictAction, add_replaced
from mmseg.utils.errors import plural

MAX_PAGES, MAX_SECONDS = 200, 60.  # as in mmseg.apis.benchmark, which would import torch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', nargs='?', help='checkpoint file (default: random weights, '
                        'which are as fast)')
    parser.add_argument('--shape', type=int, nargs='+', metavar='PIXELS',
                        help='height and width of a page of noise, or one number for a square; no '
                        'data set is needed then')
    parser.add_argument('--log-interval', type=int, default=50, help='pages between two lines '
                        '(default: 50)')
    parser.add_argument('--work-dir', help='folder of the JSON file '
                        '(default: work_dirs/<name of the config>)')
    parser.add_argument('--repeat-times', type=int, default=1, help='number of runs, each of at '
                        f'most {MAX_PAGES} pages or {MAX_SECONDS:.0f} seconds (default: 1)')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE',
                        help='change config keys, such as data_root=data/pages')
    parser.add_argument('--trust', action='store_true',
                        help='read checkpoints that hold pickled objects, which can run code')
    one = 'one process measures one network on one device'
    add_replaced(parser, {
        '--repeat-num': 'it is --repeat-times', '--launcher': one, '--local_rank': one,
        '--max-iter': f'a run ends after {MAX_PAGES} pages or {MAX_SECONDS:.0f} seconds',
        '--fuse-conv-bn': 'networks are measured as they are tested; mmseg export has it'})


def check_arguments(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """End with a message where options do not go together."""
    if args.shape and (len(args.shape) > 2 or min(args.shape) < 1):
        parser.error(f'--shape takes one or two positive numbers, got {args.shape}')
    if min(args.log_interval, args.repeat_times) < 1:
        parser.error('--log-interval and --repeat-times must be at least 1')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.apis.benchmark import measure_speed
    from mmseg.core.evaluation.report import write_json
    from mmseg.utils import get_device
    from mmseg.utils.checkpoint import trust_pickles
    from mmseg.utils.config import load_config

    trust_pickles(args.trust)
    cfg = load_config(args.config, args.cfg_options)
    size = (args.shape[0], args.shape[-1]) if args.shape else None
    speeds = []
    for run in range(1, args.repeat_times + 1):
        speed = measure_speed(cfg, args.checkpoint, size, log_interval=args.log_interval)
        speeds.append(speed.pages_per_second)
        print(f'run {run}: {plural(speed.pages, "page")}, {speeds[-1]:.2f} pages a second')
    mean, variance = statistics.mean(speeds), statistics.pvariance(speeds)
    print(f'mean {mean:.2f} pages a second, variance {variance:.4f}')
    folder = Path(args.work_dir or Path('work_dirs', Path(args.config).stem))
    file = folder / f'fps_{time.strftime("%Y%m%d_%H%M%S")}.json'
    write_json(dict(config=args.config, checkpoint=args.checkpoint, unit='img / s',
                    device=get_device(), shape=size, average_fps=mean, fps_variance=variance,
                    **{f'overall_fps_{run}': fps for run, fps in enumerate(speeds, 1)}), file)
    print(f'written to {file}')
