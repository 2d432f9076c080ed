"""The endless stream of batches of a training, which can start at any position."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mmcv.runner import get_dist_info

from .training_state import Position


class BatchStream:
    """Batches of one epoch after the other.

    Args:
        loader: A data loader; one with ``seek(epoch, batches)`` starts where it is told, another
            at its first page.
        epoch: Of the first batch.
        batches: How many of that epoch are left out.
    """

    def __init__(self, loader: Any, epoch: int = 0, batches: int = 0) -> None:
        self.loader, self.epoch, self.batches = loader, epoch, batches
        self._batches: Iterator[Any] | None = None

    def __len__(self) -> int:
        return len(self.loader)

    @property
    def dataset(self) -> Any:
        """What the loader reads."""
        return self.loader.dataset

    def __next__(self) -> Any:
        if self._batches is None:
            self._batches = start(self.loader, self.epoch, self.batches)
        try:
            batch = next(self._batches)
        except StopIteration:
            self.epoch, self.batches = self.epoch + 1, 0
            self._batches = start(self.loader, self.epoch, 0)
            batch = next(self._batches)
        self.batches += 1
        return batch

    def position(self) -> Position:
        """The position after the last batch."""
        return Position(self.epoch, self.batches * pages_per_batch(self.loader))


def pages_per_batch(loader: Any) -> int:
    """Pages of a batch of all processes together; 1 where the loader does not say."""
    return (getattr(loader, 'batch_size', None) or 1) * get_dist_info()[1]


def place_of(position: Position | None, done: int, loader: Any) -> tuple[int, int]:
    """Epoch, and batches of it to leave out, where a stream continues.

    Args:
        position: As noted in a checkpoint; None for one of an earlier release.
        done: Iterations that were done, from which the place is computed where none is noted.
        loader: What is read now, perhaps in batches of another size.
    """
    try:
        length = len(loader)
    except TypeError:  # an iterable data set of unknown length
        return (0, 0) if position is None else (position.epoch, 0)
    if position is None:
        return divmod(done, max(length, 1))
    return position.epoch, min(position.pages // pages_per_batch(loader), length)


def start(loader: Any, epoch: int, batches: int) -> Iterator[Any]:
    """An iterator over the batches of ``epoch`` but the first ``batches``."""
    if hasattr(loader, 'seek'):
        loader.seek(epoch, batches)
    elif hasattr(getattr(loader, 'sampler', None), 'set_epoch'):
        loader.sampler.set_epoch(epoch)
    return iter(loader)
