"""Options that several commands have."""
from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from .threads import choose_threads


class DictAction(argparse.Action):
    """``KEY=VALUE ...`` as a dict, with values as mmcv's action of this name reads them.

    mmcv is imported when the option is given, so that a parser can be built without it; the number
    of threads has to be chosen before that.
    """

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace,
                 values: str | Sequence[Any] | None, option_string: str | None = None) -> None:
        choose_threads()
        from mmcv import DictAction as MMCVDictAction
        action = MMCVDictAction(self.option_strings, self.dest, self.nargs)
        for value in values or ():
            if '=' not in value:
                # --cfg is short for --cfg-options, and HRNet's repository names its files so
                instead = ('; mmseg config --cfg FILE makes a config of an experiment file'
                           if value.endswith(('.yaml', '.yml')) else '')
                parser.error(f'argument {option_string}: expected KEY=VALUE, got {value!r}'
                             + instead)
        action(parser, namespace, values, option_string)


class _Replaced(argparse.Action):
    """Ends with what replaces an option."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace,
                 values: str | Sequence[Any] | None, option_string: str | None = None) -> None:
        parser.error(f'{option_string} of other tools is not an option here: {self.metavar}')


def add_replaced(parser: argparse.ArgumentParser, instead: Mapping[str, str]) -> None:
    """Answer options of 0.x's sister projects that this command lacks with what replaces them.

    Args:
        parser: Of the command; its help does not list these options.
        instead: For each option the end of the sentence, without a full stop.
    """
    for option, words in instead.items():
        parser.add_argument(option, nargs='*', action=_Replaced, dest=argparse.SUPPRESS,
                            metavar=words, help=argparse.SUPPRESS)
