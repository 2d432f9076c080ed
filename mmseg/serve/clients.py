"""Clients of the service, and whose turn it is where there is not enough for all."""
from __future__ import annotations

import ipaddress
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

# After so many seconds half of what an address had is forgotten.
_HALF_LIFE = 5.
# Seconds that gave no answer count so many times.
_FAILED = 4
_MAX_ADDRESSES = 10_000


class Left(Exception):
    """The client has gone, or was given up for others."""


class Client:
    """Whether a request's client still waits; whoever works for it looks here or is called.

    Args:
        address: Where the request comes from; addresses share what the service can do.

    Attributes:
        given_up: Whether the request was given up for those of other addresses.
    """

    def __init__(self, address: str = '') -> None:
        self.address, self.given_up = address, False
        self._lock = threading.Lock()
        self._gone = False
        self._calls: list[Callable[[], object]] = []
        self._had: dict[Shares, float] = {}

    @property
    def gone(self) -> bool:
        """Whether it has left."""
        return self._gone

    def leave(self) -> None:
        """Say that it has left."""
        with self._lock:
            self._gone, calls = True, list(self._calls)
        for call in calls:
            call()

    def check(self) -> None:
        """Raise :class:`Left` where it has left."""
        if self._gone:
            raise Left

    def note(self, shares: Shares, seconds: float) -> None:
        """Remember seconds that it has had."""
        with self._lock:
            self._had[shares] = self._had.get(shares, 0.) + seconds

    def fail(self) -> None:
        """Say that what it has had gave no answer."""
        with self._lock:
            had, self._had = self._had, {}
        for shares, seconds in had.items():
            shares.add(self.address, (_FAILED - 1) * seconds)

    @contextmanager
    def on_leaving(self, call: Callable[[], object]) -> Iterator[None]:
        """Within it, leaving calls ``call``, from another thread."""
        with self._lock:
            self._calls.append(call)
        try:
            if self._gone:
                call()
            yield
        finally:
            with self._lock:
                self._calls.remove(call)


class Shares:
    """Seconds that each address has had lately: the one with fewest is next.

    Whoever sends one page after the other does so with little delay, however many requests
    another address sends. Half of the seconds are forgotten after some more, so that nobody pays
    later for what was free; those of requests without an answer count several times.

    Args:
        unit: Seconds; addresses that have had equally many of these units are equal.
        clock: Seconds, of any beginning.
        half_life: Seconds after which half of what an address had is forgotten.
    """

    def __init__(self, unit: float, clock: Callable[[], float] = time.monotonic,
                 half_life: float = _HALF_LIFE) -> None:
        self._unit, self._clock, self._half_life = unit, clock, half_life
        self._lock = threading.Lock()
        self._had: OrderedDict[str, tuple[float, float]] = OrderedDict()  # seconds, when

    def charge(self, client: Client, seconds: float) -> None:
        """Add seconds that a request has had."""
        client.note(self, seconds)
        self.add(client.address, seconds)

    def add(self, address: str, seconds: float) -> None:
        """Add seconds that an address has had."""
        with self._lock:
            self._had[address] = self._now(address) + seconds, self._clock()
            self._had.move_to_end(address)
            while len(self._had) > _MAX_ADDRESSES:
                self._had.popitem(last=False)

    def units(self, addresses: Iterable[str]) -> dict[str, int]:
        """The whole units that each address has had, of those not forgotten."""
        with self._lock:
            return {address: int(self._now(address) / self._unit) for address in set(addresses)}

    def _now(self, address: str) -> float:
        seconds, when = self._had.get(address, (0., 0.))
        return seconds * .5 ** ((self._clock() - when) / self._half_life) if seconds else 0.


class Places:
    """Requests that are answered or wait, at most so many.

    Where all places are taken, the address with most of them gives up the one that came last, for
    a request of an address that has fewer.

    Args:
        number: Of places.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self._clients: dict[Client, None] = {}  # in the order of their coming

    def enter(self, client: Client) -> bool:
        """Whether there is a place for it, which is its own until :meth:`leave`."""
        staying = [other for other in self._clients if not other.given_up]
        if len(staying) >= self.number:
            address, most = Counter(other.address for other in staying).most_common(1)[0]
            if most <= 1 + sum(other.address == client.address for other in staying):
                return False
            last = next(other for other in reversed(staying) if other.address == address)
            last.given_up = True
            last.leave()
        self._clients[client] = None
        return True

    def leave(self, client: Client) -> None:
        """Free its place."""
        self._clients.pop(client, None)

    def __iter__(self) -> Iterator[Client]:
        """The clients that have places, and those given up whose work has not ended."""
        return iter(list(self._clients))


def address_of(host: str | None) -> str:
    """What counts as one address: of IPv6, the network that providers give to one customer."""
    try:
        address = ipaddress.ip_address(host or '')
    except ValueError:
        return host or ''
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False).network_address)
