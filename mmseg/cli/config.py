"""Print a config as it is once its _base_ files and the options are merged in.

What is printed is a config itself: `mmseg config CONFIG > whole.py` gives one file
without _base_, and `--out whole.py` writes it. CONFIG may be the name of a config of the package or
of MMSegmentation 0.x's model zoo; `--list pspnet` lists the names with `pspnet` in them, and
`--metafile pspnet` prints the metafile of a method: its configs with checkpoints and scores.
"""
from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from mmseg.cli.options import DictAction
from mmseg.utils.errors import InputError, nearest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument('config', nargs='?', help='config file, or the name of a config')
    parser.add_argument('--cfg', metavar='YAML', help="an experiment file of HRNet's repository, "
                        'which becomes a config')
    parser.add_argument('--list', nargs='?', const='', metavar='TEXT',
                        help='list the configs whose path has TEXT in it')
    parser.add_argument('--metafile', metavar='METHOD', help="print the metafile (YAML) of a "
                        "method of 0.x's model zoo, such as pspnet")
    parser.add_argument('--out', metavar='FILE', help='write the config or metafile to this file')
    parser.add_argument('--graph', action='store_true',
                        help='print the network too, module by module')
    parser.add_argument('--options', '--cfg-options', dest='cfg_options', nargs='+',
                        action=DictAction, metavar='KEY=VALUE',
                        help='change config keys, such as model.backbone.depth=101')


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        InputError: No config is named, none has that text in its path, or it has no model.
    """
    from mmseg.models import build_segmentor
    from mmseg.utils.config import load_config
    from mmseg.utils.zoo import config_names

    if args.list is not None:
        found = sorted(path for path in config_names().values() if args.list in path)
        if not found:
            methods = {path.split('/')[0] for path in config_names().values()}
            raise InputError(f"no config has '{args.list}' in its path"
                             f'{nearest(args.list, methods)}; --list without a text lists all')
        print('\n'.join(found))
        return
    if args.metafile is not None:
        _give(_metafile(args.metafile), args.out)
        return
    if args.config is None and args.cfg is None:
        raise InputError('the command needs the path or name of a config, or --list')
    if args.cfg is not None:
        cfg = _experiment(args.cfg)
        cfg.merge_from_dict(args.cfg_options or {})
    else:
        cfg = load_config(args.config, args.cfg_options)
    _give(cfg.pretty_text, args.out)
    if args.graph:
        if 'model' not in cfg:
            raise InputError(f'{args.config} has no model, so there is no network to print')
        model = build_segmentor({**cfg.model, 'pretrained': None}, train_cfg=cfg.get('train_cfg'),
                                test_cfg=cfg.get('test_cfg'))
        print(f'\nNetwork:\n{model}')


def _give(text: str, file: str | None) -> None:
    """Write a text to a file, or print it."""
    from mmseg.utils.atomic_write import atomic_write

    if file is None:
        print(text)
        return
    with atomic_write(file) as part:
        Path(part).write_text(text, encoding='utf-8')


def _metafile(method: str) -> str:
    """The metafile of a method as YAML."""
    import yaml  # type: ignore[import-untyped]

    from mmseg.utils.zoo.pages import metafile

    return yaml.safe_dump(metafile(method), sort_keys=False).rstrip()


def _experiment(file: str) -> Any:
    """The config of an experiment file; what has no counterpart is named on stderr."""
    from mmseg.apis.hrnet_experiment import experiment_config, read_experiment

    cfg, left = experiment_config(read_experiment(file), file)
    if left:
        print(f'without a counterpart: {", ".join(left)}', file=sys.stderr)
    return cfg
