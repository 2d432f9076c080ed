"""The files of a data set, checked with one listing per folder."""
from __future__ import annotations

import os
import os.path as osp
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import PurePosixPath
from typing import Any

import mmcv

from mmseg.utils.errors import InputError

_SHOWN = 3
_LONGEST = 4000
_LENIENT = ContextVar('lenient loading', default=False)


@contextmanager
def lenient_loading() -> Iterator[None]:
    """In this context data sets keep pages whose files or labels are missing, to report them."""
    token = _LENIENT.set(True)
    try:
        yield
    finally:
        _LENIENT.reset(token)


def is_lenient() -> bool:
    """Whether this is within :func:`lenient_loading`."""
    return _LENIENT.get()


def examples(names: Sequence[str]) -> str:
    """The first of ``names``, and how many more there are."""
    more = f' and {len(names) - _SHOWN} more' if len(names) > _SHOWN else ''
    return ', '.join(names[:_SHOWN]) + more


def read_split(split: str, suffix: str, file_client_args: Mapping[str, Any]) -> list[str]:
    """The page names in a split file, without ``suffix``; empty lines are passed over.

    Raises:
        InputError: The file is not there or names no page.
    """
    try:
        lines = read_lines(split, file_client_args)
    except (OSError, ValueError) as error:  # a UnicodeDecodeError
        raise InputError(f'the split file {split} cannot be read: '
                         f'{getattr(error, "strerror", None) or error}') from error
    names = [line.strip().removesuffix(suffix) for line in lines if line.strip()]
    if not names:
        raise InputError(f'the split file {split} names no page')
    strange = [name for name in names if '\0' in name or len(name) > _LONGEST]
    if strange:
        raise InputError(f'the split file {split} names pages that no file can be called: '
                         f'{strange[0][:50]!r}')
    return names


def check_inside(names: Iterable[str], source: str) -> None:
    """Raise InputError for a name, given in the file ``source``, that leaves its folder."""
    # paths are slow to make, and of a million names few or none can leave
    for name in (name for name in names if '..' in name or name.startswith(('/', '\\'))):
        path = PurePosixPath(name.replace('\\', '/'))
        if path.is_absolute() or '..' in path.parts:
            raise InputError(f"{source} names '{name}', which leaves the folder of the images; "
                             'expected names relative to it')


def read_lines(file: str, file_client_args: Mapping[str, Any] = dict(backend='disk')) -> list[str]:
    """The lines of a text file in UTF-8, with or without the mark that Windows begins it with."""
    return mmcv.list_from_file(file, encoding='utf-8-sig', file_client_args=dict(file_client_args))


def find_images(folder: str, suffix: str | tuple[str, ...],
                client: mmcv.FileClient) -> list[str]:
    """All files with ``suffix`` (or one of several) in ``folder`` and below; relative, sorted.

    Raises:
        InputError: The folder is not there or has no such file.
    """
    check_folder(folder, 'img_dir', client)
    if _on_disk(client):
        names = sorted(_files_below(folder, '', suffix))
    else:
        names = sorted(client.list_dir_or_file(folder, list_dir=False, suffix=suffix,
                                               recursive=True))
    if not names:
        there = Counter(osp.splitext(name)[1] for name in client.list_dir_or_file(
            folder, list_dir=False, recursive=True))
        found = ', '.join(f'{number} {kind or "without suffix"}'
                          for kind, number in there.most_common(_SHOWN)) or 'no files'
        raise InputError(f'no images found in {folder}: looked for names that end in '
                         f"'{_either(suffix)}' there and below, found {found}; see img_dir and "
                         'img_suffix')
    return names


def _either(suffix: str | tuple[str, ...]) -> str:
    return suffix if isinstance(suffix, str) else "' or '".join(suffix)


def check_folder(folder: str, key: str, client: mmcv.FileClient) -> None:
    """Raise InputError where ``folder``, which the config gives as ``key``, is not there."""
    if _on_disk(client) and not osp.isdir(folder):
        raise InputError(f'{key} is {osp.abspath(folder)}, which is not a folder; see data_root '
                         f'and {key}')


def missing(folder: str, names: Sequence[str], client: mmcv.FileClient,
            lenient_too: bool = False) -> list[str]:
    """The names that are missing in ``folder``.

    None where files are not on a disk, and within :func:`lenient_loading` unless ``lenient_too``.
    """
    if not _on_disk(client) or is_lenient() and not lenient_too:
        return []
    # one listing, not one stat a page: a network disk answers a hundred thousand slowly
    there = _listed(folder)
    rest = [name for name in names if name not in there]
    lost = [name for name in rest if '/' not in name]
    wanted: defaultdict[str, list[str]] = defaultdict(list)
    for name in rest:
        below, slash, base = name.rpartition('/')
        if slash:
            wanted[below].append(base)
    for below, group in wanted.items():
        there = _listed(osp.join(folder, below))
        lost += [osp.join(below, base) for base in group if base not in there]
    return lost


def _listed(folder: str) -> set[str]:
    return set(os.listdir(folder)) if osp.isdir(folder) else set()


def _files_below(folder: str, below: str, suffix: str | tuple[str, ...]) -> Iterator[str]:
    """Names relative to the first folder, as mmcv lists them."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith('.') and entry.is_file():
                if entry.name.endswith(suffix):
                    yield below + entry.name
            elif entry.is_dir():
                yield from _files_below(entry.path, f'{below}{entry.name}/', suffix)


def _on_disk(client: mmcv.FileClient) -> bool:
    return client.name == 'HardDiskBackend'
