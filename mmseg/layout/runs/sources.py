"""Which files a run over very many pages reads, in shards: files, folders, addresses and lists."""
from __future__ import annotations

import json
import os
import posixpath
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from ...utils.errors import InputError, MissingFileError
from ...utils.page_images import SUFFIXES, find_files
from ...utils.storage import is_address, list_addresses, open_filesystem
from ..writers.parquet import import_arrow

COLUMN = 'path'


class Shard(NamedTuple):
    """Files that are processed together, and whose rows are in one file of each table.

    Attributes:
        number: Of the shard, from 0.
        sources: Absolute paths or addresses of its files, in order.
    """
    number: int
    sources: tuple[str, ...]

    @property
    def name(self) -> str:
        """What its files are called, without suffix."""
        return f'part-{self.number:06d}'


def page_sources(inputs: Iterable[str], nested: bool = False) -> tuple[Iterator[str], int | None]:
    """Return the absolute path or address of each file, and their number where it is known.

    Lists are read while the run goes on, so that the memory does not grow with their length.

    Args:
        inputs: Pictures, PDFs, folders, addresses of these that fsspec knows, and lists of them:
            ``.jsonl`` with an object on each line, ``.parquet``; both have the paths, relative to
            the list's folder, or addresses in a column ``path``.
        nested: Look into the folders' folders too.

    Raises:
        InputError: An input is not there, or a folder holds no page. A damaged list raises it
            while it is read.
    """
    parts: list[Iterable[str]] = []
    known: list[Sequence[str]] = []
    for name in inputs:
        if name.endswith(('.jsonl', '.parquet')):
            parts.append(_listed(name))
            continue
        known.append(_found(name, nested))
        parts.append(known[-1])
    total = sum(map(len, known)) if len(known) == len(parts) else None
    return (source for part in parts for source in part), total


def shards(sources: Iterable[str], size: int) -> Iterator[Shard]:
    """Yield shards of ``size`` files, the last one smaller; a file comes once in a shard."""
    rest, number = iter(sources), 0
    while chosen := tuple(islice(rest, size)):
        yield Shard(number, tuple(dict.fromkeys(chosen)))
        number += 1


def _found(name: str, nested: bool) -> list[str]:
    if not is_address(name):
        return [str(file.absolute()) for file in find_files([name], nested)]
    if posixpath.splitext(name)[1].lower() in SUFFIXES:
        return [name]
    found = [address for address in list_addresses(name, nested)
             if posixpath.splitext(address)[1].lower() in SUFFIXES]
    if not found:
        raise InputError(f'{name} holds no pictures or PDFs ({", ".join(SUFFIXES)})'
                         + ('' if nested else '; the folders in it were not looked into'))
    return found


def _listed(name: str) -> Iterator[str]:
    """The files of a list."""
    folder = posixpath.dirname(name) if is_address(name) else os.path.dirname(os.path.abspath(name))
    system, path = open_filesystem(name if is_address(name) else os.path.abspath(name))
    try:
        file = system.open(path, 'rb')
    except OSError as error:
        raise MissingFileError(f'the list {name} cannot be opened: {error}') from error
    with file:
        for source in (_jsonl if name.endswith('.jsonl') else _parquet)(file, name):
            yield source if is_address(source) or os.path.isabs(source) else (
                f'{folder}/{source}' if is_address(folder) else str(Path(folder, source)))


def _jsonl(file: Any, name: str) -> Iterator[str]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            source = json.loads(line)[COLUMN]
        except (RecursionError, ValueError, KeyError, TypeError):
            source = None
        if not isinstance(source, str):
            raise InputError(f"line {number} of {name} is not an object with a text '{COLUMN}', "
                             f'such as {{"{COLUMN}": "scans/a.png"}}')
        yield source


def _parquet(file: Any, name: str) -> Iterator[str]:
    arrow = import_arrow()
    try:
        table = arrow.parquet.ParquetFile(file)
        columns = table.schema_arrow.names
        if COLUMN not in columns:
            raise InputError(f"{name} has no column '{COLUMN}' with the paths of the pages; its "
                             f'columns are {", ".join(columns)}')
        for batch in table.iter_batches(columns=[COLUMN]):
            for source in batch.column(0).to_pylist():
                if not isinstance(source, str):
                    raise InputError(f"{name} has {source!r} in its column '{COLUMN}', where a "
                                     'path was expected')
                yield source
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(f'{name} is not a Parquet file that can be read: {error}') from error
