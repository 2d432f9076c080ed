"""SIGTERM ends a training after its iteration; schedulers send it before they kill a process."""
from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

EXIT_CODE = 128 + signal.SIGTERM  # what a shell shows for a process that SIGTERM ended

_asked = False


class StopTraining(Exception):
    """A training was asked to end and has saved its state.

    Args:
        together: Whether all processes end at this moment.
    """

    def __init__(self, together: bool = False) -> None:
        super().__init__()
        self.together = together


def stop_asked() -> bool:
    """Whether SIGTERM came while :func:`sigterm_noted` was in force."""
    return _asked


@contextmanager
def sigterm_noted() -> Iterator[None]:
    """In this context, SIGTERM is only noted for :func:`stop_asked`."""
    global _asked
    _asked = False
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may answer signals
        return

    def note(number: int, frame: Any) -> None:
        global _asked
        _asked = True

    before = signal.signal(signal.SIGTERM, note)
    try:
        yield
    finally:
        if not _asked:  # else the process is about to end, and launchers send the signal often
            signal.signal(signal.SIGTERM, before)
