"""Addresses whose requests lead to nothing wait while others are answered."""
from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .clients import Shares, address_of

# So many failures lately make an address wait; after so many seconds half are forgotten.
_FAILURES, _HALF_LIFE = 5, 60.
# Answers that count as failed: too slow, too large, unreadable, left. Of the others' kinds the
# service has the fault, or does not know whose it is.
_FAILED = (408, 413, 422, 499)
# Seconds between two requests that are let in while others are answered, and while none are.
_PACE, _QUICK_PACE = 1., .05
# So long after the end of a request its address is expected to send the next.
_LINGER = 2.
# Bytes of a waiting request that are read, to see whether its client leaves.
_AHEAD = 65_536


class GateLimits(NamedTuple):
    """How many requests of all addresses and of one wait, and for how many seconds.

    Where they are too many, the one that has waited for longest is told to come again, of the
    address with most: its client may have left.
    """
    requests: int = 256
    of_address: int = 64
    seconds: float = 20.


_LIMITS = GateLimits()


@dataclass(eq=False)
class _Waiting:
    """A request whose turn has not come."""
    address: str
    turn: asyncio.Future[bool]
    messages: deque[Message] = field(default_factory=deque)
    pending: asyncio.Future[Message] | None = None

    async def arrive(self, receive: Receive) -> bool:
        """Read what comes, up to a limit, until it is the request's turn; False if the client left.
        """
        size, more = 0, True
        while not self.turn.done():
            if self.pending is None and (size < _AHEAD or not more):
                self.pending = asyncio.ensure_future(receive())
            both = {future for future in (self.turn, self.pending) if future is not None}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if self.pending is not None and self.pending.done():
                message, self.pending = self.pending.result(), None
                if message['type'] == 'http.disconnect':
                    return False
                size += len(message.get('body', b''))
                more = message.get('more_body', False)
                self.messages.append(message)
        return True

    def receive(self, receive: Receive) -> Receive:
        """``receive`` that gives first what has been read."""

        async def replay() -> Message:
            if self.messages:
                return self.messages.popleft()
            pending, self.pending = self.pending, None
            return await (receive() if pending is None else pending)

        return replay

    def end(self) -> None:
        """Wait for nothing more."""
        self.turn.cancel()
        if self.pending is not None:
            self.pending.cancel()


class Gate:
    """Lets requests in one by one from addresses whose requests lately failed or were left.

    They wait before more than a little of their files is read, and only while requests of other
    addresses are answered: one a second is let in, of the address with fewest failures, where each
    second that a failed request took counts as one more.
    Where no other address sends anything, they hardly wait.

    Args:
        app: What is behind.
        limits: Of what waits.
        clock: Seconds, of any beginning.
    """

    def __init__(self, app: ASGIApp, limits: GateLimits = _LIMITS,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self.app, self.limits, self._clock = app, limits, clock
        self._failures = Shares(1., clock, _HALF_LIFE)
        self._waiting: list[_Waiting] = []  # in the order of their coming
        self._answered = 0  # requests of addresses that need not wait
        self._last = float('-inf')  # when the last of them ended
        self._next = float('-inf')  # when one that waits may be let in
        self._timer: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as ASGI has it."""
        if scope['type'] != 'http' or scope['method'] not in ('POST', 'PUT', 'PATCH'):
            await self.app(scope, receive, send)
            return
        address = address_of((scope.get('client') or ('', ))[0])
        if self._failures.units([address])[address] < _FAILURES:
            await self._answer_now(address, scope, receive, send)
            return
        self._make_room(address)
        waiting = _Waiting(address, asyncio.get_running_loop().create_future())
        try:
            entered = await self._wait(waiting, receive)
            if entered:
                await self._watched(address, scope, waiting.receive(receive), send)
            elif entered is None:
                await self._refuse(scope, receive, send)
            else:
                self._failures.add(address, 1.)
        finally:
            waiting.end()

    def _make_room(self, address: str) -> None:
        """Refuse a request that waits where there would be too many."""
        number = Counter(other.address for other in self._waiting)
        if number[address] < self.limits.of_address:
            if len(self._waiting) < self.limits.requests:
                return
            address = number.most_common(1)[0][0]
        oldest = next(other for other in self._waiting if other.address == address)
        self._waiting.remove(oldest)
        if not oldest.turn.done():
            oldest.turn.set_result(False)

    async def _answer_now(self, address: str, scope: Scope, receive: Receive, send: Send) -> None:
        self._answered += 1
        try:
            await self._watched(address, scope, receive, send)
        finally:
            self._answered -= 1
            self._last = self._clock()

    async def _watched(self, address: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and note a failure and the seconds that it took."""
        begun, status = self._clock(), 499  # a client that left gets no answer
        state = scope.setdefault('state', {})

        async def watched(message: Message) -> None:
            nonlocal status
            if message['type'] == 'http.response.start':
                status = message['status']
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except BaseException:
            status = 500
            raise
        finally:
            if status in _FAILED or state.get('failed'):
                self._failures.add(address, 1. + self._clock() - begun)

    async def _wait(self, waiting: _Waiting, receive: Receive) -> bool | None:
        """Whether its turn has come before its client left; None where it will not come."""
        self._waiting.append(waiting)
        self._let_in()
        try:
            async with asyncio.timeout(self.limits.seconds):
                here = await waiting.arrive(receive)
                return here and (waiting.turn.result() or None)
        except TimeoutError:
            return None
        finally:
            with suppress(ValueError):
                self._waiting.remove(waiting)

    def _let_in(self) -> None:
        """Let in who is next, if it is time, and look again when it is."""
        now = self._clock()
        if self._waiting and now >= self._next:
            failures = self._failures.units(other.address for other in self._waiting)
            chosen = min(self._waiting, key=lambda other: failures[other.address])
            self._waiting.remove(chosen)
            if not chosen.turn.done():
                chosen.turn.set_result(True)
            others = self._answered or now < self._last + _LINGER
            self._next = now + (_PACE if others else _QUICK_PACE)
        if self._timer is None and self._waiting:
            self._timer = asyncio.get_running_loop().call_later(max(0., self._next - now),
                                                                self._again)

    def _again(self) -> None:
        self._timer = None
        self._let_in()

    @staticmethod
    async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(_PACE)  # or the next would come at once
        answer = JSONResponse(
            {'error': 'the last files from this address could not be processed, and others are '
                      'before it: send it again in a moment'}, 503,
            {'Retry-After': '10', 'Connection': 'close'})
        await answer(scope, receive, send)
