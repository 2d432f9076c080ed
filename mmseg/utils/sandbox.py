"""Functions on files of strangers, in child processes with limits that hold inside C code.

- ``run_limited(function, *args, what=…, seconds=…, memory=…)``: what the function returns.
- ``Worker``: one such process, for those that keep processes of their own (the service).

A signal or a thread cannot stop a C library that loops, and no exception tells that it crashed or
took all memory. Here such a process is killed, and the next call gets a new one. The children are
forked from one small helper process (``sandbox_child.py``), which takes milliseconds; it is started
at the first call and ends with this process. Where the system has no ``fork`` (Windows) functions
are called in this process, without limits.
"""
from __future__ import annotations

import atexit
import contextlib
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from .errors import InputError

T = TypeVar('T')
SECONDS = 30.
MEMORY = 1 << 30
# Calls after which a process is replaced: libraries in C lose memory in the long run.
_CALLS = 200
_NEARLY_ALL = .7
# A call may take so many times its seconds by the clock where it does not get a processor.
_PATIENCE = 6.
# How long to wait for a process that ends to have ended.
_SECONDS_TO_END = 10.
HAS_FORK = hasattr(os, 'fork') and hasattr(socket, 'send_fds')


class LimitError(InputError):
    """A file takes more time or memory than it may, or crashes what reads it."""


class EndedError(LimitError):
    """The process had ended before the call: nothing is known of the file."""


class LateError(LimitError):
    """A file was not read in time, but the process had little of a processor: others were busy."""


class _Forker:
    """The helper process that forks workers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def fork(self, module: str) -> tuple[int, Connection]:
        """Process id of a new worker and the connection to it."""
        with self._lock:
            control = self._started()
            ours, theirs = socket.socketpair()
            try:
                with theirs:
                    socket.send_fds(control, [json.dumps({'fork': module}).encode()],
                                    [theirs.fileno()])
                pid = int(json.loads(control.recv(1000))['pid'])
            except (OSError, ValueError) as error:
                ours.close()
                self._forget()
                raise LimitError('cannot start a process that reads files: is there memory '
                                 'left?') from error
        return pid, Connection(ours.detach())

    def prepare(self, module: str) -> None:
        """Start the helper process, which imports the module meanwhile."""
        with self._lock:
            self._started(module)

    def ended(self, pid: int) -> tuple[int, int]:
        """Number of the signal that ended a worker, 0 where it ended by itself or nothing is known,
        and the most memory that it had, in bytes.

        It may take a while to end where other processes come before it; meanwhile others are
        forked.
        """
        until = time.monotonic() + _SECONDS_TO_END
        while (found := self._end_of(pid)) is None and time.monotonic() < until:
            time.sleep(.01)
        return found or (0, 0)

    def _end_of(self, pid: int) -> tuple[int, int] | None:
        """The same at once; None where it has not ended."""
        with self._lock:
            if self._control is None:
                return 0, 0
            try:
                self._control.send(json.dumps({'ended': pid}).encode())
                end = json.loads(self._control.recv(1000))['end']
            except (OSError, ValueError):
                self._forget()
                return 0, 0
        return None if end is None else (end[0], end[1])

    def close(self) -> None:
        """End the helper process."""
        with self._lock:
            self._forget()

    def reset(self) -> None:
        """After a fork of this process: the helper is the parent's."""
        if self._process is not None:
            self._process.returncode = 0  # it is not a child of this process to wait for
        self._lock, self._process, self._control = threading.Lock(), None, None

    def _started(self, module: str = '') -> socket.socket:
        if self._process is not None and self._process.poll() is not None:
            self._forget()
        if self._control is None:
            self._control, theirs = socket.socketpair()
            child = Path(__file__).with_name('sandbox_child.py')
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, '-I', str(child), str(theirs.fileno()),
                     json.dumps([path or os.getcwd() for path in sys.path]), module],
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(), ),
                    env={**os.environ, 'OMP_NUM_THREADS': '1', 'OPENBLAS_NUM_THREADS': '1',
                         'MALLOC_ARENA_MAX': '2'})
        return self._control

    def _forget(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            try:
                self._process.wait(1)  # it kills its workers first
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = self._control = None


_forker = _Forker()
_idle: list[Worker] = []
_idle_lock = threading.Lock()


class Worker:
    """A process that calls functions, one at a time.

    Args:
        module: Imported before the process is forked, so that the next one has it already.

    Attributes:
        pid: Of the process.
        alive: Whether it has not been killed here.
        calls: How many it has had.
    """

    def __init__(self, module: str = '') -> None:
        self.pid, self._connection = _forker.fork(module)
        self.alive, self.calls = True, 0

    def call(self, function: Callable[..., T], *args: Any, what: str,
             seconds: float | None = SECONDS, memory: int | None = MEMORY) -> T:
        """What the function returns; see :func:`run_limited`. None sets no limit.

        Raises:
            EndedError: The process has ended since its last call, by no fault of this one.
            LateError: It has no answer after 6 times the seconds by the clock.
        """
        request = pickle.dumps((function, args), protocol=5)
        if not self.ready:
            raise EndedError(f'{what} was not read: the process that reads files was ended')
        self.calls += 1
        begun = process_seconds(self.pid)
        try:
            self._connection.send_bytes(json.dumps({'seconds': seconds, 'memory': memory}).encode())
            self._connection.send_bytes(request)
            if not self._connection.poll(seconds):
                assert seconds is not None  # or it would wait without end
                self._wait_for_processor(what, seconds, begun)
            kind, answer = pickle.loads(self._connection.recv_bytes())
        except (EOFError, OSError) as error:
            self.kill()
            raise LimitError(how_it_ended(what, *_forker.ended(self.pid), memory)) from error
        except BaseException:
            self.kill()  # an answer may still come
            raise
        if kind == 'memory':
            self.kill()  # what is left of the file is still there
            raise LimitError(too_much_memory(what, memory))
        if kind == 'error':
            raise answer
        return answer

    def _wait_for_processor(self, what: str, seconds: float, begun: float) -> None:
        """Wait on where the process did not have the processor for all of the seconds.

        Raises:
            LimitError: It has had it for so long.
            LateError: It does not get it.
        """
        until = time.monotonic() + (_PATIENCE - 1) * seconds
        while not self._connection.poll(.02):
            used_up = process_seconds(self.pid) - begun >= seconds
            if used_up or time.monotonic() > until:
                self.kill()
                sentence = f'{what} takes more than {seconds:g} seconds to read'
                raise (LimitError(f'{sentence}; it may be made to do so') if used_up else
                       LateError(f'{sentence}, or the machine is too busy to read it'))

    @property
    def ready(self) -> bool:
        """Whether it takes another call; False where the system has ended it since the last.

        Only for the thread that calls it.
        """
        if self.alive and self._connection.poll():  # nothing comes between calls but the end
            self.kill()
        return self.alive

    def kill(self) -> None:
        """End the process, whatever it does; a call that waits for it raises LimitError."""
        if self.alive:
            self.alive = False
            try:
                os.kill(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def __del__(self) -> None:
        self._connection.close() if hasattr(self, '_connection') else None


def prepare(module: str) -> None:
    """Start the helper process if it does not run, and return while it imports a module.

    Workers with this module are then ready sooner.
    """
    if HAS_FORK:
        _forker.prepare(module)


def process_seconds(pid: int) -> float:
    """Seconds of a processor that a process has taken, 0 where it has ended.

    By the clock on systems other than Linux.
    """
    if sys.platform != 'linux':
        return time.monotonic()
    try:
        return time.clock_gettime(~pid << 3 | 2)  # clock_getcpuclockid() of Linux
    except OSError:
        return 0.


def yield_to_others(pid: int) -> None:
    """Let a process have the processors only when nobody else wants them."""
    if hasattr(os, 'SCHED_IDLE'):
        os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
    else:
        os.setpriority(os.PRIO_PROCESS, pid, 19)


def give_way(pid: int) -> None:
    """Let a process, or a thread by its native id, have less of the processors than this process
    where both want them. Threads have priorities of their own on Linux alone."""
    if hasattr(os, 'setpriority') and (sys.platform == 'linux' or pid != threading.get_native_id()):
        with contextlib.suppress(OSError):
            own = os.getpriority(os.PRIO_PROCESS, os.getpid())
            os.setpriority(os.PRIO_PROCESS, pid, min(own + 5, 19))


def run_limited(function: Callable[..., T], *args: Any, what: str, seconds: float = SECONDS,
                memory: int = MEMORY) -> T:
    """Return ``function(*args)``, computed in a child process.

    Processes that ended their work are used again. From several threads, each call has its own.

    Args:
        function: Of a module (not of ``__main__``, no lambda): the child imports it by its name.
        args: Can be pickled, as what the function returns.
        what: The file, for messages.
        seconds: Of a processor that it may take; 6 times that by the clock.
        memory: In bytes, that it may take beyond what Python and its modules take.

    Raises:
        LimitError: More time or memory is needed, or the process crashed.
        Exception: What the function raises.
    """
    if not HAS_FORK:
        return function(*args)
    worker = _idle_worker() or Worker(getattr(function, '__module__', ''))
    try:
        return worker.call(function, *args, what=what, seconds=seconds, memory=memory)
    finally:
        if worker.alive and worker.calls < _CALLS:
            with _idle_lock:
                _idle.append(worker)
        else:
            worker.kill()


def _idle_worker() -> Worker | None:
    """An idle process that has not been ended meanwhile, by the system where memory is short."""
    with _idle_lock:
        while _idle:
            worker = _idle.pop()
            if worker.ready:
                return worker
    return None


def too_much_memory(what: str, memory: int | None) -> str:
    """The sentence for a file that takes more memory than it may."""
    if memory is None:
        return f'{what} takes more memory than there is'
    return (f'{what} takes more than {memory / 2**20:.0f} MiB of memory to read; it may be made to '
            'do so')


def how_it_ended(what: str, number: int, peak: int, memory: int | None) -> str:
    """The sentence for a file on which a process ended.

    Args:
        what: The file.
        number: Of the signal that ended it, 0 where it ended by itself.
        peak: The most memory that it had, in bytes. A library that gets no more often aborts.
        memory: In bytes, that it was allowed.
    """
    short = memory is not None and peak > _NEARLY_ALL * memory
    if number == signal.SIGKILL or short and number == signal.SIGABRT:
        return too_much_memory(what, memory)
    if number == 0:
        return f'{what} ended the process that read it'
    return f'{what} crashes what reads it ({signal.Signals(number).name}); it may be damaged'


def _reset() -> None:
    """In a forked process: workers and helper are the parent's."""
    _idle.clear()
    _forker.reset()


if hasattr(os, 'register_at_fork'):
    os.register_at_fork(after_in_child=_reset)
atexit.register(_forker.close)
