"""Results of a function on many untrusted files, kept in a record that grows."""
from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mmseg.utils.sandbox import LimitError, Worker


def write_lines_of(look_at: Callable[[Path], dict[str, Any]], root: Path, files: Sequence[str],
                   record: Path, seconds: float) -> None:
    """Write what a function says of each file into a record, one line of JSON a file.

    The function runs in a child process: a file that ends it, or takes too long, is written down
    as ``skipped``. Continues where it stopped; the record gets its name when it is complete.

    Args:
        look_at: Gives facts of a file; of a module that can be imported.
        root: Folder of the files.
        files: Below the folder, with slashes.
        record: The file to write.
        seconds: That a file may take.
    """
    record.parent.mkdir(parents=True, exist_ok=True)
    part = record.with_name(f'{record.name}.part')
    known = _whole_lines(part)
    worker: Worker | None = None
    with part.open('w') as out:
        for file in files:
            if file not in known:
                worker = worker if worker is not None and worker.ready else Worker(
                    look_at.__module__)
                known[file] = {'file': file, **_facts(worker, look_at, root / file, seconds)}
            out.write(json.dumps(known[file], ensure_ascii=False) + '\n')
            out.flush()
    if worker is not None:
        worker.kill()
    part.rename(record)


def _facts(worker: Worker, look_at: Callable[[Path], dict[str, Any]], path: Path,
           seconds: float) -> dict[str, Any]:
    try:
        return worker.call(look_at, path, what='it', seconds=seconds)
    except LimitError as error:
        return {'skipped': str(error)}


def _whole_lines(part: Path) -> dict[str, dict[str, Any]]:
    """Lines of an unfinished record by their file, but for a last one that was not finished."""
    if not part.is_file():
        return {}
    content = part.read_bytes()
    entries = map(json.loads, content[:content.rfind(b'\n') + 1].splitlines())
    return {entry['file']: entry for entry in entries}


def read_lines(record: Path) -> list[dict[str, Any]]:
    """What a record says."""
    return [json.loads(line) for line in record.read_text().splitlines()]


def pdfs_below(folder: Path) -> list[str]:
    """PDFs in a folder and below, sorted, with slashes; no links."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob('*')
                  if path.suffix.lower() == '.pdf' and path.is_file() and not path.is_symlink())
