"""Exported files: written atomically, and opened again."""
from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from ..utils.atomic_write import atomic_path
from ..utils.checkpoint import pickles_are_trusted
from ..utils.errors import InputError, MissingFileError
from ..utils.network_size import MEMORY, limited_memory
from ..utils.safe_files import in_words
from .devices import move_constants
from .info import ExportMetadata, read_info, write_sidecar
from .program import check_program

# The name of the info inside a file.
INSIDE = 'info.json'


def inside_text(info: ExportMetadata) -> str:
    """Return ``info`` in the form that is stored inside an exported file."""
    return json.dumps(info.to_json(), ensure_ascii=False)


def write_whole(path: str | os.PathLike, write: Callable[[str], Any]) -> None:
    """Let ``write`` make a file, which becomes ``path`` when it is complete.

    Raises:
        InputError: The file cannot be written.
    """
    try:
        with atomic_path(path) as part:
            write(str(part))
    except InputError:  # a RuntimeError too
        raise
    except (OSError, RuntimeError) as error:
        raise InputError(f'cannot write {path} ({str(error).splitlines()[0]})') from error


def save_traced(traced: torch.jit.ScriptModule, path: str | os.PathLike,
                info: ExportMetadata) -> None:
    """Write ``traced`` with ``info`` inside, and the info as JSON next to it.

    Raises:
        InputError: The file cannot be written.
    """
    files = {INSIDE: inside_text(info)}
    write_whole(path, lambda part: torch.jit.save(traced, part, _extra_files=files))
    write_sidecar(info, path)


def load_traced(path: str | os.PathLike,
                map_location: str = 'cpu') -> tuple[torch.jit.ScriptModule, ExportMetadata]:
    """Return the network of a traced file and what the file says about it.

    Args:
        path: The TorchScript file.
        map_location: The device of its weights.

    Raises:
        InputError: No such file, no TorchScript in it, a program that does more than to compute and
            is not trusted, or nothing that describes it.
    """
    if not Path(path).is_file():
        raise MissingFileError(f'traced model {path} not found')
    files: dict[str, Any] = {INSIDE: ''}
    if not pickles_are_trusted():
        check_program(path)
    memory = MEMORY if torch.device(map_location).type == 'cpu' else None
    try:
        with limited_memory(memory):
            traced = torch.jit.load(str(path), map_location, _extra_files=files)
    except (RuntimeError, LookupError, ValueError) as error:
        raise InputError(f'{path} is not a file of a traced network: '
                         f'{in_words(error)}') from error
    if torch.device(map_location).type != 'cpu':
        move_constants(traced, map_location)
    inside = files[INSIDE]
    if isinstance(inside, bytes):
        inside = inside.decode(errors='replace')
    return traced, read_info(path, inside)
