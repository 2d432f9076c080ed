"""Pages of concurrent requests go through the network together."""
from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import NamedTuple

import numpy as np

from ..inference.predictor import PageArrays, Predictor


class _Page(NamedTuple):
    image: np.ndarray
    scores: Future[PageArrays]


class Answering:
    """The scores of a page to come: a context that gives them, and their room free at its end.

    Args:
        scores: Where they will be, or the error that the page met.
        free: Called once, when they are needed no longer.
    """

    def __init__(self, scores: Future[PageArrays], free: Callable[[], None]) -> None:
        self._scores, self._free = scores, free

    def __enter__(self) -> PageArrays:
        try:
            return self._scores.result()
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

    One thread owns the network. It takes what is there, up to ``size`` pages, and waits for no
    more: under load batches fill by themselves, and a single page is not held up. Scores are large
    (a page of 8 million pixels and five classes: 160 MB), so there is room for twice as many pages
    as go through the network together, from the moment they are handed in until their scores have
    been used.

    Args:
        predictor: What answers.
        size: Pages at once, at most.
        observe: Told the number of pages of each batch.
    """

    def __init__(self, predictor: Predictor, size: int,
                 observe: Callable[[int], None] = lambda pages: None) -> None:
        self.predictor, self.size, self.observe = predictor, size, observe
        self._room = threading.BoundedSemaphore(2 * size)
        self._waiting: queue.SimpleQueue[_Page | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name='network', daemon=True)
        self._thread.start()

    def submit(self, image: np.ndarray, wait: bool = True) -> Answering | None:
        """Hand in a page (H, W, 3); None where there is no room and it shall not wait for some."""
        if not self._room.acquire(blocking=wait):
            return None
        page = _Page(image, Future())
        self._waiting.put(page)
        return Answering(page.scores, self._room.release)

    def alive(self) -> bool:
        """Whether there is a thread that answers."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Answer what waits, then end the thread."""
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (page := self._waiting.get()) is not None:
            pages = [page]
            last = False
            while len(pages) < self.size and not self._waiting.empty():
                more = self._waiting.get()
                if more is None:
                    last = True
                    break
                pages.append(more)
            self._answer(pages)
            if last:
                return

    def _answer(self, pages: list[_Page]) -> None:
        """Answer pages together; where that fails, one by one, so that none spoils another's."""
        pages = [page for page in pages if page.scores.set_running_or_notify_cancel()]
        if not pages:
            return
        self.observe(len(pages))
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
        for page, arrays in zip(pages, found, strict=True):
            page.scores.set_result(arrays)
