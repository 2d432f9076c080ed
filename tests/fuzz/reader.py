"""The process that reads damaged files; it alone imports what the groups need."""
from __future__ import annotations

from typing import Any

from mmseg.utils.sandbox import Worker

MAX_SECONDS = 10.  # of a processor, for an input
# For a call; a longer one may have been given many inputs.
_SECONDS, _MANY_SECONDS, _MEMORY = 2 * MAX_SECONDS, 6 * MAX_SECONDS, 2_000_000_000
# Calls after which the process is replaced: libraries in C lose memory in the long run.
_CALLS = 200


def _call(name: str, *args: Any) -> Any:
    from . import run
    return getattr(run, name)(*args)


class Reader:
    """Calls functions of ``run.py`` in a process with limits, which is replaced where it ends."""

    def __init__(self) -> None:
        self._worker: Worker | None = None

    def call(self, name: str, *args: Any, many: bool = False) -> Any:
        """What the function of that name returns.

        Args:
            name: Of a function in ``run.py``.
            args: Of the function.
            many: Whether it has more to do than to read one input.

        Raises:
            LimitError: The process took too much time or memory, or crashed.
        """
        if self._worker is None or not self._worker.ready or self._worker.calls >= _CALLS:
            if self._worker is not None:
                self._worker.kill()
            self._worker = Worker(f'{__package__}.run')
        return self._worker.call(_call, name, *args, what='the input', memory=_MEMORY,
                                 seconds=_MANY_SECONDS if many else _SECONDS)
