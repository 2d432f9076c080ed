"""Limits of what a request may send."""
from __future__ import annotations

import asyncio
import time

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What a form adds to the file in it.
_ENVELOPE = 10_000


class UploadLimit:
    """Answers 413 to bodies that are too large and 408 to those that come too slowly.

    A body is counted as it arrives, whatever its headers promise, so that none is kept beyond the
    limit.

    Args:
        app: What is behind; it turns an HTTPException into an answer.
        most_bytes: Of a file.
        seconds: In which all of it has to arrive.
    """

    def __init__(self, app: ASGIApp, most_bytes: int, seconds: float) -> None:
        self.app, self.seconds = app, seconds
        self.most_bytes = most_bytes + _ENVELOPE
        self.sentence = f'the file is larger than the {most_bytes / 1e6:g} MB that are taken'

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as ASGI has it."""
        if scope['type'] != 'http':
            await self.app(scope, receive, send)
            return
        promised = Headers(scope=scope).get('content-length', '0')
        if promised.isdecimal() and int(promised) > self.most_bytes:
            answer = JSONResponse({'error': self.sentence}, 413, {'Connection': 'close'})
            await answer(scope, receive, send)
        else:
            await self.app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        """``receive`` that raises beyond the limits."""
        got, more, until = 0, True, time.monotonic() + self.seconds

        async def counted() -> Message:
            nonlocal got, more
            if not more:  # what comes after the body is the client's going away
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), max(until - time.monotonic(), 0))
            except TimeoutError as error:
                raise HTTPException(408, f'the file did not arrive within {self.seconds:g} '
                                         'seconds') from error
            got += len(message.get('body', b''))
            more = message.get('more_body', False)
            if got > self.most_bytes:
                raise HTTPException(413, self.sentence)
            return message

        return counted
