"""The checkpoints of MMSegmentation 0.x's model zoo: their addresses and reported scores."""
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from ..errors import UnknownNameError

_TABLE = Path(__file__).with_name('checkpoints.tsv')
ADDRESS = 'https://download.openmmlab.com/mmsegmentation/v0.5'


@dataclass(frozen=True)
class ZooCheckpoint:
    """A checkpoint of the zoo.

    Attributes:
        config: Path of its config below ``configs``.
        path: Path of the file below the address of the zoo.
        score: mIoU in percent as 0.x reports it, without and with several scales and flip; for the
            data sets of vessels the Dice score. None where it reports none.
    """

    config: str
    path: str
    score: tuple[float | None, float | None]

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.path.rpartition('/')[2]


@cache
def zoo_checkpoints() -> dict[str, ZooCheckpoint]:
    """The name of each config that has a checkpoint in the zoo → the checkpoint."""
    found = {}
    for line in _TABLE.read_text(encoding='utf-8').splitlines():
        if line.startswith('#'):
            continue
        config, file, *scores = line.split('\t')
        name = config.rpartition('/')[2]
        path = file if file.endswith('.pth') else f'{config}/{name}_{file}.pth'
        plain, flipped = [float(score) for score in scores] + [None] * (2 - len(scores))
        found[name] = ZooCheckpoint(f'{config}.py', path, (plain, flipped))
    return found


def zoo_checkpoint(name: str) -> ZooCheckpoint:
    """The checkpoint of a config.

    Args:
        name: Name or path of the config, with or without ``.py``.

    Raises:
        UnknownNameError: The zoo has none of this name; the nearest names are given.
    """
    known = zoo_checkpoints()
    stem = Path(name).name.removesuffix('.py')
    if stem not in known:
        close = get_close_matches(stem, known, n=3, cutoff=0.6)
        raise UnknownNameError(f"the model zoo of 0.x has no checkpoint of '{name}'" + (
            f'; the nearest names are {", ".join(close)}' if close else
            '; mmseg download --list lists all'))
    return known[stem]
