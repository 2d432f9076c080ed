"""Files of zip and tar archives, read without unpacking them to a disk."""
from __future__ import annotations

import gzip
import io
import lzma
import os
import re
import stat
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from mmseg.utils.errors import InputError
from mmseg.utils.pictures import MAX_PIXELS, check_before_decoding, open_picture, stored_values
from mmseg.utils.safe_files import FAULTS, in_words

_ARCHIVES = ('.zip', '.tar', '.tar.gz', '.tgz', '.tar.bz2', '.tar.xz')
_SHOWN = 5
# Of a file that is unpacked.
_MAX_BYTES = 1_000_000_000
# What damaged archives raise; zipfile calls a missing password a RuntimeError.
_FAULTS = (zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError, RuntimeError, *FAULTS)
# Of a picture; aerial photographs of iSAID have up to 170 million.
_LONGEST_SIDE = 65_535
_MAX_PIXELS = 400_000_000


@dataclass(frozen=True)
class Member:
    """A file in an archive, or in a folder that was unpacked before.

    Attributes:
        source: The archive or folder.
        name: The file's name in it, with its folders.
    """

    source: str
    name: str

    def __str__(self) -> str:
        return f'{self.source}: {self.name}'

    def read(self) -> bytes:
        """The file's bytes; those of ``*.gz`` unpacked.

        Raises:
            InputError: The archive is damaged or encrypted, or the file has more than 1 GB.
        """
        try:
            if os.path.isdir(self.source):
                content = Path(self.source, self.name).read_bytes()
            else:
                changed = os.stat(self.source).st_mtime_ns
                content = _reader(self.source, changed, os.getpid())(self.name)
            if not self.name.lower().endswith('.gz'):
                return content
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
                unpacked = packed.read(_MAX_BYTES + 1)
            _check_size(len(unpacked))
            return unpacked
        except _FAULTS as error:
            raise InputError(f'{self} cannot be read: {in_words(error)}; download it '
                             'again') from error

    def image(self, flags: int = cv2.IMREAD_COLOR) -> np.ndarray:
        """The picture in the file, ``(H, W, 3)`` uint8 in BGR order unless ``flags`` say other.

        Raises:
            InputError: It is not a picture.
        """
        content = self.read()
        check_before_decoding(content, str(self), _MAX_PIXELS)
        picture = (cv2.imdecode(np.frombuffer(content, dtype=np.uint8), flags) if content
                   else None)
        if picture is None:
            raise InputError(f'{self} is not a picture that can be read')
        return picture

    def size(self) -> tuple[int, int]:
        """(height, width) of the picture in the file.

        Raises:
            InputError: It is not a picture.
        """
        with open_picture(self.read(), str(self), _MAX_PIXELS) as picture:
            return picture.height, picture.width

    def indices(self) -> np.ndarray:
        """The values in a grey or palette picture, ``(H, W)`` uint8: grey, or palette indices.

        Raises:
            InputError: It is not such a picture.
        """
        values, _ = stored_values(self.read(), str(self))
        if values.ndim != 2:
            raise InputError(f'{self} has colours, where a label map has one value a pixel')
        return values.astype(np.uint8)


@lru_cache(maxsize=4)
def _reader(source: str, changed: int, process: int) -> Callable[[str], bytes]:
    """Gives a member's bytes; the archive stays open, but processes must not share its position."""
    if zipfile.is_zipfile(source):
        zipped = zipfile.ZipFile(source)

        def read_zipped(name: str) -> bytes:
            _check_size(zipped.getinfo(name).file_size)
            return zipped.read(name)

        return read_zipped
    archive = tarfile.open(source)
    places = {info.name: info for info in archive if info.isfile()}

    def read(name: str) -> bytes:
        _check_size(places[name].size)
        file = archive.extractfile(places[name])
        assert file is not None  # only plain files are among the places
        return file.read()

    return read


def _check_size(size: int) -> None:
    """Raise OSError for a file of more bytes than are read."""
    if size > _MAX_BYTES:
        raise OSError(f'it unpacks to more than {_MAX_BYTES / 1e9:g} GB')


def check_page_size(size: tuple[int, int], name: str) -> None:
    """Raise InputError where a page said to be of ``size``, (height, width), has no such pixels."""
    if min(size) < 1 or max(size) > _LONGEST_SIDE or size[0] * size[1] > MAX_PIXELS:
        raise InputError(f'{name} is said to have {size[1]} x {size[0]} pixels; expected at most '
                         f'{_LONGEST_SIDE} on a side and {MAX_PIXELS / 1e6:g} million')


def list_members(source: str, expected: str) -> list[Member]:
    """The files of an archive or of a folder and those below, sorted by name.

    Those of a tar file come in its own order, in which a compressed one is read in one go.

    Args:
        source: A zip or tar archive, compressed or not, or a folder.
        expected: What it should be, for the error.

    Raises:
        InputError: The file does not exist, it is not an archive, or a member's path leads out of
            the archive's folder or is a link or a device.
    """
    if os.path.isdir(source):
        names = sorted(os.path.relpath(os.path.join(folder, name), source).replace(os.sep, '/')
                       for folder, _, files in os.walk(source) for name in files)
    elif not os.path.isfile(source):
        raise InputError(f'{source} is not there: expected {expected}, and '
                         f'{_contents(os.path.dirname(source) or os.curdir)}')
    else:
        names = _names(source, expected)
    hidden = re.compile(r'(^|/)(\.[^/.]|__MACOSX/)')
    return [Member(source, name) for name in names if not hidden.search(name)]


def _names(source: str, expected: str) -> list[str]:
    """The plain files of an archive, after a look at all that is in it."""
    try:
        if zipfile.is_zipfile(source):
            with zipfile.ZipFile(source) as zipped:
                entries = [(info.filename, info.is_dir(),
                            not stat.S_ISLNK(info.external_attr >> 16))
                           for info in sorted(zipped.infolist(), key=lambda info: info.filename)]
        else:
            with tarfile.open(source) as tar:
                entries = [(info.name, info.isdir(), info.isfile() or info.isdir())
                           for info in tar]
    except _FAULTS as error:
        raise InputError(f'{source} is not a zip or tar archive that can be read, or is cut off: '
                         f'expected {expected}') from error
    for name, _, plain in entries:
        parts = name.replace('\\', '/').split('/')
        if '..' in parts or parts[0] == '' or ':' in parts[0]:
            raise InputError(f"{source} is refused: its member '{name}' leads out of the folder "
                             'it would be unpacked to')
        if not plain:
            raise InputError(f"{source} is refused: its member '{name}' is a link or a device, "
                             'where a data set has files and folders')
    return [name for name, folder, _ in entries if not folder]


def sources_in(folder: str, expected: str) -> list[str]:
    """The archives in ``folder``; itself where there are none, as if they had been unpacked there.

    Args:
        folder: A folder.
        expected: What it should hold, for the error.

    Raises:
        InputError: It is not a folder, or empty.
    """
    if not os.path.isdir(folder):
        raise InputError(f'{folder} is not a folder: expected one with {expected}, and '
                         f'{_contents(os.path.dirname(os.path.normpath(folder)) or os.curdir)}')
    archives = sorted(os.path.join(folder, name) for name in os.listdir(folder)
                      if name.lower().endswith(_ARCHIVES))
    if not archives and not os.listdir(folder):
        raise InputError(f'{folder} is empty: expected {expected}')
    return archives or [folder]


def pick(members: Iterable[Member], pattern: str) -> dict[str, Member]:
    """The members whose path matches, under what the pattern's first group holds.

    Args:
        members: Where to look.
        pattern: A regular expression for the end of a path, in any case of letters.

    Raises:
        InputError: Two members have the same name.
    """
    wanted = re.compile(rf'(?:^|/){pattern}$', re.IGNORECASE)
    found: dict[str, Member] = {}
    for member in members:
        match = wanted.search(member.name.replace('\\', '/'))
        if match is None:
            continue
        name = match[1]
        if name in found:
            raise InputError(f'{found[name]} and {member} would both become {name}; leave one '
                             'of them out')
        found[name] = member
    return found


def demand(found: Sequence[object] | dict[str, Member], source: str, expected: str) -> None:
    """Raise InputError where nothing was found in ``source``, saying what is there instead."""
    if not found:
        raise InputError(f'{source} has no {expected}, and {_contents(source)}')


def note_count(source: str, found: int, wanted: int, what: str) -> None:
    """Say on stderr where ``source`` has not as many of something as the original."""
    if found != wanted:
        print(f'note: {source} has {found} {what}, the original has {wanted}', file=sys.stderr)


def _contents(source: str) -> str:
    """What is in a folder or an archive, for an error: the first few names."""
    if os.path.isdir(source):
        names = sorted(os.listdir(source))
    elif os.path.isfile(source):
        names = [member.name for member in list_members(source, 'an archive')]
    else:
        return f'there is no folder {source} either'
    more = f' and {len(names) - _SHOWN} more' if len(names) > _SHOWN else ''
    return f"{source} has {', '.join(names[:_SHOWN]) + more if names else 'nothing'}"
