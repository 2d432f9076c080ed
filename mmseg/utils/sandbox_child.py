"""The processes behind ``sandbox.py``: one that forks, and those forked, which call functions.

Run as a script with the standard library alone, so that it is small and forks fast:
``sandbox_child.py SOCKET SYS_PATH MODULE``; it imports the module first, unless that is empty.
"""
from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pickle
import resource
import signal
import socket
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

_UNLIMITED = resource.RLIM_INFINITY


def fork_on_demand(control: socket.socket) -> None:
    """Fork a worker for every message that asks for one, until the other end is closed."""
    ends: dict[int, tuple[int, int]] = {}
    running: set[int] = set()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the other end was killed
        while True:
            data, files, _, _ = socket.recv_fds(control, 10_000, 1)
            if not data:
                break
            message = json.loads(data)
            if 'ended' in message:
                _reap(ends)
                running -= set(ends)
                pid = message['ended']
                end = None if pid in running else ends.pop(pid, (0, 0))
                control.send(json.dumps({'end': end}).encode())
                continue
            _reap(ends)
            running -= set(ends)
            pid = _fork(message['fork'], control, files[0])
            running.add(pid)
            os.close(files[0])
            control.send(json.dumps({'pid': pid}).encode())
    for pid in running - set(ends):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _fork(module: str, control: socket.socket, file: int) -> int:
    """Process id of a worker that has imported a module and answers calls on a socket."""
    _import(module)
    pid = os.fork()
    if pid == 0:
        control.close()
        answer_calls(Connection(file))
        os._exit(0)
    return pid


def _import(module: str) -> None:
    """Import a module, which all workers forked later have."""
    if module not in ('', '__main__', 'builtins'):
        with contextlib.suppress(Exception):  # the worker says what is wrong
            importlib.import_module(module)
            gc.freeze()  # so that no worker goes through all of it again, and copies it


def _reap(ends: dict[int, tuple[int, int]]) -> None:
    """Note how workers ended and the memory that they took at most."""
    while len(ends) > 1000:
        del ends[next(iter(ends))]
    with contextlib.suppress(ChildProcessError):
        while (found := os.wait4(-1, os.WNOHANG))[0]:
            ends[found[0]] = end_of(*found[1:])


def end_of(status: int, usage: resource.struct_rusage) -> tuple[int, int]:
    """The signal that ended a process, 0 where it ended by itself, and its peak memory in bytes."""
    peak = usage.ru_maxrss * (1 if sys.platform == 'darwin' else 1024)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, peak


def answer_calls(connection: Connection, function: Callable[[Any], Any] | None = None) -> None:
    """Call what is asked for, or ``function`` with what comes, until the other end is closed."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            limits = json.loads(connection.recv_bytes())
            request = connection.recv_bytes()
        except (EOFError, OSError):
            return
        answer = _pickled(_call(request, function, **limits))
        try:
            connection.send_bytes(answer)
        except OSError:
            return


def _call(request: bytes, given: Callable[[Any], Any] | None, seconds: float | None,
          memory: int | None) -> tuple[str, Any]:
    """What a function gives: a kind (``'answer'``, ``'memory'``, ``'error'``) and a value."""
    try:
        loaded = pickle.loads(request)
        function, args = loaded if given is None else (given, (loaded, ))
        _limit(seconds, memory)
        try:
            return 'answer', function(*args)
        finally:
            _limit(None, None)
    except MemoryError:
        return 'memory', None
    except Exception as error:
        # cv2.error: StsNoMem
        return ('memory', None) if getattr(error, 'code', None) == -4 else ('error', error)


def _limit(seconds: float | None, memory: int | None) -> None:
    """Limit, or no longer, the memory of this process and the seconds of its processors.

    The caller looks at the clock itself; this limit is for the case that it ended meanwhile.
    """
    space = cpu = _UNLIMITED
    if memory is not None and os.path.exists('/proc/self/statm'):
        pages = int(Path('/proc/self/statm').read_text().split()[0])
        space = pages * resource.getpagesize() + memory
    if seconds is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        cpu = int(used.ru_utime + used.ru_stime + 2 * seconds + 5)
    for kind, soft in ((resource.RLIMIT_AS, space), (resource.RLIMIT_CPU, cpu)):
        hard = resource.getrlimit(kind)[1]
        if hard != _UNLIMITED:
            soft = hard if soft == _UNLIMITED else min(soft, hard)
        resource.setrlimit(kind, (soft, hard))


def _pickled(answer: tuple[str, Any]) -> bytes:
    try:
        data = pickle.dumps(answer, protocol=5)
        if answer[0] == 'error':
            pickle.loads(data)  # some exceptions can be written, but not read
        return data
    except MemoryError:
        return pickle.dumps(('memory', None))
    except Exception as error:
        what = answer[1] if answer[0] == 'error' else error
        return pickle.dumps(('error', RuntimeError(f'{type(what).__name__}: {what}')))


def main() -> None:
    """Fork workers for the process at the other end of the socket."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who started this
    control = socket.socket(fileno=int(sys.argv[1]))
    sys.path[:] = json.loads(sys.argv[2])
    _import(sys.argv[3])
    fork_on_demand(control)


if __name__ == '__main__':
    main()
