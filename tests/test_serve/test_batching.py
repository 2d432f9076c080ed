import threading

import numpy as np
import pytest

from mmseg.inference import PageArrays
from mmseg.serve import batching
from mmseg.serve.batching import Batcher


class Held:
    """A network that answers once it may; it notes the heights of the pages of each batch."""

    def __init__(self):
        self.begun, self.may, self.batches = threading.Event(), threading.Event(), []

    def predict(self, images):
        self.begun.set()
        assert self.may.wait(60)
        self.batches.append([len(image) for image in images])
        return [PageArrays(np.ones((1, *image.shape[:2]), np.float32), None) for image in images]


@pytest.fixture
def held():
    network = Held()
    batcher = Batcher(network, 1)
    yield network, batcher
    network.may.set()
    batcher.close()


def page(height):
    return np.full((height, 3 * height, 3), 255, np.uint8)


def heights_in_order(held, heights):
    """The order in which pages are computed that come while the network has a first one."""
    network, batcher = held
    first = batcher.submit(page(5))
    assert network.begun.wait(60)
    batcher.size = len(heights)  # there is room for all
    answers = [batcher.submit(page(height)) for height in heights]
    batcher.size = 1
    network.may.set()
    for answer in (first, *answers):
        with answer:
            pass
    return network.batches


def test_small_pages_come_first(held):
    assert heights_in_order(held, [40, 30, 20, 10]) == [[5], [10], [20], [30], [40]]


def test_a_page_that_waited_for_long_comes_before_smaller_ones(held, monkeypatch):
    monkeypatch.setattr(batching, '_PATIENCE', -1.)
    assert heights_in_order(held, [40, 10, 30, 20]) == [[5], [40], [10], [30], [20]]
    assert held[1].alive()
