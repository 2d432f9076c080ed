"""The service on a port: uvicorn, with a limit for the time in which a request has to begin."""
from __future__ import annotations

import asyncio
import gc
import sys
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

# For the head of a request, and the silence after an answer.
HEAD_SECONDS = 10.
_MAX_CONNECTIONS = 800
_KEEP_ALIVE = 20
# What is not answered so long after the service was told to end is given up.
END_SECONDS = 10
# After so long another thread of Python gets its turn: the network, which takes turns often, must
# not wait long for each while many requests arrive.
_SWITCH_SECONDS = .0005


class ImpatientProtocol(H11Protocol):
    """Closes connections on which no whole head of a request arrives in time.

    Where there are too many, that one is closed which has waited for its request for longest.
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Wait for a request's head; of too many connections close the one that waits longest."""
        super().connection_made(transport)
        self._expect_head()
        if len(self.connections) > _MAX_CONNECTIONS:
            waiting = [(other._deadline.when(), id(other), other) for other in self.connections
                       if isinstance(other, ImpatientProtocol) and other._deadline is not None]
            if waiting:
                min(waiting)[2]._give_up()

    def data_received(self, data: bytes) -> None:
        """Hand the bytes on, and note whether a whole head has come."""
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._expect_head()  # a part of a head has come
        else:
            self._head_is_there()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting for a request."""
        self._head_is_there()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _head_is_there(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._head_is_there()
        if not self.transport.is_closing():
            self.transport.abort()


def prepare_process() -> None:
    """Let a process that only serves answer soon while many requests arrive; once all is loaded."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.collect()
    gc.freeze()  # or all that is loaded would be searched for garbage again and again


def server(app: Any, host: str = '127.0.0.1', port: int = 8080) -> uvicorn.Server:
    """Return a server of the application, which ``run()`` starts.

    Args:
        app: From :func:`~mmseg.serve.app.create_app`.
        host: Address to listen at.
        port: 0 takes any that is free.
    """
    return uvicorn.Server(uvicorn.Config(
        app, host=host, port=port, log_level='warning', http=ImpatientProtocol,
        timeout_keep_alive=_KEEP_ALIVE, timeout_graceful_shutdown=END_SECONDS,
        h11_max_incomplete_event_size=32_768))
