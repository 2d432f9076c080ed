"""Fetch checkpoints of MMSegmentation 0.x's model zoo, and write their configs.

NAME is that of a config, such as pspnet_r50-d8_512x1024_40k_cityscapes. The folder gets the
checkpoint, whose content is compared with the digits in its name, and NAME.py, the whole config. A
checkpoint that is there already is not fetched again. `--list pspnet` lists the names with
`pspnet` in them, with the scores that 0.x reports: mIoU in percent, without and with several scales
and flip.
"""
from __future__ import annotations

import argparse
from pathlib import Path

from mmseg.utils.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument('names', nargs='*', metavar='NAME', help='names of configs')
    parser.add_argument('--config', nargs='+', default=[], metavar='NAME',
                        help='the same as NAME, as mim has it')
    parser.add_argument('--dest', default='.', metavar='DIR',
                        help='folder to write to (default: the current one)')
    parser.add_argument('--list', nargs='?', const='', metavar='TEXT',
                        help='list the checkpoints whose path has TEXT in it')
    parser.add_argument('--mirror', metavar='ADDRESS',
                        help='where the files are, in place of download.openmmlab.com')


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        InputError: No config is named.
    """
    from mmseg.utils.zoo.checkpoints import ADDRESS, zoo_checkpoint

    if args.list is not None:
        _list(args.list)
        return
    wanted = [*args.names, *args.config]
    if not wanted:
        raise InputError('the command needs the names of configs, or --list')
    found = {name: zoo_checkpoint(name) for name in wanted}
    for checkpoint in found.values():
        _fetch(checkpoint.config, checkpoint.path, Path(args.dest), args.mirror or ADDRESS)


def _fetch(config: str, path: str, folder: Path, server: str) -> None:
    """Write a checkpoint and its config to ``folder``."""
    from mmseg.utils.atomic_write import atomic_write
    from mmseg.utils.config import load_config
    from mmseg.utils.download import fetch, has_promised_hash

    file = folder / path.rpartition('/')[2]
    written = folder / config.rpartition('/')[2]
    if has_promised_hash(file):
        print(f'{file} is there already')
    else:
        fetch(f'{server.rstrip("/")}/{path}', file)
        print(file)
    with atomic_write(written) as part:
        part.write_text(load_config(config).pretty_text, encoding='utf-8')
    print(written)


def _list(text: str) -> None:
    """Print the checkpoints with ``text`` in their path."""
    from mmseg.utils.zoo.checkpoints import zoo_checkpoints

    found = {name: checkpoint for name, checkpoint in zoo_checkpoints().items()
             if text in checkpoint.config}
    if not found:
        raise InputError(f"no checkpoint has '{text}' in its path; --list without a text lists all")
    for name, checkpoint in found.items():
        scores = ['-' if score is None else f'{score:g}' for score in checkpoint.score]
        print(name, *scores)
