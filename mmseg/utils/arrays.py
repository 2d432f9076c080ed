"""Reading numpy's files: numbers alone, and no more memory than the file itself tells."""
from __future__ import annotations

import lzma
import os
import tokenize
import zipfile

import numpy as np

from .errors import InputError, MissingFileError
from .safe_files import FAULTS, in_words

MAX_BYTES = 1_000_000_000
# TokenError: of the header, which is written as Python
_FAULTS = (zipfile.BadZipFile, lzma.LZMAError, RuntimeError, tokenize.TokenError, *FAULTS)


def read_array(path: str | os.PathLike[str]) -> np.ndarray:
    """Return the numbers in an ``.npy`` file, of any shape, read where they are used.

    Changes stay in memory.

    Raises:
        InputError: See :func:`map_array`, or it has other values than numbers.
    """
    found = map_array(path)
    if found.dtype.kind not in 'biufc':
        raise InputError(f'{path} holds an array of {str(found.dtype)[:50]}; expected numbers')
    return found


def map_array(path: str | os.PathLike[str]) -> np.ndarray:
    """Return the array in an ``.npy`` file, of any shape, read where it is used.

    Changes stay in memory.

    Raises:
        InputError: No such file, no array, one of objects, or shorter than its header says.
    """
    if not os.path.isfile(path):
        raise MissingFileError(f'{path} not found')
    try:
        found = np.load(path, mmap_mode='c', allow_pickle=False)
    except _FAULTS as error:
        raise InputError(f'{path} cannot be read as an array: {in_words(error)}') from error
    if not isinstance(found, np.ndarray):  # an archive of several
        found.close()
        raise InputError(f'{path} cannot be read as an array: it holds several')
    return np.asarray(found)


def read_arrays(path: str | os.PathLike[str],
                what: str = 'a file of numpy arrays') -> dict[str, np.ndarray]:
    """Return the arrays in an ``.npz`` file, of any shapes, by their names.

    Args:
        path: The file.
        what: That it is to be, for messages.

    Raises:
        InputError: No such file, none of numpy's, or it unpacks to more than a gigabyte and more
            than its own size.
    """
    if not os.path.isfile(path):
        raise MissingFileError(f'{path} not found')
    try:
        most = max(MAX_BYTES, os.path.getsize(path))
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > most:
            raise InputError(f'{path} unpacks to {size / 1e9:.1f} GB; at most {most / 1e9:.1f} GB '
                             'are read')
        with np.load(path, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
    except InputError:
        raise
    except _FAULTS as error:
        raise InputError(f'{path} is not {what}, or is damaged: '
                         f'{in_words(error)}') from error
    for name, array in found.items():
        if not isinstance(array, np.ndarray):  # numpy gives the bytes of other members
            raise InputError(f"{path} is not {what}, or is damaged: its member '{name}' is not "
                             'an array')
    return found
