"""Looking at files in a process of its own, which may die or hang without harm."""
from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

KILLED = 'kills or holds up the process that reads it'


def watched_lines(look_at: Callable[[Path], dict[str, Any]], root: Path, files: Sequence[str],
                  record: Path, seconds: float) -> None:
    """Write what a function says of each file into a record, one line of JSON a file.

    Goes on where it stopped; the record gets its name when it is whole. A file that kills the
    process that looks at it, or takes too long, is written down as ``skipped``.

    Args:
        look_at: Gives facts of a file.
        root: Folder of the files.
        files: Below the folder, with slashes.
        record: The file to write.
        seconds: That a file may take.
    """
    record.parent.mkdir(parents=True, exist_ok=True)
    part = record.with_name(f'{record.name}.part')
    part.touch()
    done = _whole_lines(part)
    while done < len(files):
        worker = multiprocessing.get_context('fork').Process(
            target=_look_at_all, args=(look_at, root, files[done:], part))
        worker.start()
        before = -1
        while worker.is_alive() and done != before:
            before = done
            worker.join(seconds)
            done = _whole_lines(part)
        if worker.is_alive():
            worker.kill()
        worker.join()
        done = _whole_lines(part)
        if done < len(files) and worker.exitcode != 0:
            _write(part, {'file': files[done], 'skipped': KILLED})
            done += 1
    part.rename(record)


def _look_at_all(look_at: Callable[[Path], dict[str, Any]], root: Path, files: Sequence[str],
                 part: Path) -> None:
    for file in files:
        _write(part, {'file': file, **look_at(root / file)})


def _write(part: Path, facts: dict[str, Any]) -> None:
    with part.open('a') as out:
        out.write(json.dumps(facts, ensure_ascii=False) + '\n')


def _whole_lines(part: Path) -> int:
    """Number of lines, after one is cut off that was not finished."""
    content = part.read_bytes()
    if not content.endswith(b'\n'):
        content = content[:content.rfind(b'\n') + 1]
    return content.count(b'\n')


def read_lines(record: Path) -> list[dict[str, Any]]:
    """What a record says."""
    return [json.loads(line) for line in record.read_text().splitlines()]


def pdfs_below(folder: Path) -> list[str]:
    """PDFs in a folder and below, sorted, with slashes; no links."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob('*')
                  if path.suffix.lower() == '.pdf' and path.is_file() and not path.is_symlink())
