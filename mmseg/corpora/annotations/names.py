"""Files that annotations name, found also where the names are written otherwise.

Annotations travel between systems: Windows writes back-slashes and does not tell capitals apart,
macOS stores an accented letter as two characters (Unicode's form NFD) where others store one, and
programs with a web page write ``%20`` for a blank.
"""
from __future__ import annotations

import os
import unicodedata
from functools import lru_cache
from pathlib import Path, PurePosixPath
from urllib.parse import unquote


def _plain(name: str) -> str:
    return unicodedata.normalize('NFC', name)


@lru_cache(maxsize=64)
def _entries(folder: str, changed: int) -> dict[str, list[str]]:
    """What is in a folder, by names in small letters and one Unicode form; read again once the
    folder has ``changed``."""
    found: dict[str, list[str]] = {}
    for name in os.listdir(folder):
        found.setdefault(_plain(name).casefold(), []).append(name)
    return found


def _match(folder: Path, name: str) -> Path | None:
    """What is called ``name`` in a folder: to the letter, else in another Unicode form, else but
    for capitals, where only one is."""
    try:
        if (folder / name).exists():
            return folder / name
        entries = _entries(str(folder), os.stat(folder).st_mtime_ns)
    except (OSError, ValueError):  # too long for a name, or with NUL in it
        return None
    alike = entries.get(_plain(name).casefold(), [])
    same = [found for found in alike if _plain(found) == _plain(name)] or alike
    return folder / same[0] if len(same) == 1 else None


def find_file(root: Path, name: str, start: Path | None = None) -> Path | None:
    """The file that an annotation calls ``name``; None where it is not there or not in ``root``.

    Args:
        root: The folder that it must be in, or in a folder there.
        name: As it is written, with ``/`` or ``\\``.
        start: The folder that it is relative to, by default ``root``.
    """
    root = Path(os.path.abspath(root))
    start = Path(os.path.abspath(start)) if start is not None else root
    plain = name.replace('\\', '/')
    for written in dict.fromkeys((name, plain, unquote(plain))):
        parts = PurePosixPath(written).parts
        here: Path | None = start
        for part in parts:
            if here is None:
                break
            here = (here.parent if part == '..' else Path(part) if part == '/'
                    else _match(here, part))
            if here is not None and not (here == root or root in here.parents
                                         or here in root.parents):
                here = None
        if here is not None and root in here.parents and here.is_file():
            return here
    return None
