"""Test a checkpoint on a data set: scores, painted pages, label maps."""
from __future__ import annotations

import argparse
import os

from mmseg.cli.network import CHECKPOINT_HELP, CONFIG_HELP, network_of
from mmseg.cli.options import DictAction, add_replaced
from mmseg.cli.reports import report_file, say_where


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.add_argument('config', help=CONFIG_HELP)
    parser.add_argument('checkpoint', nargs='?', help=CHECKPOINT_HELP)
    parser.add_argument('--work-dir', help='folder of the JSON report '
                        '(default: the folder of the '
                        'checkpoint)')
    parser.add_argument('--eval', '--metrics', nargs='+', metavar='METRIC',
                        help='mIoU, mDice, mFscore, regions, hmean-iou (text lines), or what '
                        'the data set offers')
    parser.add_argument('--eval-options', '--metric-options', nargs='+', action=DictAction,
                        metavar='KEY=VALUE',
                        help='arguments of the evaluation or of the formatting')
    parser.add_argument('--show-dir', help='folder for pages painted with their results')
    parser.add_argument('--show', action='store_true', help='open a window for each page')
    parser.add_argument('--opacity', type=float, default=0.5,
                        help='opacity of the colours, in (0, 1] (default: %(default)s)')
    parser.add_argument('--show-score-thr', type=float, default=0.3, metavar='SCORE',
                        help='boxes with a lower score are not painted (default: %(default)s)')
    parser.add_argument('--out', help='pickle file for the results of all pages')
    parser.add_argument('--format-only', action='store_true',
                        help="write results in the data set's own format, evaluate nothing")
    parser.add_argument('--aug-test', action='store_true',
                        help='average six scales from 0.5 to 1.75 and their mirror images')
    parser.add_argument('--gpu-collect', action='store_true',
                        help='collect the results of several processes through GPU memory')
    parser.add_argument('--tmpdir', help='folder that all processes see, to collect by')
    parser.add_argument('--fuse-conv-bn', action='store_true',
                        help="(MMDetection's; without effect, the results are the same)")
    parser.add_argument('--gpu-id', type=int, default=0, help='which GPU, without a launcher')
    parser.add_argument('--gpu-ids', type=int, nargs='+', help='(0.x; only the first is used)')
    parser.add_argument('--device', help='where to test: cuda, cpu, ... (default: that of the '
                        'config, else a GPU where there is one)')
    parser.add_argument('--options', '--cfg-options', dest='cfg_options', nargs='+',
                        action=DictAction, metavar='KEY=VALUE', help='change config keys')
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none',
                        help='what started the processes')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0,
                        help='set by older launchers')
    parser.add_argument('--trust', action='store_true',
                        help='read checkpoints that hold pickled objects, which can run code')
    add_replaced(parser, {
        '--out-items': '--out writes what a network gives for each page, its page scores too',
        '--show-options': '--opacity and --show-score-thr are options of their own'})


def check_arguments(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """End with a message where options do not go together."""
    if not (args.out or args.eval or args.format_only or args.show or args.show_dir):
        parser.error('nothing to do: give --eval, --show-dir, --out, --show or --format-only')
    if args.eval and args.format_only:
        parser.error('--eval and --format-only exclude each other')
    if args.out and not args.out.endswith(('.pkl', '.pickle')):
        parser.error(f'--out must end in .pkl or .pickle, got {args.out}')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.apis.evaluate import evaluate_checkpoint
    from mmseg.utils import init_dist, setup_multi_processes
    from mmseg.utils.checkpoint import trust_pickles
    from mmseg.utils.config import load_config

    trust_pickles(args.trust)
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    config, checkpoint = network_of(args.config, args.checkpoint)
    cfg = load_config(config, args.cfg_options)
    if args.device is not None:
        cfg.device = args.device
    setup_multi_processes(cfg)
    distributed = args.launcher != 'none'
    if distributed:
        init_dist(args.launcher, device=cfg.get('device'), **cfg.get('dist_params', {}))
    report = report_file(args.work_dir, args.config or config, checkpoint)
    cfg.work_dir = str(report.parent)
    evaluate_checkpoint(
        cfg, checkpoint, metrics=args.eval, options=args.eval_options, out=args.out,
        format_only=args.format_only, aug_test=args.aug_test, show=args.show,
        show_dir=args.show_dir, opacity=args.opacity, distributed=distributed,
        tmpdir=args.tmpdir, gpu_collect=args.gpu_collect,
        gpu_id=args.gpu_ids[0] if args.gpu_ids else args.gpu_id,
        score_thr=args.show_score_thr, report=str(report))
    say_where(report)
