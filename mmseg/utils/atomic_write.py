"""Files that are complete or absent: written under a temporary name, then renamed."""
from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import InputError

_PROBE = 1 << 20  # bytes; a log and a config are smaller


@contextmanager
def atomic_path(path: str | os.PathLike[str], keep_suffix: bool = False) -> Iterator[Path]:
    """Give a path to write to, which becomes ``path`` where the block ends without an error.

    The folder is made. After an error the previous file at ``path`` is unchanged, and nothing else
    is left.

    Args:
        path: Of the file.
        keep_suffix: The path ends as ``path`` does, for libraries that take the format from it.

    Raises:
        OSError: The file cannot be written.
    """
    target = Path(path)
    part = target.with_name(f'.{target.name}.{os.getpid()}.part'
                            + (target.suffix if keep_suffix else ''))
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
    except InputError:  # a file that is not there is an OSError too
        raise
    except OSError as error:
        raise InputError(f'cannot write {path}: {error.strerror or error}') from error


def check_folder(folder: str | os.PathLike[str]) -> Path:
    """Make a folder and see that files can be written there, and that the disk is not full.

    Raises:
        InputError: They cannot, or it is.
    """
    path = Path(folder)
    probe = path / f'.{os.getpid()}.part'
    try:
        path.mkdir(parents=True, exist_ok=True)
        try:
            probe.write_bytes(bytes(_PROBE))
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f'cannot write into the folder {path}: '
                         f'{error.strerror or error}') from error
    return path


@contextmanager
def atomic_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give an empty folder to write to, which becomes ``path`` if the block ends without an error.

    A folder that is at ``path`` is replaced then; after an error it is unchanged.

    Raises:
        OSError: The folder cannot be written.
    """
    target = Path(path)
    part = target.with_name(f'.{target.name}.{os.getpid()}.part')
    old = target.with_name(f'.{target.name}.{os.getpid()}.old')
    part.mkdir(parents=True)
    try:
        yield part
        if target.exists():
            os.replace(target, old)
        os.replace(part, target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def replace_link(link: str | os.PathLike[str], target: str) -> None:
    """Let ``link`` point to ``target``, a name in its folder, atomically; a copy of it where
    the system has no links.

    Raises:
        OSError: The link cannot be written.
    """
    with atomic_path(link) as part:
        part.unlink(missing_ok=True)
        try:
            part.symlink_to(target)
        except (OSError, NotImplementedError):  # Windows without the right, some file systems
            shutil.copyfile(Path(link).with_name(target), part)


def remove_parts(folder: str | os.PathLike[str]) -> list[str]:
    """Remove what killed writers left in ``folder``, which nobody else writes to; give the names.

    Raises:
        OSError: A file cannot be removed.
    """
    left = sorted((*Path(folder).glob('.*.part'), *Path(folder).glob('.*.part.*')))
    for part in left:
        part.unlink(missing_ok=True)
    return [part.name for part in left]
