"""Print a config as it is once its _base_ files and the options are merged in.

What is printed is a config itself: `python tools/print_config.py CONFIG > whole.py` gives one file
without _base_.
"""
from __future__ import annotations

import argparse

from mmseg.cli.options import DictAction
from mmseg.utils.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument('config', help='config file')
    parser.add_argument('--graph', action='store_true',
                        help='print the network too, module by module')
    parser.add_argument('--options', '--cfg-options', dest='cfg_options', nargs='+',
                        action=DictAction, metavar='KEY=VALUE',
                        help='change config keys, such as model.backbone.depth=101')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.models import build_segmentor
    from mmseg.utils.config import load_config

    cfg = load_config(args.config, args.cfg_options)
    print(cfg.pretty_text)
    if args.graph:
        if 'model' not in cfg:
            raise InputError(f'{args.config} has no model, so there is no network to print')
        model = build_segmentor({**cfg.model, 'pretrained': None}, train_cfg=cfg.get('train_cfg'),
                                test_cfg=cfg.get('test_cfg'))
        print(f'\nNetwork:\n{model}')
