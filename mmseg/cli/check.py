"""Find the mistakes in the data of a config, before a training does."""
from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from mmseg.cli.options import DictAction
from mmseg.utils.errors import InputError

SPLITS = ('train', 'val', 'test')  # as in mmseg.data_check, which would import torch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = (
        __doc__ + ' Every page of data.train, data.val and data.test is read: missing '
        'and unreadable files, wrong label maps, page labels, pages in two splits; how often '
        'classes occur, how large pages are, and which class_weight and crop that suggests. The '
        'exit code is 1 where there are errors.')
    parser.add_argument('config', help='config file')
    parser.add_argument('--splits', nargs='+', choices=SPLITS, default=list(SPLITS),
                        metavar='SPLIT', help='parts of data to check (default: all three)')
    parser.add_argument('--first', type=int, metavar='N',
                        help='only the first N pages of each data set')
    parser.add_argument('--nproc', type=int, default=min(os.cpu_count() or 1, 8),
                        help='processes that read (default: %(default)s)')
    parser.add_argument('--html', metavar='FILE', help='the report page (default: '
                        'work_dirs/check/<name of the config>.html)')
    parser.add_argument('--json', metavar='FILE', help='write everything as JSON too')
    parser.add_argument('--show', type=int, default=5, metavar='N',
                        help='findings of a kind on the terminal (default: %(default)s)')
    parser.add_argument('--keep', type=int, default=100, metavar='N', help='findings of a kind '
                        'in HTML and JSON; the rest is counted (default: %(default)s)')
    parser.add_argument('--strict', action='store_true',
                        help='exit code 1 for warnings too')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE',
                        help='change config keys, such as data_root=FOLDER')


def check_arguments(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """End with a message where options do not go together.

    Raises:
        InputError: A number is below 1.
    """
    for name in ('first', 'nproc', 'keep'):
        value = getattr(args, name)
        if value is not None and value < 1:
            raise InputError(f'--{name} must be 1 or more, got {value}')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.core.evaluation.report import write_json
    from mmseg.data_check import check_config
    from mmseg.data_check.html import write_html
    from mmseg.utils.config import load_config

    cfg = load_config(args.config, args.cfg_options)
    report = check_config(cfg, args.config, splits=args.splits, first=args.first,
                          nproc=args.nproc, keep=args.keep, progress=sys.stderr.isatty())
    print(report.text(args.show))
    html = args.html or Path('work_dirs', 'check', Path(args.config).stem + '.html')
    write_html(report, html)
    print(f'report: {html}')
    if args.json:
        write_json(report.plain(), args.json)
    if report.errors or args.strict and report.warnings:
        sys.exit(1)
