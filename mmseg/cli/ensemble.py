"""Average the scores of several networks on the same pages, and write the label maps.

The pages are those of the first config's data.test. Each becomes a PNG file in OUT that holds
class indices; page types go into OUT/page_types.json.
"""
from __future__ import annotations

import argparse

from mmseg.cli.options import DictAction
from mmseg.utils.errors import plural


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument('--config', nargs='+', required=True, help='config file of each network')
    parser.add_argument('--checkpoint', nargs='+', required=True,
                        help='checkpoint of each, in the same order')
    parser.add_argument('--aug-test', action='store_true',
                        help='average six scales from 0.5 to 1.75 and their mirror images')
    parser.add_argument('--out', default='results', help='folder to write (default: %(default)s)')
    parser.add_argument('--gpus', type=int, nargs='+', default=[0], metavar='INDEX',
                        help='networks are dealt out to these GPUs (default: 0; without a GPU all '
                        'run on the CPU)')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE',
                        help='change keys of all configs, such as data_root=data/pages')
    parser.add_argument('--trust', action='store_true',
                        help='read checkpoints that hold pickled objects, which can run code')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.apis.ensemble import ensemble
    from mmseg.utils.checkpoint import trust_pickles
    from mmseg.utils.config import load_config

    trust_pickles(args.trust)
    cfgs = [load_config(config, args.cfg_options) for config in args.config]
    count = ensemble(cfgs, args.checkpoint, args.out, args.gpus, args.aug_test)
    print(f'{plural(count, "label map")} of {plural(len(cfgs), "network")} in {args.out}')
