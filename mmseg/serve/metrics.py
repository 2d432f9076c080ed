"""Numbers of a running service, in the text format of Prometheus."""
from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """Counters of one service.

    Attributes:
        requests: Answered, by status.
        pages: Read.
        seconds: From a request's arrival to its answer.
        batches: Pages that the network got at once.
        busy: Requests being answered or waiting.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter('layout_requests', 'Requests answered', ['status'],
                                registry=self.registry)
        self.pages = Counter('layout_pages', 'Pages read', registry=self.registry)
        self.seconds = Histogram('layout_request_seconds', 'Seconds from request to answer',
                                 buckets=(.1, .25, .5, 1, 2.5, 5, 10, 25, 60, 120),
                                 registry=self.registry)
        self.batches = Histogram('layout_batch_pages', 'Pages that the network got at once',
                                 buckets=(1, 2, 4, 8, 16, 32), registry=self.registry)
        self.busy = Gauge('layout_requests_in_progress', 'Requests answered now or waiting',
                          registry=self.registry)

    def tell(self, status: int, seconds: float) -> None:
        """Count a request."""
        self.requests.labels(str(status)).inc()
        self.seconds.observe(seconds)

    def text(self) -> bytes:
        """All of them, as GET /metrics gives them."""
        return generate_latest(self.registry)
