"""Which classes are on which pages: counted once, and kept in a file where the user names one."""
from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from ..utils.arrays import read_arrays
from ..utils.atomic_write import atomic_write
from ..utils.safe_files import reading

_WHAT = 'a file of balance_file'


def digest(names: Iterable[str], *settings: object) -> str:
    """Return a text that differs where names or settings do."""
    found = hashlib.sha256('\0'.join(names).encode('utf-8', 'surrogateescape'))
    found.update(repr(settings).encode('utf-8', 'surrogateescape'))
    return found.hexdigest()


def kept(file: str | os.PathLike[str] | None, key: str,
         count: Callable[[], np.ndarray]) -> np.ndarray:
    """Return what ``count`` gives: from the file where it has the same key, else counted and kept.

    Args:
        file: Its path; None counts without keeping.
        key: Of what is counted, see :func:`digest`.
        count: Returns (P, K) bool.

    Raises:
        InputError: The file is something else, or cannot be written.
    """
    if file is None:
        return count()
    path = Path(file)
    if path.exists():
        with reading(path, _WHAT):
            values = read_arrays(path, _WHAT)
            if str(values['key']) == key:
                pages, classes = map(int, values['shape'])
                bits = np.unpackbits(values['bits'])
                return bits[:pages * classes].reshape(pages, classes).astype(bool)
    present = count()
    with atomic_write(path) as part, part.open('wb') as stream:
        np.savez(stream, key=np.array(key), shape=np.array(present.shape),
                 bits=np.packbits(present))
    return present


def folder_time(folder: str | None) -> int:
    """Return when files were last added to a folder or replaced there, in ns; 0 without one."""
    try:
        return os.stat(folder or '').st_mtime_ns
    except OSError:
        return 0

