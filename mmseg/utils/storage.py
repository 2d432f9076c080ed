"""Folders and files named by a path or by the address of an object store, through fsspec."""
from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import Any

from .atomic_write import atomic_write
from .errors import InputError, MissingFileError


def is_address(name: str | os.PathLike[str]) -> bool:
    """Return whether this is an address such as ``s3://bucket/pages``, not a path."""
    return '://' in os.fspath(name)


def open_filesystem(name: str) -> tuple[Any, str]:
    """Return fsspec's file system of a path or an address, and the path in it.

    Raises:
        InputError: No such kind of address, or its package is not installed.
    """
    import fsspec
    try:
        return fsspec.core.url_to_fs(name)
    except (ValueError, ImportError) as error:
        kind = name.partition('://')[0]
        raise InputError(f"{name} cannot be opened: {error} (expected a path, or an address that "
                         f"fsspec knows; '{kind}' may need a package of its own)") from error


class Storage:
    """A folder, on a disk or in an object store.

    Files are complete or absent: on a disk they are renamed when they are complete, and an object
    store shows an object when all of it has arrived.

    Args:
        root: Path or address of the folder.

    Raises:
        InputError: See :func:`open_filesystem`.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.local = not is_address(root)
        self.root = os.path.abspath(root) if self.local else os.fspath(root).rstrip('/')
        self._system, self._path = open_filesystem(self.root)

    def _of(self, name: str) -> str:
        return posixpath.join(self._path, name)

    def names(self, folder: str) -> list[str]:
        """Return the sorted names of the files in a folder below this one; [] without it.

        Raises:
            InputError: The folder cannot be read.
        """
        self._system.invalidate_cache()
        try:
            found = self._system.ls(self._of(folder), detail=False)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _failed('list', f'{self.root}/{folder}', error) from error
        return sorted(name for name in map(posixpath.basename, found)
                      if name and not name.startswith('.'))

    def read(self, name: str) -> bytes | None:
        """Return the content of a file; None where it is not there.

        Raises:
            InputError: It cannot be read.
        """
        try:
            return self._system.cat_file(self._of(name))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _failed('read', f'{self.root}/{name}', error) from error

    def write(self, name: str, content: bytes) -> None:
        """Write a file, in the place of one of that name.

        Raises:
            InputError: It cannot be written.
        """
        if self.local:
            with atomic_write(os.path.join(self.root, name)) as part:
                part.write_bytes(content)
            return
        try:
            self._system.pipe_file(self._of(name), content)
        except OSError as error:
            raise _failed('write', f'{self.root}/{name}', error) from error

    def remove(self, name: str) -> None:
        """Remove a file, where it is there.

        Raises:
            InputError: It cannot be removed.
        """
        try:
            self._system.rm_file(self._of(name))
        except FileNotFoundError:
            pass
        except OSError as error:
            raise _failed('remove', f'{self.root}/{name}', error) from error

    def modified(self, name: str) -> int | None:
        """Return when a file on a disk was written, in ns; None for others, or without it."""
        try:
            return os.stat(os.path.join(self.root, name)).st_mtime_ns if self.local else None
        except OSError:
            return None


def list_addresses(address: str, nested: bool) -> list[str]:
    """Return the sorted addresses of the files below an address; itself where it is a file.

    Args:
        address: Of a file or folder.
        nested: Whether folders below it are looked into.

    Raises:
        InputError: Nothing is there, or it cannot be listed.
    """
    system, path = open_filesystem(address)
    try:
        found = sorted(system.find(path, maxdepth=None if nested else 1))
    except (OSError, NotImplementedError) as error:
        raise _failed('list', address, error) from error
    if not found:
        raise MissingFileError(f'{address} holds no files, and is not a file')
    return [system.unstrip_protocol(name) for name in found]


def fetch(address: str, path: Path) -> None:
    """Copy a file of an object store to ``path``.

    Raises:
        InputError: It is not there, or cannot be read.
    """
    system, inside = open_filesystem(address)
    try:
        system.get_file(inside, os.fspath(path))
    except Exception as error:  # each kind of store raises exceptions of its own
        raise _failed('read', address, error) from error


def _failed(what: str, name: str, error: Exception) -> InputError:
    reason = getattr(error, 'strerror', None) or str(error) or type(error).__name__
    if isinstance(error, FileNotFoundError):
        return MissingFileError(f'{name} not found')
    return InputError(f'cannot {what} {name}: {reason}')
