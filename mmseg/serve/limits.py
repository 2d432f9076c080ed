"""Limits of what requests may send, alone and together."""
from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What a form adds to the file in it.
_ENVELOPE = 10_000


@dataclass(eq=False)
class _Upload:
    """A request whose body arrives, or that is being answered.

    Attributes:
        until: When all of the body has to be there.
        got: Bytes of it so far.
        more: Whether some are still to come.
        given_up: Whether it is given up for others.
        waits: For its next bytes.
    """

    until: float
    got: int = 0
    more: bool = True
    given_up: bool = False
    waits: asyncio.Timeout | None = None

    @property
    def arriving(self) -> bool:
        """Whether it takes a place among those that arrive."""
        return self.more and not self.given_up


class UploadLimit:
    """Answers 413 to bodies that are too large and 408 to those that come too slowly.

    A body is counted as it arrives, whatever its headers promise, so that none is kept beyond the
    limit. Where all of them together are too large or too many, the one that has been arriving for
    longest is given up with 503.

    Args:
        app: What is behind; it turns an HTTPException into an answer.
        max_bytes: Of a file.
        seconds: In which all of it has to arrive.
        max_together: Bytes of all files that arrive or are being answered.
        max_uploads: Files that arrive at once.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, seconds: float, max_together: int,
                 max_uploads: int) -> None:
        self.app, self.seconds = app, seconds
        self.max_bytes = max_bytes + _ENVELOPE
        self.max_together = max(max_together, self.max_bytes)
        self.max_uploads = max_uploads
        self.sentence = f'the file is larger than the {max_bytes / 1e6:g} MB that are taken'
        self._uploads: dict[_Upload, None] = {}  # in the order of their beginning
        self._arriving = self._together = 0  # how many of them arrive, and bytes of all

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as ASGI has it."""
        if scope['type'] != 'http' or scope['method'] not in ('POST', 'PUT', 'PATCH'):
            await self.app(scope, receive, send)
            return
        promised = Headers(scope=scope).get('content-length', '0')
        if promised.isdecimal() and (len(promised) > 15 or int(promised) > self.max_bytes):
            answer = JSONResponse({'error': self.sentence}, 413, {'Connection': 'close'})
            await answer(scope, receive, send)
            return
        upload = _Upload(asyncio.get_running_loop().time() + self.seconds)
        self._uploads[upload] = None
        self._arriving += 1
        try:
            self._make_room()
            await self.app(scope, self._counted(upload, receive), send)
        finally:
            self._end(upload)
            del self._uploads[upload]

    def _make_room(self) -> None:
        """Give up the uploads that have been arriving for longest, where all are too many."""
        while self._arriving and (self._arriving > self.max_uploads
                                  or self._together > self.max_together):
            oldest = next(upload for upload in self._uploads if upload.arriving)
            self._end(oldest)
            if oldest.waits is not None:
                with suppress(RuntimeError):  # its time is just over
                    oldest.waits.reschedule(0)

    def _end(self, upload: _Upload) -> None:
        """Count an upload no longer."""
        if not upload.given_up:
            self._arriving -= upload.more
            self._together -= upload.got
            upload.given_up = True

    def _counted(self, upload: _Upload, receive: Receive) -> Receive:
        """``receive`` that raises beyond the limits."""

        async def counted() -> Message:
            if not upload.more:  # what comes after the body is the client's going away
                return await receive()
            message = await self._before(upload, receive)
            size = len(message.get('body', b''))
            upload.got += size
            self._together += size
            if not message.get('more_body', False):
                upload.more = False
                self._arriving -= 1
            if upload.got > self.max_bytes:
                raise HTTPException(413, self.sentence)
            self._make_room()
            return message

        return counted

    async def _before(self, upload: _Upload, receive: Receive) -> Message:
        """The next message, unless time is over or the upload is given up."""
        try:
            if not upload.given_up:
                async with asyncio.timeout_at(upload.until) as upload.waits:
                    message = await receive()
                if not upload.given_up and asyncio.get_running_loop().time() <= upload.until:
                    return message
        except TimeoutError:
            pass
        finally:
            upload.waits = None
        if upload.given_up:
            raise HTTPException(503, 'too much arrives at once: send the file again in a moment',
                                {'Retry-After': '2'})
        raise HTTPException(408, f'the file did not arrive within {self.seconds:g} seconds')


class Watch:
    """Tells of every POST its status and seconds, of those that fail or are left too.

    Requests that are given up because the service ends are answered with 503.

    Args:
        app: What is behind.
        tell: Called with both.
        headers: Added to every answer.
    """

    def __init__(self, app: ASGIApp, tell: Callable[[int, float], None],
                 headers: dict[str, str]) -> None:
        self.app, self.tell = app, tell
        self.headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as ASGI has it."""
        if scope['type'] != 'http':
            await self.app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 500  # of what raises before it answers
        answered = False

        async def watched(message: Message) -> None:
            nonlocal status, answered
            if message['type'] == 'http.response.start':
                status, answered = message['status'], True
                message = {**message, 'headers': [*message.get('headers', ()), *self.headers]}
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except asyncio.CancelledError:
            if not answered:
                answer = JSONResponse({'error': 'the service ends: send the file again later'}, 503,
                                      {'Retry-After': '10', 'Connection': 'close'})
                await answer(scope, receive, watched)
        finally:
            if scope['method'] == 'POST':
                self.tell(status, time.perf_counter() - begun)
