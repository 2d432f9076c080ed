"""JSON and YAML of strangers: no types, no addresses, and not more memory than their size tells.

- ``read_json(path)`` and ``parse_json(text, source)``
- ``read_yaml(path)`` and ``parse_yaml(text, source)``, which reads JSON too
- ``reading(source)``: a context in which whatever a file makes our code raise becomes a sentence.
"""
from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from .errors import InputError

MAX_BYTES = 512_000_000
# Of YAML, where an alias counts as often as it is used: a class map has some hundred.
_MAX_NODES = 1_000_000
_DEEPEST = 100
_Loader = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)
# What reading a damaged file raises (SystemError: C code that was given what it does not expect); a
# failed assertion is a fault of our own.
FAULTS = (ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, OSError,
          RecursionError, SyntaxError, SystemError, TypeError, ValueError, struct.error,
          zlib.error)


@contextmanager
def reading(source: str | os.PathLike[str], what: str = 'what is expected') -> Iterator[None]:
    """Turn what a damaged file makes of code that reads it into one sentence.

    For values of a kind that nobody foresaw; those that people write by mistake deserve their own.

    Args:
        source: The file.
        what: That it was to be, such as 'a file of labelme'.

    Raises:
        InputError: For any of :data:`FAULTS`.
    """
    try:
        yield
    except InputError:
        raise
    except FAULTS as error:
        raise InputError(f'{source} is not {what}, or is damaged: {in_words(error)}') from error


def in_words(error: BaseException) -> str:
    """What an error of :data:`FAULTS` says, in one line, for the end of a sentence."""
    if isinstance(error, RecursionError):
        return 'it is nested too deeply'
    if isinstance(error, MemoryError):
        return 'there is not enough memory for it'
    if isinstance(error, KeyError):
        return f'it lacks {error}'
    return ' '.join(str(error).split())[:300] or type(error).__name__


def _text(path: Path, max_bytes: int) -> str:
    try:
        size = path.stat().st_size
        if size > max_bytes:
            raise InputError(f'{path} has {size / 1e6:.0f} MB; at most {max_bytes / 1e6:.0f} MB '
                             'are read')
        return path.read_text(encoding='utf-8-sig')
    except OSError as error:
        raise InputError(f'{path} cannot be read: {error.strerror or error}') from error
    except UnicodeDecodeError as error:
        raise InputError(f'{path} is not text in UTF-8: {error}') from error


def read_json(path: str | os.PathLike[str], max_bytes: int = MAX_BYTES) -> Any:
    """The value in a JSON file.

    Raises:
        InputError: It cannot be read, is too large, or is not valid JSON.
    """
    return parse_json(_text(Path(path), max_bytes), path)


def parse_json(text: str | bytes, source: str | os.PathLike[str]) -> Any:
    """The value that a JSON text holds; ``source`` is for messages.

    Raises:
        InputError: It is not valid JSON, or nested more than a thousand times.
    """
    try:
        return json.loads(text)
    except (RecursionError, ValueError) as error:  # a number of 5,000 digits is a ValueError
        raise InputError(f'{source} is not valid JSON: {in_words(error)}') from error


def read_yaml(path: str | os.PathLike[str], max_bytes: int = MAX_BYTES // 10) -> Any:
    """The value in a YAML or JSON file: plain types, without tags that name others.

    Raises:
        InputError: It cannot be read, is too large, or see :func:`parse_yaml`.
    """
    return parse_yaml(_text(Path(path), max_bytes), path)


def parse_yaml(text: str, source: str | os.PathLike[str]) -> Any:
    """The value that a YAML text holds; ``source`` is for messages.

    Raises:
        InputError: It is not valid YAML, names types of Python, is nested more than a hundred
            times, or has aliases that make it a million values or more.
    """
    try:
        _check_size(text, source)
        return yaml.load(text, Loader=_Loader)  # a safe one
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f'{source} is not valid YAML or JSON: {in_words(error)}') from error


def _check_size(text: str, source: str | os.PathLike[str]) -> None:
    """Count values, those behind an alias as often as they are named."""
    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = [(None, 0)]
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.events.AliasEvent):
            size = sizes.get(event.anchor, _MAX_NODES)  # not there yet: it holds itself
        elif isinstance(event, yaml.events.ScalarEvent):
            size = 1
            if event.anchor:
                sizes[event.anchor] = size
        elif isinstance(event, yaml.events.CollectionStartEvent):
            open_nodes.append((event.anchor, 1))
            if len(open_nodes) > _DEEPEST:
                raise InputError(f'{source} is nested more than {_DEEPEST} times')
            continue
        elif isinstance(event, yaml.events.CollectionEndEvent):
            anchor, size = open_nodes.pop()
            if anchor:
                sizes[anchor] = size
        else:
            continue
        anchor, count = open_nodes[-1]
        open_nodes[-1] = anchor, count + size
        if count + size >= _MAX_NODES:
            raise InputError(f'{source} has aliases that make it {_MAX_NODES:,} values or more; '
                             'write it without them')
