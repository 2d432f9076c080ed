"""Draw curves from the logs of trainings, and say how long an iteration took.

Each key has a panel, each training a line. Logs of a training that was interrupted and resumed in
the same folder become one line. Keys are those of the log: mIoU, IoU.table, page_acc, loss,
decode.loss_ce, lr, ...; an unknown one is answered with those there are.

A first word plot_curve may be there, as in 0.x's sister projects; after a first word cal_train_time
the times alone are printed, without the first one of each epoch.
"""
from __future__ import annotations

import argparse
from pathlib import Path

from mmseg.cli.options import add_replaced

_TASKS = ('plot_curve', 'cal_train_time')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument('json_logs', nargs='+', metavar='LOG',
                        help='.log.json files, or folders that hold them')
    parser.add_argument('--include-outliers', action='store_true',
                        help='after cal_train_time: with the first time of each epoch')
    parser.add_argument('--keys', nargs='+', default=['mIoU'], metavar='KEY',
                        help='what to draw (default: mIoU)')
    parser.add_argument('--title', help='title of the chart')
    parser.add_argument('--legend', nargs='+', metavar='NAME',
                        help='a name for each line: all keys of the first training, then of the '
                        'second, ... (default: names of folders)')
    parser.add_argument('--backend', help='what matplotlib draws with, such as TkAgg')
    parser.add_argument('--style', default='dark',
                        help='style of the chart: dark, darkgrid, white, '
                        'whitegrid, ticks, or a style of matplotlib (default: %(default)s)')
    parser.add_argument('--window-size', type=_inches, metavar='W*H',
                        help='size of the chart in inches, such as 12*7')
    parser.add_argument('--out', metavar='FILE',
                        help='picture to write (.png, .svg, .pdf); without it a window opens')
    places = 'each evaluation is drawn at the epoch or iteration that the log has for it'
    add_replaced(parser, {'--start-epoch': places, '--eval-interval': places})


def _inches(words: str) -> tuple[float, float]:
    """Width and height of ``12*7``."""
    width, height = (float(word) for word in words.lower().replace('x', '*').split('*'))
    if min(width, height) <= 0:
        raise ValueError(words)
    return width, height


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.core.visualization.curves import draw_curves, summary
    from mmseg.utils.plotting import pyplot, save_figure, use_style
    from mmseg.utils.training_log import read_runs

    word, *logs = args.json_logs
    task = word if word in _TASKS and not Path(word).exists() else None
    runs = read_runs(args.json_logs if task is None else logs)
    if task == 'cal_train_time':
        for run in runs:
            print(run.time_summary(args.include_outliers))
        return
    print(summary(runs, args.keys))
    for run in runs:
        print(run.time_summary())
    plt = pyplot(args.backend, window=args.out is None)
    use_style(plt, args.style)
    figure = draw_curves(plt, runs, args.keys, args.legend, args.title)
    if args.window_size is not None:
        figure.set_size_inches(args.window_size)
    if args.out is None:
        plt.show()
    else:
        save_figure(figure, args.out)
        print(f'written to {args.out}')
