"""Test an exported network on a data set, as mmseg test tests a checkpoint."""
from __future__ import annotations

import argparse

from mmseg.cli.network import BACKENDS
from mmseg.cli.options import DictAction, add_replaced
from mmseg.cli.reports import report_file, say_where


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.add_argument('config', help='config file')
    parser.add_argument('model', help='ONNX file, TorchScript file or TensorRT engine')
    parser.add_argument('--backend', choices=BACKENDS,
                        help='what runs it (default: as the file is)')
    parser.add_argument('--device', default='cpu', help='where it runs (default: cpu)')
    parser.add_argument('--work-dir', help='folder of the JSON report '
                        '(default: the folder of the model)')
    parser.add_argument('--eval', '--metrics', nargs='+', metavar='METRIC',
                        help='mIoU, mDice, mFscore, or what the data set offers')
    parser.add_argument('--eval-options', '--metric-options', nargs='+', action=DictAction,
                        metavar='KEY=VALUE',
                        help='arguments of the evaluation or of the formatting')
    parser.add_argument('--show-dir', help='folder for pages painted with their results')
    parser.add_argument('--show', action='store_true', help='open a window for each page')
    parser.add_argument('--opacity', type=float, default=0.5,
                        help='opacity of the colours, in (0, 1] (default: %(default)s)')
    parser.add_argument('--out', help='pickle file for the results of all pages')
    parser.add_argument('--format-only', action='store_true',
                        help="write results in the data set's own format, evaluate nothing")
    parser.add_argument('--options', '--cfg-options', dest='cfg_options', nargs='+',
                        action=DictAction, metavar='KEY=VALUE', help='change config keys')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0,
                        help='set by older launchers; one process does it all')
    parser.add_argument('--trust', action='store_true',
                        help='run a TorchScript file that reads or writes files')
    add_replaced(parser, {'--show-score-thr': 'it is for boxes, and detectors are not exported; '
                                              'mmseg test takes it'})


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
    from mmseg.export import exported_model
    from mmseg.utils import setup_multi_processes
    from mmseg.utils.checkpoint import trust_pickles
    from mmseg.utils.config import load_config

    trust_pickles(args.trust)
    cfg = load_config(args.config, args.cfg_options)
    setup_multi_processes(cfg)
    report = report_file(args.work_dir, args.config, args.model)
    cfg.work_dir = str(report.parent)
    network = exported_model(args.model, cfg.model.get('test_cfg'), args.device, args.backend)
    evaluate_checkpoint(
        cfg, args.model, model=network, metrics=args.eval, options=args.eval_options, out=args.out,
        format_only=args.format_only, show=args.show, show_dir=args.show_dir,
        opacity=args.opacity,
        report=str(report))
    say_where(report)
