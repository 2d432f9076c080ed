"""From ``sys.argv`` to the module of a command."""
from __future__ import annotations

import argparse
import logging
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module

from mmseg import __version__
from mmseg.utils.errors import InputError, nearest

from .examples import EXAMPLES
from .table import GROUPS, SECTIONS, all_commands, module_of
from .threads import choose_threads

# What torch puts before the message of an error in a loading process, with a traceback after it.
_IN_WORKER = re.compile(r'Caught (\w+) in DataLoader worker process \d+\.\nOriginal Traceback')


def main(argv: Sequence[str] | None = None) -> None:
    """Run ``mmseg``.

    Args:
        argv: The words after ``mmseg``; those of the command line by default.

    Raises:
        SystemExit: With 0 after help, 1 after a user's mistake, 2 after a wrong command line.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in ('-h', '--help'):
        print(overview())
        sys.exit(0 if words else 2)
    if words[0] in ('-V', '--version'):
        print(f'mmseg {__version__}')
        return
    name, *rest = words
    if name in GROUPS:
        if not rest or rest[0] in ('-h', '--help'):
            print(group_overview(name))
            sys.exit(0 if rest else 2)
        name, rest = f'{name} {rest[0]}', rest[1:]
    if name not in all_commands():
        print(unknown(name), file=sys.stderr)
        sys.exit(2)
    execute(name, rest, prog=f'mmseg {name}')


def run_script(command: str) -> None:
    """Run a command with the command line of a script, such as ``tools/train.py``."""
    execute(command, sys.argv[1:], prog=None)


@contextmanager
def user_errors() -> Iterator[None]:
    """Make a user's mistake one sentence on stderr and exit code 1; also a decorator.

    So is a file that cannot be read or written, and the loss of another process of the group,
    which is left in order at the end.
    """
    try:
        yield
        _leave_group(orderly=True)
    except (InputError, OSError) as error:
        _end(_sentence(error))
    except RuntimeError as error:
        peers = sys.modules.get('mmseg.utils.peers')
        lost = None if peers is None else peers.lost_peer(error)
        if lost is None:
            raise
        _end(str(lost))
    except ImportError as error:
        from mmseg.utils.opencv import loading_problem
        problem = loading_problem(error)
        if problem is None:
            raise
        _end(problem)
    except KeyboardInterrupt:
        print('interrupted', file=sys.stderr)
        sys.exit(130)
    finally:
        _leave_group(orderly=False)


def _leave_group(orderly: bool) -> None:
    """Leave the process group, which only a command that has imported torch can be in."""
    peers = sys.modules.get('mmseg.utils.peers')
    if peers is not None:
        peers.leave_group(orderly)


def _end(sentence: str) -> None:
    logging.getLogger('mmseg').debug('', exc_info=True)
    print(f'error: {sentence}', file=sys.stderr)
    sys.exit(1)


def _sentence(error: BaseException) -> str:
    """What is wrong, and with which file."""
    if isinstance(error, OSError) and error.strerror:
        files = [str(name) for name in (error.filename, error.filename2) if name is not None]
        return ': '.join([*([' -> '.join(files)] if files else []), error.strerror])
    text = str(error)
    worker = _IN_WORKER.match(text)
    if worker is not None:
        text = re.split(rf'^(?:\w+\.)*{worker[1]}: ', text, flags=re.MULTILINE)[-1].strip()
    return text or type(error).__name__


class Parser(argparse.ArgumentParser):
    """The options of a command, whose help ends with an example.

    Args:
        command: As it is typed, such as ``'export onnx'``.
        prog: What the usage calls it; the script's name by default.
    """

    def __init__(self, command: str, prog: str | None = None) -> None:
        super().__init__(prog=prog)
        self.example = EXAMPLES[command]

    def format_help(self) -> str:
        """The help with the example in one line, so that it can be copied."""
        return f'{super().format_help()}\nexample:\n  {self.prog} {self.example}\n'


@user_errors()
def execute(command: str, words: Sequence[str], prog: str | None) -> None:
    """Parse the options of a command and run it.

    Args:
        command: As it is typed, such as ``'export onnx'``.
        words: Its options.
        prog: What the usage calls it; the script's name by default.
    """
    module = import_module(module_of(command))
    parser = Parser(command, prog)
    module.add_arguments(parser)
    args = parser.parse_args(words)
    if hasattr(module, 'check_arguments'):
        module.check_arguments(parser, args)
    choose_threads()
    module.run(args)


def overview() -> str:
    """The text of ``mmseg --help``."""
    lines = ['usage: mmseg COMMAND ...', '',
             'Page layout: figures, text, tables and separator lines of documents and slides.']
    for title, commands in SECTIONS.items():
        lines += ['', f'{title}:', *(f'  {name:<16} {text}' for name, text in commands.items())]
    lines += ['', "'mmseg COMMAND --help' lists the options of a command; "
              "'mmseg --version' prints the version."]
    return '\n'.join(lines)


def group_overview(group: str) -> str:
    """The text of ``mmseg <group> --help``."""
    text = next(section[group] for section in SECTIONS.values() if group in section)
    rows = [f'  {name:<16} {line}' for name, line in GROUPS[group].items()]
    return '\n'.join([f'usage: mmseg {group} COMMAND ...', '', f'{text[0].upper()}{text[1:]}.', '',
                      'commands:', *rows])


def unknown(name: str) -> str:
    """The message for a command that does not exist."""
    group, _, part = name.partition(' ')
    if part:
        known, where = list(GROUPS[group]), f'mmseg {group}'
    else:
        known, where = [command for section in SECTIONS.values() for command in section], 'mmseg'
    word = part or name
    return f"error: '{word}' is not a command of {where}{nearest(word, known)}; see {where} --help"
