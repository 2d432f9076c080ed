"""Print a script that completes the commands and options of ``mmseg`` in bash or zsh.

For bash: mmseg completion bash > ~/.local/share/bash-completion/completions/mmseg
For zsh: mmseg completion zsh > DIR/_mmseg, where DIR is a folder of $fpath
"""
from __future__ import annotations

import argparse
from importlib import import_module

from mmseg.utils.errors import InputError

from .table import GROUPS, SECTIONS, module_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument('shell', choices=('bash', 'zsh'), help='the shell')


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        InputError: shtab is not installed.
    """
    try:
        import shtab
    except ImportError as error:
        raise InputError('completion needs shtab: pip install shtab') from error
    print(shtab.complete(whole_parser(), args.shell))


def whole_parser() -> argparse.ArgumentParser:
    """A parser of every command with its options."""
    parser = argparse.ArgumentParser(prog='mmseg')
    parser.add_argument('--version', action='store_true', help='print the version')
    commands = parser.add_subparsers(dest='command')
    for section in SECTIONS.values():
        for name, text in section.items():
            below = commands.add_parser(name, help=text)
            if name not in GROUPS:
                import_module(module_of(name)).add_arguments(below)
                continue
            parts = below.add_subparsers(dest='part')
            for part, line in GROUPS[name].items():
                import_module(module_of(f'{name} {part}')).add_arguments(
                    parts.add_parser(part, help=line))
    return parser
