"""Pages packed into one file, which disks and networks read faster than many small ones."""
from __future__ import annotations

import os
import os.path as osp
import tarfile
import threading
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

import mmcv
import numpy as np
from tqdm import tqdm

from mmseg.utils.atomic_write import atomic_folder, atomic_path
from mmseg.utils.errors import InputError
from mmseg.utils.safe_files import reading

from . import shards
from .samplers.reading_order import Reading

_TAR, _LMDB = 'pages.tar', 'pages.lmdb'
_SHARDS = f'{shards.FOLDER}/{shards.INDEX}'
_LMDB_MOST = 1 << 40  # bytes that the database may grow to; a limit, not what it takes


class _Tar:
    """Members of a tar file by name; one scan of its headers finds where they lie."""

    def __init__(self, path: str) -> None:
        with reading(path, 'a tar file of pages'):
            self._places = dict(_members(path))
        self._file = open(path, 'rb')
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def get(self, name: str) -> bytes | None:
        """The member's bytes."""
        if name not in self._places:
            return None
        offset, size = self._places[name]
        if hasattr(os, 'pread'):
            return os.pread(self._file.fileno(), size, offset)
        with self._lock:  # Windows: the position is shared by all threads
            self._file.seek(offset)
            return self._file.read(size)


def _members(path: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Name, place and size of each file in a tar file.

    Raises:
        ValueError: It is damaged.
    """
    length = os.path.getsize(path)
    try:
        with tarfile.open(path, 'r:') as tar:
            for member in tar:
                # a negative size would lead back to earlier headers without end
                if member.size < 0 or member.offset_data + member.size > length:
                    raise ValueError(f'{member.name} is said to have {member.size} bytes')
                if member.isfile():
                    yield member.name, (member.offset_data, member.size)
    except tarfile.TarError as error:
        raise ValueError(str(error)) from error


class _Lmdb:
    """Values of an LMDB database by name."""

    def __init__(self, path: str) -> None:
        lmdb = _import_lmdb()
        try:
            self._base = lmdb.open(path, subdir=False, readonly=True, lock=False, readahead=False)
        except lmdb.Error as error:
            raise InputError(f'{path} is not an LMDB database of pages, or is damaged: '
                             f'{error}') from error

    def __iter__(self) -> Iterator[str]:
        with self._base.begin() as look:
            return iter([bytes(key).decode() for key in look.cursor().iternext(values=False)])

    def get(self, name: str) -> bytes | None:
        with self._base.begin() as look:
            return look.get(name.encode())


def _import_lmdb() -> Any:
    try:
        import lmdb
    except ImportError as error:
        raise InputError("pages.lmdb needs the package lmdb: install the extra 'data' "
                         "(pip install 'mmseg-layout[data]'), or pack into a tar file") from error
    return lmdb


@lru_cache(maxsize=16)
def _open(path: str, address: str | None, memory: int) -> _Tar | _Lmdb | shards.Shards:
    """The archive, opened once a process."""
    if path.endswith(_SHARDS):
        return shards.Shards(osp.dirname(path), address, memory)
    return _Tar(path) if path.endswith('.tar') else _Lmdb(path)


# LMDB does not survive a fork: workers and this process open it again
if hasattr(os, 'register_at_fork'):
    os.register_at_fork(before=_open.cache_clear)


@mmcv.FileClient.register_backend('packed')
class PackedBackend(mmcv.fileio.file_client.HardDiskBackend):
    """Files of a data set whose folders ``mmseg pack`` packed into one file.

    A path is looked up in the ``pages.tar``, ``pages.lmdb`` or ``pages.shards`` of the nearest
    folder above it; what lies on the disk itself, such as split files, is read from there. Set
    ``file_client_args=dict(backend='packed')`` in a data set's config; paths stay as they are.

    Args:
        address: Of shards: path or address of the folder with the tar files, where they are not
            next to their index.
        window: Of shards: pages that lie next to each other and are shuffled in training.
        streams: Of shards: parts of each process's pages that are read in turn, see
            :class:`~mmseg.datasets.samplers.reading_order.Reading`.
        memory: Of shards in a store: MiB of blocks that each loading worker keeps. A window should
            fit in.

    Raises:
        InputError: A number below 1.
    """

    def __init__(self, address: str | None = None, window: int = 1000, streams: int = 4,
                 memory: int = 256) -> None:
        super().__init__()
        for name, number in (('window', window), ('streams', streams), ('memory', memory)):
            if number < 1:
                raise InputError(f'{name} of the backend packed is 1 or more, got {number}')
        self.window, self.streams = window, streams
        self._options = address, memory << 20

    def get(self, filepath: str | Path) -> bytes:
        """The file's bytes.

        Raises:
            FileNotFoundError: It is neither on the disk nor packed.
        """
        path = osp.normpath(str(filepath))
        if not osp.exists(path):
            for archive, name in _archives(path):
                content = _open(archive, *self._options).get(name)
                if content is not None:
                    return content
            raise FileNotFoundError(2, f'neither there nor in a {_TAR}, {_LMDB} or {shards.FOLDER} '
                                    'above it', path)
        return super().get(path)

    def list_dir_or_file(self, dir_path: str | Path, list_dir: bool = True, list_file: bool = True,
                         suffix: str | tuple[str, ...] | None = None,
                         recursive: bool = False) -> Iterator[str]:
        """Names of the files below a folder, as mmcv lists them; packed folders are not listed."""
        if osp.isdir(dir_path):
            yield from super().list_dir_or_file(dir_path, list_dir, list_file, suffix, recursive)
            return
        for archive, prefix in _archives(osp.normpath(str(dir_path))):
            for name in _open(archive, *self._options):
                below = name.removeprefix(prefix + '/')
                if (below != name and list_file and (recursive or '/' not in below)
                        and (suffix is None or below.endswith(suffix))):
                    yield below

    def reading(self, folder: str, names: list[str]) -> Reading | None:
        """Return how the files of a folder are read; None where they are not in shards."""
        for archive, prefix in _archives(osp.normpath(osp.join(folder, 'x'))):
            opened = _open(archive, *self._options)
            if isinstance(opened, shards.Shards):
                below = prefix.removesuffix('x')
                places = opened.places([below + name for name in names])
                return Reading(places, self.window, self.streams)
        return None


def reading_of(dataset: Any) -> Reading | None:
    """Return how the pages of a data set are read; None where they are not in shards.

    Pages of other wrappers than ``RepeatDataset`` are read in any order, which needs more reads.
    """
    times = getattr(dataset, 'times', 1)
    inner = dataset.dataset if times > 1 and hasattr(dataset, 'dataset') else dataset
    client = getattr(getattr(inner, 'file_client', None), 'client', None)
    if not isinstance(client, PackedBackend) or not hasattr(inner, 'img_infos'):
        return None
    names = [info['filename'] for info in inner.img_infos]
    found = client.reading(inner.img_dir, names)
    if found is None or inner is dataset:
        return found
    return Reading(np.tile(found.places, (len(dataset) // len(inner), 1)), found.window,
                   found.streams)


def _archives(path: str) -> Iterator[tuple[str, str]]:
    """Archives in the folders above ``path``, nearest first, and its name within each."""
    folder = osp.dirname(path)
    while True:
        for name in (_TAR, _LMDB, _SHARDS):
            if osp.isfile(osp.join(folder, name)):
                yield osp.join(folder, name), PurePosixPath(
                    Path(osp.relpath(path, folder or '.'))).as_posix()
        if folder in ('', osp.dirname(folder)):
            return
        folder = osp.dirname(folder)


def pack(source: str | Path, target: str | Path, kind: str = 'tar',
         folders: Iterable[str] = ('JPEGImages', 'SegmentationClassPNG'),
         shard_size: int = 256) -> int:
    """Write ``pages.tar``, ``.lmdb`` or ``.shards`` with folders of ``source``; how many files.

    Everything else of ``source`` (split files, names, page types) is copied as it is. The archive
    appears under its name when it is whole.

    Args:
        source: Folder of a data set.
        target: New folder.
        kind: 'tar', 'lmdb' or 'shards' (many tar files, in an order drawn once, with an index).
        folders: Folders below ``source`` that are packed.
        shard_size: MiB of a tar file, for shards.

    Raises:
        InputError: A folder is not there, or ``target`` has an archive.
    """
    source, target, chosen = Path(source), Path(target), list(folders)
    if shard_size < 1:
        raise InputError(f'a shard has a size in MiB, 1 or more, got {shard_size}')
    lost = [name for name in chosen if not (source / name).is_dir()]
    if lost:
        there = sorted(path.name for path in source.glob('*/')) or 'none'
        raise InputError(f'{source} has no folder {", ".join(lost)}; folders there: {there}')
    archive = target / {'tar': _TAR, 'lmdb': _LMDB, 'shards': shards.FOLDER}[kind]
    if archive.exists():
        raise InputError(f'{archive} exists; delete it, or name another folder')
    packed = [path for name in chosen for path in sorted((source / name).rglob('*'))
              if path.is_file()]
    if kind == 'shards':
        packed = shards.page_order(source, chosen, packed)
    bar = tqdm(packed, desc='packing', unit='file')
    if kind == 'shards':
        with atomic_folder(archive) as part:
            shards.write_shards(part, source, chosen, bar, shard_size << 20)
            _copy_rest(source, target, set(packed))
        return len(packed)
    with atomic_path(archive) as part:
        (_pack_tar if kind == 'tar' else _pack_lmdb)(part, source, bar)
        _copy_rest(source, target, set(packed))
    return len(packed)


def _pack_tar(part: Path, source: Path, files: Iterable[Path]) -> None:
    with tarfile.open(part, 'w:') as tar:
        for path in files:
            tar.add(path.resolve(), path.relative_to(source).as_posix(), recursive=False)


def _pack_lmdb(part: Path, source: Path, files: Iterable[Path]) -> None:
    with _import_lmdb().open(str(part), subdir=False, map_size=_LMDB_MOST, lock=False) as base:
        for path in files:
            with base.begin(write=True) as change:
                change.put(path.relative_to(source).as_posix().encode(), path.read_bytes())


def _copy_rest(source: Path, target: Path, packed: set[Path]) -> None:
    if source.resolve() == target.resolve():
        return
    for path in source.rglob('*'):
        if (path.is_file() and path not in packed and path.name not in (_TAR, _LMDB)
                and shards.FOLDER not in path.relative_to(source).parts):
            with atomic_path(target / path.relative_to(source)) as part:
                part.write_bytes(path.read_bytes())
