"""Pages in many tar files with an index, on a disk or in an object store.

A page's files lie next to each other and are named as webdataset expects it: ``KEY.FOLDER.SUFFIX``,
with one key for each page. The index says where each file lies, so that one read (of a store, one
range request for a block of several pages) gets it, and pages can be counted before they are read.
"""
from __future__ import annotations

import os
import tarfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from io import BytesIO
from pathlib import Path, PurePosixPath

import numpy as np

from mmseg.utils.arrays import map_array
from mmseg.utils.errors import InputError
from mmseg.utils.storage import is_address, open_filesystem

FOLDER = 'pages.shards'
INDEX, NAMES = 'index.npy', 'names.txt'
BLOCK = 4 << 20  # bytes of a range request
_TRIES, _WAIT = 4, .5
_RECORD = np.dtype([('key', '<u8'), ('shard', '<u4'), ('size', '<u4'), ('offset', '<u8')])


class Shards:
    """Members of tar files by the names that the files had.

    Args:
        folder: The folder with the index, ``pages.shards``.
        address: Path or address of the folder with the tar files; that of the index where None.
        memory: Bytes of blocks that each process keeps, of tar files in a store.

    Raises:
        InputError: The index is damaged.
    """

    def __init__(self, folder: str, address: str | None = None, memory: int = 256 << 20) -> None:
        self.folder, self.address = folder, (address or folder).rstrip('/')
        path = os.path.join(folder, INDEX)
        self._index = map_array(path)
        if self._index.dtype != _RECORD or self._index.ndim != 1 or not len(self._index):
            raise InputError(f'{path} is not an index of shards: expected records of '
                             f'{_RECORD.names}, found {str(self._index.dtype)[:100]}')
        self._remote = is_address(self.address)
        self._block = lru_cache(max(2, memory // BLOCK))(self._fetch)
        self._open = lru_cache(16)(lambda shard: open(self._path(shard), 'rb'))
        self._lock = threading.Lock()  # the position in a file is shared by all threads

    def __iter__(self) -> Iterator[str]:
        with open(os.path.join(self.folder, NAMES), encoding='utf-8',
                  errors='surrogateescape') as file:
            yield from (line.rstrip('\n') for line in file)

    def _path(self, shard: int) -> str:
        return f'{self.address}/{tar_name(shard)}'

    def get(self, name: str) -> bytes | None:
        """Return a file's bytes; None where it is not packed.

        Raises:
            InputError: The tar file is not there, is shorter than the index says, or its store
                serves no ranges.
        """
        row = self._rows([name])[0]
        if row < 0:
            return None
        _, shard, size, offset = self._index[row].item()
        content = (self._from_blocks if self._remote else self._from_disk)(shard, offset, size)
        if len(content) != size:
            raise InputError(f'{self._path(shard)} ends before {name}, which the index has at byte '
                             f'{offset}: copy it again')
        return content

    def places(self, names: Sequence[str]) -> np.ndarray:
        """Return where files lie: numbers in the order of shards, and of files within each.

        Args:
            names: Of the files.

        Returns:
            int64 (n, 2): number of the shard and byte in it; -1 for a file that is not packed.
        """
        rows = self._rows(names)
        found: np.ndarray = np.full((len(rows), 2), -1, np.int64)
        known = rows >= 0
        records = self._index[rows[known]]
        found[known, 0], found[known, 1] = records['shard'], records['offset']
        return found

    def _rows(self, names: Sequence[str]) -> np.ndarray:
        keys = np.fromiter(map(_key, names), np.uint64, len(names))
        rows = np.asarray(np.searchsorted(self._index['key'], keys))
        rows[rows == len(self._index)] = 0
        rows[self._index['key'][rows] != keys] = -1
        return rows

    def _from_disk(self, shard: int, offset: int, size: int) -> bytes:
        try:
            file = self._open(shard)
        except OSError as error:
            raise InputError(f'{self._path(shard)} cannot be read: {error.strerror}') from error
        if offset + size > os.fstat(file.fileno()).st_size:
            return b''
        with self._lock:
            file.seek(offset)
            return file.read(size)

    def _from_blocks(self, shard: int, offset: int, size: int) -> bytes:
        first, last = offset // BLOCK, (offset + size - 1) // BLOCK
        content = b''.join(self._block(shard, number) for number in range(first, last + 1))
        start = offset - first * BLOCK
        return content[start:start + size]

    def _fetch(self, shard: int, number: int) -> bytes:
        """A block of a tar file in a store; some failures of networks are passed over."""
        system, path = open_filesystem(self._path(shard))
        for attempt in range(_TRIES):
            try:
                content = system.cat_file(path, start=number * BLOCK, end=(number + 1) * BLOCK)
                break
            except Exception as error:  # each kind of store raises exceptions of its own
                if attempt == _TRIES - 1 or isinstance(error, FileNotFoundError):
                    raise InputError(f'{self._path(shard)} cannot be read: '
                                     f'{error or type(error).__name__}') from error
                time.sleep(_WAIT * 2**attempt)
        if len(content) > BLOCK:
            raise InputError(f'{self._path(shard)} is served as a whole where a range was asked '
                             'for: use a server with range requests')
        return content


def tar_name(shard: int) -> str:
    """What the tar file of a shard is called."""
    return f'pages-{shard:06d}.tar'


def _key(name: str) -> int:
    digest = blake2b(name.encode('utf-8', 'surrogateescape'), digest_size=8)
    return int.from_bytes(digest.digest(), 'little')


def write_shards(target: Path, source: Path, folders: Sequence[str], files: Iterable[Path],
                 size: int) -> None:
    """Write tar files and their index into ``target``.

    Pages are in an order drawn once, so that neighbours are of different documents.

    Args:
        target: New folder.
        source: Folder of the data set.
        folders: Folders below ``source``; the files of a page have the same path in each, but for
            the suffix.
        files: All files below them, page by page in that order (see :func:`page_order`).
        size: Bytes after which a tar file is full.

    Raises:
        InputError: A file has a line break in its name.
    """
    records: list[tuple[int, int, int, int]] = []
    shard, last = -1, ''
    tar: tarfile.TarFile | None = None
    with open(target / NAMES, 'w', encoding='utf-8', errors='surrogateescape') as names:
        for path in files:
            name = path.relative_to(source).as_posix()
            if '\n' in name:
                raise InputError(f'{name!r} has a line break in its name: rename it')
            folder = next(folder for folder in folders if name.startswith(folder + '/'))
            page, member = _member(name, folder)
            if tar is None or tar.offset >= size and page != last:
                if tar is not None:
                    tar.close()
                shard += 1
                tar = tarfile.open(target / tar_name(shard), 'w:', format=tarfile.GNU_FORMAT)
            content = path.read_bytes()
            info = tarfile.TarInfo(member)
            info.size = len(content)
            tar.addfile(info, BytesIO(content))
            after = tar.offset - -(-len(content) // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
            records.append((_key(name), shard, len(content), after))
            names.write(name + '\n')
            last = page
    if tar is not None:
        tar.close()
    index = np.array(records, _RECORD)
    index.sort(order='key')
    if (index['key'][1:] == index['key'][:-1]).any():
        raise InputError(f'two files of {source} have the same hash: rename one of them')
    np.save(target / INDEX, index)


def _member(name: str, folder: str) -> tuple[str, str]:
    """The page that a file is of, and what the file is called in a tar file."""
    path = PurePosixPath(name[len(folder) + 1:])
    page = path.with_suffix('').as_posix()
    key = page.replace('%', '%25').replace('.', '%2E')
    kind = folder.replace('/', '-').replace('.', '-').lower()
    return page, f'{key}.{kind}{path.suffix.lower()}'


def page_order(source: Path, folders: Sequence[str], files: Iterable[Path],
               seed: int = 0) -> list[Path]:
    """Return the files page by page, the pages in an order that depends on the seed alone."""
    pages: dict[str, list[Path]] = {}
    for path in files:
        name = path.relative_to(source).as_posix()
        folder = next(folder for folder in folders if name.startswith(folder + '/'))
        pages.setdefault(_member(name, folder)[0], []).append(path)
    keys = sorted(pages)
    return [path for number in np.random.default_rng(seed).permutation(len(keys))
            for path in pages[keys[number]]]
