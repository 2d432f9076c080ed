"""Files that are whole or not there: written beside their name, then renamed."""
from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import InputError


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a path to write to, which becomes ``path`` where the block ends without an error.

    The folder is made. After an error what was at ``path`` is still there, and nothing beside it.

    Raises:
        OSError: The file cannot be written.
    """
    target = Path(path)
    part = target.with_name(f'.{target.name}.{os.getpid()}.part')
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield part
        os.replace(part, target)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """The same as :func:`atomic_path`, with a sentence for the user.

    Raises:
        InputError: The file cannot be written.
    """
    try:
        with atomic_path(path) as part:
            yield part
    except OSError as error:
        raise InputError(f'cannot write {path}: {error.strerror or error}') from error
