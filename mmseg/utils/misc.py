"""Small helpers around a work directory."""
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
