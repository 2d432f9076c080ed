"""Pages of concurrent requests go through the network together."""
from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from ..inference.predictor import PageArrays, PageBoxes, Predictor
from ..utils.sandbox import give_way
from .clients import Client, Left, Shares

# After so many seconds a page comes before smaller ones.
_PATIENCE = 10.
# Larger pages do not make smaller ones wait: A4 and letter at 150 pixels per inch have 2.2 million.
_SMALL = 2_500_000


@dataclass(frozen=True, eq=False)  # arrays of different pages cannot be compared
class _WaitingPage:
    image: np.ndarray
    scores: Future[PageArrays | PageBoxes]
    since: float
    client: Client

    @property
    def pixels(self) -> int:
        return self.image.shape[0] * self.image.shape[1]

    @property
    def large(self) -> bool:
        """Whether it must not make others wait."""
        return self.pixels > _SMALL


class Answering:
    """The scores of a page to come: a context that gives them, and their room free at its end.

    Args:
        scores: Where they will be, or the error that the page met.
        free: Called once, when they are needed no longer.
        client: For whom; scores that nobody has begun are not computed once it has left.
    """

    def __init__(self, scores: Future[PageArrays | PageBoxes], free: Callable[[], None],
                 client: Client) -> None:
        self._scores, self._free, self._client = scores, free, client

    def __enter__(self) -> PageArrays | PageBoxes:
        try:
            with self._client.on_leaving(self._scores.cancel):
                return self._scores.result()
        except CancelledError as error:
            self._free()
            raise Left from error
        except BaseException:
            self._free()
            raise

    def __exit__(self, *error: object) -> None:
        del self._scores
        self._free()

    def drop(self) -> None:
        """Do without them."""
        self._scores.cancel()
        self._free()


class Batcher:
    """Gives pages to a predictor, several at once where several wait.

    Threads call the predictor, ``together`` of them for pages of up to 2.5 million pixels and one
    for larger ones, which need not be predicted for seconds before a small page is, and which has
    less of the processors. Each takes what is there, up to ``size`` pages, and waits for no more:
    under load batches fill by themselves, and a single page is not held up. Among small pages those
    of addresses that have had least are next, in the order of their coming, among large ones the
    smallest, which some ten times their time does not starve.

    On a CPU two pages on a core each take less time than one after the other on both cores, whose
    threads wait for each other in every layer. A small page gets the threads of PyTorch that are
    its share of those that are computed when it is begun: one that comes alone gets all.

    Scores are large (a page of 8 million pixels and five classes: 160 MB), so there is room for few
    more pages than go through the network together, and for ``room`` pixels of them (or one page
    that is larger), from the moment they are handed in until their scores have been used. A third
    of it is for small pages alone, the rest for large ones. Pages of addresses that have had least
    are next, in the order of their coming, unless one is too large for the room that there is; the
    last quarter is for addresses that have no page in it.

    Args:
        predictor: What answers; it is called from several threads at once.
        size: Pages at once, at most.
        observe: Told the number of pages of each batch.
        room: Pixels of pages with scores in memory, at most.
        together: Batches of small pages that are computed at the same time, at most.
    """

    def __init__(self, predictor: Predictor, size: int,
                 observe: Callable[[int], None] = lambda pages: None,
                 room: int = 80_000_000, together: int = 1) -> None:
        self.predictor, self.size, self.observe, self.room = predictor, size, observe, room
        self.together = together
        self._shares = Shares(.1)
        self._change = threading.Condition()
        self._inside: list[_WaitingPage] = []  # that are handed in and not freed
        self._queue: list[_WaitingPage] = []  # that wait for room
        self._waiting: list[_WaitingPage] = []  # for the network
        self._closed = False
        self._computed = [0, 0]  # batches now, of small and of large pages
        self._cores = torch.get_num_threads()
        self._threads = [threading.Thread(target=self._work, args=(large, ), daemon=True,
                                          name=f'network-{"large" if large else "small"}')
                         for large in (*[False] * together, True)]
        for thread in self._threads:
            thread.start()

    def submit(self, image: np.ndarray, wait: bool = True,
               client: Client | None = None) -> Answering | None:
        """Hand in a page (H, W, 3); None where there is no room and it shall not wait for some.

        Raises:
            Left: The client has gone while the page waited.
        """
        client = client or Client()
        page = _WaitingPage(image, Future(), time.monotonic(), client)
        with client.on_leaving(self._tell), self._change:
            if not self._take_room(page, wait, client):
                return None
            self._waiting.append(page)
            self._change.notify_all()
        return Answering(page.scores, lambda: self._free(page), client)

    def _tell(self) -> None:
        with self._change:
            self._change.notify_all()

    def _take_room(self, page: _WaitingPage, wait: bool, client: Client) -> bool:
        self._queue.append(page)
        try:
            while not self._has_room(page):
                if not wait:
                    return False
                self._change.wait(1.)
                client.check()
        finally:
            self._queue.remove(page)
            self._change.notify_all()  # another may be next
        self._inside.append(page)
        return True

    def _has_room(self, page: _WaitingPage) -> bool:
        late = time.monotonic() - _PATIENCE
        queue = self._in_turn([other for other in self._queue if other.large == page.large])
        before = queue[:queue.index(page)]
        return self._fits(page) and not any(self._fits(other) or other.since < late
                                            for other in before)

    def _in_turn(self, pages: list[_WaitingPage]) -> list[_WaitingPage]:
        """Pages in the order of their coming, those of addresses that have had least before."""
        had = self._shares.units(page.client.address for page in pages)
        return sorted(pages, key=lambda page: had[page.client.address])

    def _fits(self, page: _WaitingPage) -> bool:
        inside = [other for other in self._inside if other.large == page.large]
        again = any(other.client.address == page.client.address for other in inside)
        share = .75 if again else 1.
        pages = 2 * self.size * (1 if page.large else self.together) + 2
        room = self.room // 3 * (2 if page.large else 1)
        pixels = page.pixels + sum(other.pixels for other in inside)
        return not inside or len(inside) < share * pages and pixels <= share * room

    def _free(self, page: _WaitingPage) -> None:
        with self._change:
            self._inside.remove(page)
            self._change.notify_all()

    def alive(self) -> bool:
        """Whether there are threads that answer."""
        return all(thread.is_alive() for thread in self._threads)

    def close(self) -> None:
        """Answer what waits, then end the threads."""
        with self._change:
            self._closed = True
            self._change.notify_all()
        for thread in self._threads:
            thread.join()

    def _work(self, large: bool) -> None:
        if large:
            give_way(threading.get_native_id())
        while pages := self._next(large):
            with self._share_of_cores(large):
                self._answer(pages)

    @contextmanager
    def _share_of_cores(self, large: bool) -> Iterator[None]:
        """Let the calling thread compute on as many cores as are its share now."""
        with self._change:
            self._computed[large] += 1
            # of this thread alone; one that has no number yet takes the last that was set
            torch.set_num_threads(max(1, self._cores // self._computed[large]))
        try:
            yield
        finally:
            with self._change:
                self._computed[large] -= 1

    def _next(self, large: bool) -> list[_WaitingPage]:
        """The pages that go through the network next; none at the end."""
        with self._change:
            while not (waiting := [page for page in self._waiting
                                   if page.large == large]):
                if self._closed:
                    return []
                self._change.wait()
            pages = _by_size(waiting) if large else self._in_turn(waiting)
            taken = set(map(id, pages[:self.size]))
            self._waiting = [page for page in self._waiting if id(page) not in taken]
            return pages[:self.size]

    def _answer(self, pages: list[_WaitingPage]) -> None:
        """Answer pages together; where that fails, one by one, so that none spoils another's."""
        pages = [page for page in pages if page.scores.set_running_or_notify_cancel()]
        if not pages:
            return
        self.observe(len(pages))
        begun = time.monotonic()
        try:
            found = self.predictor.predict([page.image for page in pages])
        except Exception as error:  # whatever it is belongs to the request, not to this thread
            if len(pages) == 1:
                pages[0].scores.set_exception(error)
                return
            for page in pages:
                try:
                    page.scores.set_result(self.predictor.predict([page.image])[0])
                except Exception as own:
                    page.scores.set_exception(own)
            return
        finally:
            for page in pages:
                self._shares.charge(page.client, (time.monotonic() - begun) / len(pages))
        for page, arrays in zip(pages, found, strict=True):
            page.scores.set_result(arrays)


def _by_size(waiting: list[_WaitingPage]) -> list[_WaitingPage]:
    """The smallest page, or the oldest where it has waited for too long, and those that do not make
    it wait for much more than itself."""
    oldest = waiting[0]
    pages = sorted(waiting, key=lambda page: page.pixels)
    if time.monotonic() - oldest.since > _PATIENCE:
        pages.remove(oldest)
        pages.insert(0, oldest)
    return [page for page in pages if page.pixels <= 2 * pages[0].pixels]
