"""Print a config as it is once its _base_ files and the options are merged in.

What is printed is a config itself: `python tools/print_config.py CONFIG > whole.py` gives one file
without _base_, and `--out whole.py` writes it. CONFIG may be the name of a config of the package or
of MMSegmentation 0.x's model zoo; `--list pspnet` lists the names with `pspnet` in them.
"""
from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from mmseg.cli.options import DictAction
from mmseg.utils.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument('config', nargs='?', help='config file, or the name of a config')
    parser.add_argument('--cfg', metavar='YAML', help="an experiment file of HRNet's repository, "
                        'which becomes a config')
    parser.add_argument('--list', nargs='?', const='', metavar='TEXT',
                        help='list the configs whose path has TEXT in it')
    parser.add_argument('--out', metavar='FILE', help='write the config to this file')
    parser.add_argument('--graph', action='store_true',
                        help='print the network too, module by module')
    parser.add_argument('--options', '--cfg-options', dest='cfg_options', nargs='+',
                        action=DictAction, metavar='KEY=VALUE',
                        help='change config keys, such as model.backbone.depth=101')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.models import build_segmentor
    from mmseg.utils.atomic_write import atomic_write
    from mmseg.utils.config import load_config
    from mmseg.utils.zoo import config_names

    if args.list is not None:
        found = sorted(path for path in config_names().values() if args.list in path)
        if not found:
            raise InputError(f"no config has '{args.list}' in its path; --list without a text "
                             'lists all')
        print('\n'.join(found))
        return
    if args.config is None and args.cfg is None:
        raise InputError('the command needs the path or name of a config, or --list')
    if args.cfg is not None:
        cfg = _experiment(args.cfg)
        cfg.merge_from_dict(args.cfg_options or {})
    else:
        cfg = load_config(args.config, args.cfg_options)
    if args.out:
        with atomic_write(args.out) as file:
            Path(file).write_text(cfg.pretty_text, encoding='utf-8')
    else:
        print(cfg.pretty_text)
    if args.graph:
        if 'model' not in cfg:
            raise InputError(f'{args.config} has no model, so there is no network to print')
        model = build_segmentor({**cfg.model, 'pretrained': None}, train_cfg=cfg.get('train_cfg'),
                                test_cfg=cfg.get('test_cfg'))
        print(f'\nNetwork:\n{model}')


def _experiment(file: str) -> Any:
    """The config of an experiment file; what has no counterpart is named on stderr."""
    from mmseg.apis.hrnet_experiment import experiment_config, read_experiment

    cfg, left = experiment_config(read_experiment(file), file)
    if left:
        print(f'without a counterpart: {", ".join(left)}', file=sys.stderr)
    return cfg
