"""Files of requests are read in processes of their own, so that none harms or delays the others."""
from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from ..utils.errors import InputError
from ..utils.sandbox import (
    HAS_FORK,
    EndedError,
    LateError,
    LimitError,
    Worker,
    give_way,
    process_seconds,
    yield_to_others,
)
from .clients import Client, Shares

T = TypeVar('T')
_TICK = .05
# Calls after which a process is replaced: libraries in C lose memory in the long run.
_CALLS = 200
# Seconds for which a file that took long is remembered.
_MEMORY = 300.
# Seconds by the clock that a call may go on for whose client has left; most end sooner, and
# another process takes more time than they do.
_AFTER_LEAVING = 1.


class BusyError(InputError):
    """The file cannot be processed in time now."""


class SlowFileError(BusyError):
    """The reason is that the file takes long to read."""


class _Task:
    """A call under way."""

    def __init__(self, worker: Worker, key: bytes) -> None:
        self.worker, self.key = worker, key
        self._cpu, self._used = process_seconds(worker.pid), 0.
        self.left_at = float('inf')
        self.slow = self.evicted = False

    def leave(self) -> None:
        """The client has left: let the call end, unless it takes long."""
        self.left_at = time.monotonic()
        if self.slow:
            self.worker.kill()

    def used(self) -> float:
        """Seconds of a processor that it took, as far as known where the process has ended."""
        self._used = max(self._used, process_seconds(self.worker.pid) - self._cpu)
        return self._used


class Readers:
    """Calls functions on files of strangers, in processes with limits.

    A page is read in a fraction of a second; what takes longer than ``slice_seconds`` of a
    processor goes on among at most ``slow`` others that have the processors only when nobody else
    wants them. When those are too many, the one that has had most is given up. So files made to
    take long hold up nobody, however many come. Where calls wait, those of addresses are next that
    have had least; of them, the last that came and the one that has waited for longest in turn:
    with more work than can be done, some are answered in time instead of all too late, and nobody
    waits in vain. Files that took long are remembered for some minutes: they go to the slow ones at
    once, or are refused.

    Args:
        fast: Calls at once that have taken little time.
        slow: Calls at once that have taken more.
        seconds: Of a processor that a call may take; 6 times that by the clock.
        memory: In bytes, of each process.
        slice_seconds: Of a processor, after which a call counts as slow.
    """

    def __init__(self, fast: int = 2, slow: int = 2, seconds: float = 20., memory: int = 1 << 29,
                 slice_seconds: float = .2) -> None:
        self.seconds, self.memory, self.slice_seconds = seconds, memory, slice_seconds
        self._shares = Shares(slice_seconds)
        self.slow = slow
        self._lock = threading.Lock()
        self._free = fast
        self._waiting: list[tuple[str, threading.Event]] = []  # in the order of their coming
        self._last_is_next = True
        self._running: list[_Task] = []
        self._idle: list[Worker] = []
        self._most_idle = fast
        self._known: OrderedDict[bytes, tuple[float, str | None]] = OrderedDict()
        self._closed = threading.Event()
        self._watch = threading.Thread(target=self._look_after, name='readers', daemon=True)
        self._watch.start()

    def call(self, function: Callable[..., T], *args: Any, what: str, client: Client,
             key: bytes = b'') -> T:
        """Return ``function(*args)``.

        Args:
            function: Of a module.
            args: Can be pickled, as what the function returns.
            what: The file, for messages.
            client: Who waits for it.
            key: Equal for equal files.

        Raises:
            LimitError: It takes too much time or memory, or crashes.
            BusyError: Others are before it for too long, or it was given up for them.
            Left: The client has gone.
            Exception: What the function raises.
        """
        if not HAS_FORK:
            return function(*args)
        slow = self._admit(client, key, what)
        task = None
        try:
            client.check()
            task = self._begin(function.__module__, key, slow)
            with client.on_leaving(task.leave):
                answer = task.worker.call(function, *args, what=what, seconds=self.seconds,
                                          memory=self.memory)
            client.check()
            return answer
        except LimitError as error:
            client.check()
            if isinstance(error, (EndedError, LateError)):  # which the file need not be guilty of
                raise BusyError(f'{what} could not be read because the service is busy: send it '
                                'again later') from error
            if task is not None and task.evicted:
                raise SlowFileError(f'{what} takes long to read, and others wait: send it again '
                                    'later') from error
            with self._lock:
                self._remember(key, str(error))
            raise
        finally:
            self._end(task, slow, client)

    def close(self) -> None:
        """End the processes."""
        self._closed.set()
        with self._lock:
            for worker in [*self._idle, *(task.worker for task in self._running)]:
                worker.kill()
            self._idle.clear()

    def _admit(self, client: Client, key: bytes, what: str) -> bool:
        """Whether a call goes on among the slow ones; otherwise it has a place among the others."""
        if self._is_slow(key, what):
            return True
        self._enter(client, what)
        slow = True
        try:
            slow = self._is_slow(key, what)  # an equal file may have shown it meanwhile
        finally:
            if slow:
                with self._lock:
                    self._leave()
        return slow

    def _is_slow(self, key: bytes, what: str) -> bool:
        """Whether the file is known to take long.

        Raises:
            LimitError: It is known to take too long.
            BusyError: It is known to take long, and others do so now.
        """
        with self._lock:
            until, sentence = self._known.get(key, (0., None))
            if time.monotonic() > until:
                self._known.pop(key, None)
                return False
            if sentence is not None:
                raise LimitError(sentence)
            if sum(task.slow for task in self._running) >= self.slow:
                raise SlowFileError(f'{what} takes long to read, and others wait: send it again '
                                    'later')
            return True

    def _remember(self, key: bytes, sentence: str | None) -> None:
        if key:
            self._known[key] = time.monotonic() + _MEMORY, sentence
            while len(self._known) > 1000:
                self._known.popitem(last=False)

    def _enter(self, client: Client, what: str) -> None:
        with self._lock:
            if self._free > 0:
                self._free -= 1
                return
            turn = threading.Event()
            self._waiting.append((client.address, turn))
        with client.on_leaving(turn.set):
            in_time = turn.wait(self.seconds)
        with self._lock:
            if (client.address, turn) in self._waiting:  # nobody gave it a place
                self._waiting.remove((client.address, turn))
            elif in_time:
                return
            else:
                self._leave()
        client.check()
        raise BusyError(f'{what} waited {self.seconds:g} seconds to be read: send it again '
                        'later')

    def _leave(self) -> None:
        """Give a place on; with the lock held."""
        if not self._waiting:
            self._free += 1
            return
        had = self._shares.units(address for address, _ in self._waiting)
        least = min(had.values())
        turns = [waiting for waiting in self._waiting if had[waiting[0]] == least]
        chosen = turns[-1 if self._last_is_next else 0]
        self._last_is_next = not self._last_is_next
        self._waiting.remove(chosen)
        chosen[1].set()

    def _begin(self, module: str, key: bytes, slow: bool) -> _Task:
        with self._lock:
            worker = None if slow else self._idle_worker()
        if worker is None:
            worker = Worker(module)
            give_way(worker.pid)
        task = _Task(worker, key)
        with self._lock:
            self._running.append(task)
            if slow:
                self._slow_down(task)
        return task

    def _idle_worker(self) -> Worker | None:
        """One that the system has not ended meanwhile; with the lock held."""
        while self._idle:
            worker = self._idle.pop()
            if worker.ready:
                return worker
        return None

    def _end(self, task: _Task | None, was_slow: bool, client: Client) -> None:
        if task is not None:
            self._shares.charge(client, task.used())
        with self._lock:
            if not was_slow and (task is None or not task.slow):
                self._leave()
            if task is None:
                return
            self._running.remove(task)
            worker = task.worker
            # a slow process stays slow: its priority cannot be raised again
            if worker.alive and not task.slow and worker.calls < _CALLS and \
                    len(self._idle) < self._most_idle and not self._closed.is_set():
                self._idle.append(worker)
            else:
                worker.kill()

    def _look_after(self) -> None:
        while not self._closed.wait(_TICK):
            with self._lock:
                for task in self._running:
                    if not task.slow and task.used() > self.slice_seconds:
                        self._slow_down(task)
                        self._remember(task.key, None)
                        self._leave()
                    if time.monotonic() - task.left_at > (0 if task.slow else _AFTER_LEAVING):
                        task.worker.kill()

    def _slow_down(self, task: _Task) -> None:
        """Let a call go on behind the others; with the lock held."""
        task.slow = True
        with suppress(OSError):
            yield_to_others(task.worker.pid)
        slow = [other for other in self._running if other.slow and not other.evicted]
        if len(slow) > self.slow:
            given_up = max(slow, key=_Task.used)
            given_up.evicted = True
            given_up.worker.kill()
