"""Requests take turns in what the interpreter of Python does for them."""
from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .clients import Client, Shares


class Turns:
    """Places for work in threads of this process, which slow one another down.

    Where requests wait for a place, those of addresses are next that have had the fewest seconds of
    a processor lately. The last place is for addresses that have none, so that much work of one
    address does not hold up another's.

    Args:
        places: Two at least; as many as there are processors by default.
    """

    def __init__(self, places: int | None = None) -> None:
        self.places = max(2, os.cpu_count() or 2) if places is None else places
        self._shares = Shares(.25)
        self._change = threading.Condition()
        self._inside: list[Client] = []
        self._waiting: list[Client] = []

    @contextmanager
    def turn(self, client: Client) -> Iterator[None]:
        """Wait for a place, which is the client's within the context.

        Raises:
            Left: The client has gone.
        """
        with client.on_leaving(self._tell), self._change:
            self._waiting.append(client)
            try:
                client.check()
                while not self._is_next(client):
                    self._change.wait()
                    client.check()
                self._inside.append(client)
            finally:
                self._waiting.remove(client)
                self._change.notify_all()
        begun = time.thread_time()
        try:
            yield
        finally:
            self._shares.charge(client, time.thread_time() - begun)
            with self._change:
                self._inside.remove(client)
                self._change.notify_all()

    def _tell(self) -> None:
        with self._change:
            self._change.notify_all()

    def _is_next(self, client: Client) -> bool:
        """Whether it is its turn; with the lock held."""
        free, has = self.places - len(self._inside), {other.address for other in self._inside}
        fitting = [other for other in self._waiting if free > (other.address in has)]
        had = self._shares.units(other.address for other in fitting)
        return min(fitting, key=lambda other: had[other.address], default=None) is client
