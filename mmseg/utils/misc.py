"""Small helpers around a work directory."""
import os
import re
from pathlib import Path


def find_latest_checkpoint(path: str, suffix: str = 'pth') -> str | None:
    """Return the checkpoint in the folder ``path`` that a run should resume from, None without one.

    That is ``latest.<suffix>`` where it is there (and its link is not broken), else the
    ``iter_N``/``epoch_N`` file with the largest N.
    """
    folder = Path(path)
    latest = folder / f'latest.{suffix}'
    if latest.exists():
        return str(latest)
    numbered = [(int(match[1]), file) for file in folder.glob(f'*.{suffix}')
                if (match := re.fullmatch(r'(?:iter|epoch)_(\d+)', file.stem))]
    return str(max(numbered)[1]) if numbered else None


def checkpoints_newest_first(path: str) -> list[Path]:
    """The checkpoints of a training in the folder ``path``, in the order in which to try them.

    What ``latest.pth`` points to comes first, or ``latest.pth`` itself where it is a file of its
    own, then the ``iter_N`` and ``epoch_N`` files before it from the largest N on. Files with a
    larger N than that, of an earlier training in the folder, come last.
    """
    folder = Path(path)
    numbered = {file: int(found[1]) for file in folder.glob('*.pth')
                if (found := re.fullmatch(r'(?:iter|epoch)_(\d+)', file.stem)) and file.is_file()}
    files = sorted(numbered, key=lambda file: (numbered[file], file.stem), reverse=True)
    latest = folder / 'latest.pth'
    if not latest.is_file():
        return files
    target = folder / os.readlink(latest) if latest.is_symlink() else latest
    if target not in numbered:
        return [latest, *files]
    newer = [file for file in files if numbered[file] > numbered[target]]
    return [target, *(file for file in files if file != target and file not in newer), *newer]
