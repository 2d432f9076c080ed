"""The order in which the pages of shards are read: nearly as they lie, and yet shuffled."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Reading:
    """How pages of shards are read.

    Attributes:
        places: int64 (N, 2): of each page the number of its shard and its place in it.
        window: Pages that lie next to each other and are shuffled.
        streams: Parts of each process's pages that are read in turn, a batch each; with as many
            loading workers (or a divisor of it), each worker reads on where it was.
    """
    places: np.ndarray
    window: int
    streams: int


def reading_order(reading: Reading, seed: int, epoch: int, ranks: int, rank: int,
                  batch: int) -> np.ndarray:
    """Return the pages of one process in one epoch.

    Shards come in another order in each epoch. Their pages are divided among the processes without
    gaps: each page comes once, and up to ``ranks`` - 1 twice, so that all processes have as many.

    Args:
        reading: Where the pages lie.
        seed: Of the run.
        epoch: Number of the epoch.
        ranks: Number of processes.
        rank: Number of this process.
        batch: Pages of a batch.

    Returns:
        int64 (ceil(N / ranks),): numbers of pages.
    """
    order = _shuffled_shards(reading.places, np.random.default_rng([seed, epoch]))
    share = -(-len(order) // ranks)
    mine: np.ndarray = np.resize(order, share * ranks)[rank * share:(rank + 1) * share]
    draw = np.random.default_rng([seed, epoch, rank])
    full = len(mine) // batch
    counts = np.full(reading.streams, full // reading.streams)
    counts[:full % reading.streams] += 1
    ends = np.cumsum(counts) * batch
    streams = [_in_windows(part, reading.window, draw).reshape(-1, batch)
               for part in np.split(mine[:full * batch], ends[:-1])]
    batches = [stream[turn] for turn in range(counts[0] if full else 0)
               for stream in streams if turn < len(stream)]
    return np.concatenate([*batches, draw.permutation(mine[full * batch:])])


def _shuffled_shards(places: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """All pages as they lie in their shards, the shards in an order that is drawn."""
    _, shard = np.unique(places[:, 0], return_inverse=True)
    turn = draw.permutation(int(shard.max()) + 1)[shard]
    return np.lexsort((places[:, 1], turn))


def _in_windows(pages: np.ndarray, window: int, draw: np.random.Generator) -> np.ndarray:
    return np.concatenate([pages[:0], *(draw.permutation(pages[start:start + window])
                                        for start in range(0, len(pages), window))])
