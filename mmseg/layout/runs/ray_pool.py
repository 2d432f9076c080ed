"""Shards of a run on the machines of a Ray cluster."""
from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from ...inference.predictor import Predictor
from ...utils.errors import InputError
from ...utils.storage import Storage
from .options import LayoutOptions, LayoutReport
from .shards import ShardProcessor, ShardTables
from .sources import Shard

# Actors that may end while they work on the same shard, before it is given up.
_TRIES = 3


def _import_ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise InputError("a cluster needs the package ray: install the extra 'ray' "
                         "(pip install 'mmseg-layout[ray]')") from error
    return ray


class RayPool:
    """Actors on a Ray cluster that each process one shard at a time; a context that ends them.

    An actor that ends (its process was killed, its machine is gone) is replaced, and another one
    processes its shard again. After three such ends at the same shard its files become rows of the
    table of errors.

    Args:
        address: Of the cluster: ``HOST:PORT``, ``ray://HOST:PORT`` or ``auto``.
        opener: Returns the network; called in the actors' processes, which import it by its name.
        target: Path that all machines have, or address, of the folder of the results.
        options: Formats and how regions are found, with ``rows``.
        settings: Of the run, for the metadata of the tables.
        workers: Processes of each actor, each with a network and a core.
        actors: Number of actors; as many as the cluster has room for by default. More of them wait
            until it grows.
        gpus: GPUs that an actor takes, such as 0.25.

    Raises:
        InputError: Ray is not installed, no cluster answers at the address, or it is too small.
    """

    def __init__(self, address: str, opener: Callable[[], Predictor], target: str,
                 options: LayoutOptions, settings: Mapping[str, Any], *, workers: int = 1,
                 actors: int | None = None, gpus: float = 0.) -> None:
        self.ray = _import_ray()
        if workers < 1:
            raise InputError(f'an actor has one process or more, got {workers}')
        try:
            self.ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise InputError(f'no Ray cluster answers at {address}: {error}') from error
        self._target, self._settings, self._resume = Storage(target), settings, options.resume
        kind = self.ray.remote(num_cpus=workers, num_gpus=gpus, max_restarts=0)(ShardProcessor)
        self._start = lambda: kind.remote(opener, target, options, settings, workers)
        self.actors = actors or self._room(workers, gpus)
        self._lost: dict[int, int] = {}
        self._failed_starts = 0

    def __enter__(self) -> RayPool:
        return self

    def __exit__(self, *error: object) -> None:
        self.ray.shutdown()  # ends the actors of this driver

    def _room(self, workers: int, gpus: float) -> int:
        """Number of actors for which the machines have cores and GPUs."""
        alive = [node['Resources'] for node in self.ray.nodes() if node['Alive']]
        room = sum(int(min(node.get('CPU', 0) // workers,
                           node.get('GPU', 0) / gpus if gpus else float('inf'))) for node in alive)
        if room < 1:
            self.ray.shutdown()
            raise InputError(f'no machine of the cluster has {workers} cores'
                             + (f' and {gpus:g} GPUs' if gpus else '')
                             + f' for an actor: {len(alive)} machines have '
                             f'{sum(node.get("CPU", 0) for node in alive):g} cores and '
                             f'{sum(node.get("GPU", 0) for node in alive):g} GPUs')
        return room

    def process(self, shards: Iterable[Shard]) -> Iterator[tuple[Shard, LayoutReport]]:
        """Yield each shard, in any order, with what came of it.

        Args:
            shards: Taken one by one, as actors become free.

        Raises:
            InputError: The network cannot be opened, or a result cannot be written.
        """
        rest, ahead = iter(shards), deque[Shard]()
        idle: list[Any] = []
        # what is waited for → its actor and shard; None while an actor starts
        running: dict[Any, tuple[Any, Shard | None]] = {}
        for _ in range(self.actors):
            self._add_actor(running)
        while True:
            ahead.extend(islice(rest, max(len(idle) - len(ahead), 0)))
            while idle and ahead:
                actor, shard = idle.pop(), ahead.popleft()
                running[actor.process.remote(shard)] = actor, shard
            if idle and not any(shard for _, shard in running.values()):
                return
            [done], _ = self.ray.wait(list(running), num_returns=1)
            actor, current = running.pop(done)
            try:
                report = self.ray.get(done)
            except self.ray.exceptions.RayTaskError as error:
                raise error.cause if isinstance(error.cause, InputError) else error from error
            except self.ray.exceptions.RayActorError as error:
                self._add_actor(running)
                if current is None:
                    self._check_starts(error)
                elif self._may_try(current):
                    ahead.append(current)
                else:
                    yield current, self._give_up(current)
                continue
            idle.append(actor)
            if current is not None:
                yield current, report

    def _add_actor(self, running: dict[Any, tuple[Any, Shard | None]]) -> None:
        actor = self._start()
        running[actor.__ray_ready__.remote()] = actor, None

    def _check_starts(self, error: Exception) -> None:
        self._failed_starts += 1
        if self._failed_starts > _TRIES * self.actors:
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise InputError('actors cannot start on the cluster; is this package installed on all '
                             f'of its machines, and is there enough memory? {reason}') from error

    def _may_try(self, shard: Shard) -> bool:
        self._lost[shard.number] = self._lost.get(shard.number, 0) + 1
        return self._lost[shard.number] < _TRIES

    def _give_up(self, shard: Shard) -> LayoutReport:
        """Write the files of a shard into the table of errors."""
        tables = ShardTables(self._target, shard, self._settings, self._resume)
        reason = f'the process of the shard ended {_TRIES} times; is there enough memory for it?'
        report = LayoutReport(skipped=tables.kept_pages)
        for source in tables.todo:
            tables.fail(source, reason)
            report.add(f'{source}: {reason}')
        tables.write()
        return report
