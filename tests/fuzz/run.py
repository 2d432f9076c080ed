"""One damaged input: made by its number, read as a user's file would be, judged."""
from __future__ import annotations

import contextlib
import io
import logging
import random
import time
import traceback
import warnings
from functools import cache
from pathlib import Path
from typing import Any

from mmseg.utils.errors import InputError

from .groups import GROUPS
from .mutate import as_bytes, damaged
from .reader import MAX_SECONDS

_SOURCE = ('/mmseg/', '/tests/fuzz/')


def make_input(group: str, seed: int, number: int) -> bytes:
    """The bytes of an input; the same numbers give the same."""
    kind = GROUPS[group]
    rng = random.Random(f'{group} {seed} {number}')
    samples = _samples(group)
    return damaged(rng, rng.choice(samples), kind.write)


@cache
def _samples(group: str) -> list[Any]:
    return list(GROUPS[group].samples())


def outcome(group: str, seed: int, number: int, folder: str) -> tuple[str, str]:
    """What becomes of an input: ``('value', '')``, ``('refused', sentence)`` or ``('fault', …)``.

    Args:
        group: A key of ``GROUPS``.
        seed: Of all inputs.
        number: Of the input.
        folder: Prepared by :func:`prepare`; the input is written there.
    """
    content, begun = make_input(group, seed, number), time.process_time()
    kind, text = outcome_of(group, content, folder)
    used = time.process_time() - begun
    return ('fault', f'it takes {used:.0f} seconds') if used > MAX_SECONDS else (kind, text)


def outcomes(group: str, seed: int, numbers: range,
             folder: str) -> tuple[list[tuple[str, str]], float]:
    """What becomes of several inputs, and the seconds of a processor that they took together."""
    begun = time.process_time()
    return [outcome(group, seed, number, folder) for number in numbers], \
        time.process_time() - begun


def as_file(group: str, seed: int, number: int) -> tuple[str, bytes]:
    """Suffix and content of an input."""
    return Path(GROUPS[group].file).suffix, make_input(group, seed, number)


def names() -> list[str]:
    """Of all groups."""
    return list(GROUPS)


def undamaged(group: str) -> list[bytes]:
    """The samples of a group as files."""
    return [as_bytes(GROUPS[group].write(sample) if not isinstance(sample, (bytes, str))
                     else sample) for sample in _samples(group)]


def outcome_of(group: str, content: bytes, folder: str) -> tuple[str, str]:
    """What becomes of the content of a file; see :func:`outcome`."""
    kind = GROUPS[group]
    Path(folder, kind.file).write_bytes(content)
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), \
                contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter('ignore')
            kind.read(Path(folder))
        return 'value', ''
    except InputError as error:
        return 'refused', str(error)
    except MemoryError:
        raise
    except Exception as error:
        return 'fault', _signature(error)
    finally:
        logging.disable(logging.NOTSET)


def prepare(group: str, folder: str) -> None:
    """Write what the group's inputs need around them."""
    GROUPS[group].prepare(Path(folder))


def _signature(error: BaseException) -> str:
    """Type, place in our code and message of an error."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if any(part in frame.filename for part in _SOURCE)]
    frame = (ours or frames)[-1]
    name = '/'.join(Path(frame.filename).parts[-2:])
    return f'{type(error).__name__} in {name}:{frame.lineno}: {" ".join(str(error).split())[:160]}'
