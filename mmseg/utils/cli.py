"""What all command-line tools share."""
import functools
import logging
import sys
from collections.abc import Callable

from mmcv import DictAction

from .errors import InputError

__all__ = ['DictAction', 'command']


def command(main: Callable[[], None]) -> Callable[[], None]:
    """Wrap a tool's main function: a user's mistake is one sentence on stderr and exit code 1."""

    @functools.wraps(main)
    def run() -> None:
        try:
            main()
        except (InputError, FileNotFoundError, PermissionError, NotADirectoryError) as error:
            logging.getLogger('mmseg').debug('', exc_info=True)
            print(f'error: {error}', file=sys.stderr)
            sys.exit(1)
        except KeyboardInterrupt:
            print('interrupted', file=sys.stderr)
            sys.exit(130)

    return run
