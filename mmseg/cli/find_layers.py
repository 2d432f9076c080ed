"""Find out which scales each class should use, and print the line for the config.

The pages of data.val are seen once at each scale. Tables say what each class gains and loses by
each set of scales; the line is the combination with the largest mean IoU over all classes. It is
chosen on these pages, so judge it on others: small gains may not come again.
"""
from __future__ import annotations

import argparse

from mmseg.cli.network import CHECKPOINT_HELP, CONFIG_HELP, network_of
from mmseg.cli.options import DictAction


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument('config', help=CONFIG_HELP)
    parser.add_argument('checkpoint', nargs='?', help=CHECKPOINT_HELP)
    parser.add_argument('--scales', type=float, nargs='+', metavar='RATIO',
                        help='ratios to the size of the test, such as 0.5 1.0 1.5 (default: '
                        'img_ratios of the config)')
    parser.add_argument('--out', metavar='FILE', help='JSON file for the layers and all scores')
    parser.add_argument('--options', '--cfg-options', dest='cfg_options', nargs='+',
                        action=DictAction, metavar='KEY=VALUE',
                        help='change config keys, such as data_root=data/pages')
    parser.add_argument('--trust', action='store_true',
                        help='read checkpoints that hold pickled objects, which can run code')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.apis.find_layers import find_layers
    from mmseg.core.evaluation.report import write_json
    from mmseg.utils import setup_multi_processes
    from mmseg.utils.checkpoint import trust_pickles
    from mmseg.utils.config import load_config

    trust_pickles(args.trust)
    config, checkpoint = network_of(args.config, args.checkpoint)
    cfg = load_config(config, args.cfg_options)
    setup_multi_processes(cfg)
    found = find_layers(cfg, checkpoint, args.scales)
    print(found.text())
    ratios = ', '.join(f'{scale:g}' for scale in found.scales)
    print(f'\nFor the config, whose test needs img_ratios=[{ratios}]:\n{found.line}')
    if args.out:
        write_json(dict(config=config, checkpoint=checkpoint, **found.report()),
                   args.out)
        print(f'written to {args.out}')
