"""Train several layout configs equally briefly, and tabulate what they cost and score."""
from __future__ import annotations

import argparse
import os
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.add_argument('out', metavar='OUT', help='folder for checkpoints and rows; a row that '
                        'is there is not measured again')
    parser.add_argument('configs', metavar='CONFIG', nargs='+', help='config files')
    parser.add_argument('--pages', required=True, metavar='FOLDER',
                        help='data set to train and test on, as mmseg sample-pages makes it')
    parser.add_argument('--time', action='store_true',
                        help='measure the time a page instead, at the size of the config, over '
                        'three pages of data.test')
    parser.add_argument('--iterations', type=int, default=80, help='iterations of each training '
                        '(default: 80)')
    parser.add_argument('--batch', type=int, default=2, help='crops an iteration (default: 2)')
    parser.add_argument('--crop', type=int, default=128,
                        help='size of a crop in pixels (default: 128)')
    parser.add_argument('--page', type=int, default=256,
                        help='longer side of a page in pixels (default: 256)')
    parser.add_argument('--least-lr', type=float, default=3e-4,
                        help='learning rate of configs whose own is smaller (default: 3e-4)')
    parser.add_argument('--threads', type=int, default=1, help='threads of the CPU (default: 1)')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    import torch

    from mmseg.apis.benchmark import measure_speed
    from mmseg.apis.short_training import keep, short_config, train_and_score
    from mmseg.models.complexity import complexity
    from mmseg.utils.config import load_config

    torch.set_num_threads(args.threads)
    os.makedirs(args.out, exist_ok=True)
    for config in args.configs:
        name = Path(config).stem
        file = os.path.join(args.out, f'{name}.json')
        row = keep({}, file)
        if args.time and 'seconds' not in row:
            cfg = load_config(config, {'data_root': args.pages, 'data.workers_per_gpu': 0})
            row = keep(dict(seconds=measure_speed(cfg, max_pages=3).least), file)
        elif not args.time and 'mIoU' not in row:
            cost = complexity(load_config(config), (512, 512))
            row = keep(dict(millions=cost.parameters / 1e6, gflops=cost.multiply_adds / 1e9), file)
            cfg = short_config(config, args.pages, iterations=args.iterations, batch=args.batch,
                               crop=args.crop, page=args.page, least_lr=args.least_lr)
            row = keep(train_and_score(cfg, os.path.join(args.out, name)), file)
        cells = [f'{row[key]:.2f}' if key in row else '–'
                 for key in ('millions', 'gflops', 'seconds')]
        cells += [f'{100 * row[key]:.1f}' if key in row else '–' for key in ('mIoU', 'page_acc')]
        print(f'| {name} |', ' | '.join(cells), '|')
