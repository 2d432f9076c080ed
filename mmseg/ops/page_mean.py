"""The mean of a feature map over the page, also where a network sees a window of the page."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from torch import Tensor, nn


class PageMeans:
    """What each :class:`PageMean` of a network gave for a view of whole pages.

    A mean over a window says what is in the window, and a network has learned from it what is on
    the page. Another view of the whole page knows that, also at another scale.
    """

    def __init__(self) -> None:
        """Start without means, with which windows keep their own."""
        self._means: dict[int, Tensor] = {}
        self._page: int | None = None

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Keep the means of what the network sees within."""
        yield from self._used(None)

    @contextmanager
    def of_page(self, page: int) -> Iterator[None]:
        """Give those of one page of the batch to windows of that page that the network sees."""
        yield from self._used(page)

    def _used(self, page: int | None) -> Iterator[None]:
        self._page = page
        token = _means.set(self)
        try:
            yield
        finally:
            _means.reset(token)

    def at(self, place: nn.Module, own: Tensor) -> Tensor:
        """Return the mean that a module takes, of ``own`` (N, C, 1, 1) and the page's."""
        if self._page is None:
            self._means[id(place)] = own
            return own
        known = self._means.get(id(place))
        return own if known is None else known[self._page:self._page + 1].expand_as(own)


# of the view that the calling thread computes
_means: ContextVar[PageMeans | None] = ContextVar('means', default=None)


class PageMean(nn.AdaptiveAvgPool2d):
    """The mean (N, C, 1, 1) of each channel, within :meth:`PageMeans.of_page` that of the page."""

    def __init__(self) -> None:
        super().__init__(1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the mean of ``x`` (N, C, H, W)."""
        own, means = super().forward(x), _means.get()
        return own if means is None else means.at(self, own)
