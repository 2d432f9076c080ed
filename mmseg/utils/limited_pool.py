"""A function of many items in several processes, none of which can end or stop the whole.

``map_limited(function, items, nproc, …)`` is a ``map`` for untrusted files: an item on which a C
library crashes, hangs or takes too much memory gives a :class:`~mmseg.utils.sandbox.LimitError` as
its result, and the process is replaced. Unlike those of :mod:`mmseg.utils.sandbox` the processes
are forks of this one, so that ``function`` need not be sent to them, however much it knows.
"""
from __future__ import annotations

import faulthandler
import json
import os
import pickle
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from .sandbox import HAS_FORK, LimitError, how_it_ended, too_much_memory

Item = TypeVar('Item')
Result = TypeVar('Result')
SECONDS = 120.
MEMORY = 6 << 30
# Results that may wait for those before them, for each process.
_AHEAD = 4
# Seconds that processes have to end by themselves.
_PATIENCE = 5.


class _Process:
    """A fork of this process that computes ``function`` of one item after the other."""

    connection: Connection

    def __init__(self, function: Callable[[Any], Any], siblings: Iterable[_Process]) -> None:
        ours, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            ours.close()
            for sibling in siblings:  # or it would not see the end of this process
                sibling.connection.close()
            _serve(Connection(theirs.detach()), function)
        theirs.close()
        self.connection = Connection(ours.detach())
        self.place, self.until = -1, 0.

    def send(self, place: int, item: Any, seconds: float, memory: int) -> None:
        """Let it work on an item; ``place`` is the item's number."""
        self.place, self.until = place, time.monotonic() + seconds
        request = pickle.dumps(item, protocol=5)
        with suppress(OSError):  # of one that has ended; there will be no result
            self.connection.send_bytes(json.dumps({'seconds': seconds,
                                                   'memory': memory}).encode())
            self.connection.send_bytes(request)

    def result(self, what: str, memory: int) -> Any:
        """What came of the item, which may be a LimitError.

        Raises:
            Exception: What the function raises.
        """
        try:
            kind, answer = pickle.loads(self.connection.recv_bytes())
        except (EOFError, OSError):
            return LimitError(how_it_ended(what, *self.end(), memory))
        if kind == 'error':
            raise answer
        return LimitError(too_much_memory(what, memory)) if kind == 'memory' else answer

    def end(self, patience: float = 0.) -> tuple[int, int]:
        """Number of the signal that ended it, and the most memory that it took in bytes.

        Args:
            patience: Seconds after which it is killed.
        """
        self.connection.close()
        from .sandbox_child import end_of  # which Windows cannot import
        until = time.monotonic() + patience
        while True:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                return end_of(status, usage)
            if time.monotonic() > until:
                os.kill(self.pid, signal.SIGKILL)
                until = time.monotonic() + 60
            time.sleep(.001)


def _serve(connection: Connection, function: Callable[[Any], Any]) -> None:
    """The life of a process; it does not return."""
    from .sandbox_child import answer_calls
    faulthandler.disable()  # the parent says in a sentence that it crashed
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is handled by the parent
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        answer_calls(connection, function)
    finally:
        os._exit(0)


def map_limited(function: Callable[[Item], Result], items: Iterable[Item], nproc: int, *,
                what: Callable[[Item], str], seconds: float = SECONDS,
                memory: int = MEMORY) -> Iterator[Result | LimitError]:
    """Yield ``function(item)`` of each item in their order, computed in ``nproc`` processes.

    Without ``fork`` (Windows) the processes are those of a ProcessPoolExecutor, without limits.

    Args:
        function: Of an item; it may be of any kind where there is ``fork``.
        items: Can be pickled, as the results; taken only as far ahead as there is work to do.
        nproc: Number of processes.
        what: Returns what an item is called in messages.
        seconds: That an item may take.
        memory: In bytes, that an item may take beyond what the process takes already.

    Raises:
        Exception: What the function raises for an item, when its turn comes.
    """
    if not HAS_FORK:
        with ProcessPoolExecutor(nproc) as pool:
            yield from pool.map(function, items)
        return
    work = enumerate(items)
    processes: list[_Process] = []
    names: dict[int, str] = {}
    done: dict[int, Callable[[], Any]] = {}
    idle: deque[_Process] = deque()
    following, more, failed = 0, True, True
    try:
        while True:
            while more and len(names) + len(done) < _AHEAD * nproc and (
                    idle or len(processes) < nproc):
                place, item = next(work, (-1, None))
                if place < 0:
                    more = False
                    break
                names[place] = what(item)  # type: ignore[arg-type]
                _idle_one(idle, processes, function).send(place, item, seconds, memory)
            while following in done:
                yield done.pop(following)()
                following += 1
            if not names:
                if not more and not done:
                    failed = False
                    return
                continue
            for process in _ready(processes, names):
                _collect(process, processes, idle, names, done, memory, seconds)
    finally:
        for process in processes:
            process.end(0. if failed else _PATIENCE)


def _idle_one(idle: deque[_Process], processes: list[_Process],
              function: Callable[[Any], Any]) -> _Process:
    """A process without work that the system has not ended meanwhile, or a new one."""
    while idle:
        process = idle.popleft()
        if not process.connection.poll():  # nothing comes without work but the end
            return process
        processes.remove(process)
        process.end()
    processes.append(_Process(function, processes))
    return processes[-1]


def _ready(processes: Iterable[_Process], names: dict[int, str]) -> list[_Process]:
    """Processes with a result, or that took too long; waits for the next."""
    busy = {process.connection: process for process in processes if process.place in names}
    first = min(process.until for process in busy.values())
    there = set(wait(list(busy), max(0., first - time.monotonic())))
    now = time.monotonic()
    return [process for connection, process in busy.items()
            if connection in there or process.until < now]


def _collect(process: _Process, processes: list[_Process], idle: deque[_Process],
             names: dict[int, str], done: dict[int, Callable[[], Any]], memory: int,
             seconds: float) -> None:
    """Note what came of the item of a process; one that may have suffered is ended."""
    place, name = process.place, names.pop(process.place)
    process.place = -1
    try:
        if process.connection.poll(0):
            result = process.result(name, memory)
        else:
            result = LimitError(f'{name} takes more than {seconds:g} seconds to read; it may be '
                                'made to do so')
    except Exception as error:
        done[place] = _raiser(error)
    else:
        done[place] = _giver(result)
        if isinstance(result, LimitError):
            processes.remove(process)
            if not process.connection.closed:
                process.end()
            return
    idle.append(process)


def _giver(result: Any) -> Callable[[], Any]:
    return lambda: result


def _raiser(error: Exception) -> Callable[[], Any]:
    def give() -> Any:
        raise error
    return give
