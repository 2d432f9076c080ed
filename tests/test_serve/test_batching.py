import threading

import numpy as np
import pytest
import torch

from mmseg.inference import PageArrays
from mmseg.serve import batching
from mmseg.serve.batching import Batcher
from mmseg.serve.clients import Client, Left

from .conftest import wait_for


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


def test_small_pages_come_as_they_were_sent(held):
    assert heights_in_order(held, [40, 30, 10, 20]) == [[5], [40], [30], [10], [20]]


def test_of_large_pages_the_smallest_comes_first(held, monkeypatch):
    monkeypatch.setattr(batching, '_SMALL', 0)
    assert heights_in_order(held, [40, 30, 20, 10]) == [[5], [10], [20], [30], [40]]


def test_a_large_page_that_waited_for_long_comes_before_smaller_ones(held, monkeypatch):
    monkeypatch.setattr(batching, '_SMALL', 0)
    monkeypatch.setattr(batching, '_PATIENCE', -1.)
    assert heights_in_order(held, [40, 10, 30, 20]) == [[5], [40], [10], [30], [20]]
    assert held[1].alive()


class LargeHeld(Held):
    """It holds pages that are higher than 10."""

    def predict(self, images):
        if len(images[0]) > 10:
            return super().predict(images)
        self.batches.append([len(image) for image in images])
        return [PageArrays(np.ones((1, *image.shape[:2]), np.float32), None) for image in images]


def test_a_large_page_holds_up_no_small_one(monkeypatch):
    monkeypatch.setattr(batching, '_SMALL', 300)
    network = LargeHeld()
    batcher = Batcher(network, 1)
    large = batcher.submit(page(20))
    assert network.begun.wait(60)
    with batcher.submit(page(10)):
        assert network.batches == [[10]]
    network.may.set()
    with large:
        assert network.batches == [[10], [20]]
    batcher.close()


class Counting:
    """It notes on how many threads each page is computed, and holds pages higher than 10."""

    def __init__(self):
        self.begun, self.may, self.threads = threading.Event(), threading.Event(), {}

    def predict(self, images):
        height = len(images[0])
        self.threads[height] = torch.get_num_threads()
        if height > 10:
            self.begun.set()
            assert self.may.wait(60)
        return [PageArrays(np.ones((1, *image.shape[:2]), np.float32), None) for image in images]


def test_pages_together_share_the_cores_and_one_alone_has_all(monkeypatch):
    monkeypatch.setattr(torch, 'get_num_threads', lambda: 6)
    network = Counting()
    batcher = Batcher(network, 1, together=2)
    monkeypatch.undo()
    first = batcher.submit(page(20))
    assert network.begun.wait(60)
    with batcher.submit(page(10)):  # is answered although the first one is not
        pass
    network.may.set()
    with first:
        pass
    wait_for(lambda: batcher._computed == [0, 0])
    with batcher.submit(page(9)):
        assert network.threads == {20: 6, 10: 3, 9: 6}
    batcher.close()


def test_room_is_given_in_the_order_of_coming(held):
    """But to pages that fit, where the next one does not."""
    network, batcher = held
    batcher.room = 3 * 1500  # 300 pixels are left for small pages
    first = batcher.submit(page(20), client=Client('first'))
    order, threads = [], []

    def submit(height):
        answering = batcher.submit(page(height), client=Client(f'{height}'))
        order.append(height)
        with answering:
            pass

    for height in (21, 12, 11):
        threads.append(threading.Thread(target=submit, args=(height, )))
        threads[-1].start()
        wait_for(lambda: len(batcher._queue) == len(threads))
    with batcher._change:
        batcher.room = 3 * 1632  # for the page of 12 or that of 11
        batcher._change.notify_all()
    wait_for(lambda: len(batcher._queue) == 2)
    network.may.set()
    with first:
        pass
    for thread in threads:
        thread.join()
    assert order[0] == 12 and sorted(order) == [11, 12, 21]


def test_large_pages_that_wait_take_no_room_of_small_ones(monkeypatch):
    monkeypatch.setattr(batching, '_SMALL', 300)
    monkeypatch.setattr(batching, '_PATIENCE', -1.)
    network = LargeHeld()
    batcher = Batcher(network, 1, room=3 * 300)
    large = batcher.submit(page(20))
    waiting = threading.Thread(target=lambda: batcher.submit(page(20)).drop())
    waiting.start()
    wait_for(lambda: batcher._queue)
    with batcher.submit(page(10)):
        pass
    network.may.set()
    with large:
        pass
    waiting.join()
    batcher.close()


def test_who_leaves_waits_for_no_room(held):
    network, batcher = held
    batcher.room = 1
    first = batcher.submit(page(20))
    client, raised = Client(), []

    def submit():
        try:
            batcher.submit(page(10), client=client)
        except Left as error:
            raised.append(error)

    thread = threading.Thread(target=submit)
    thread.start()
    wait_for(lambda: batcher._queue)
    client.leave()
    thread.join()
    assert len(raised) == 1 and not batcher._queue
    network.may.set()
    with first:
        pass


def test_pages_of_an_address_that_has_had_least_are_next(held):
    network, batcher = held
    first = batcher.submit(page(5), client=Client('a'))
    assert network.begun.wait(60)
    batcher._shares.add('a', 1000.)
    batcher.size = 4  # there is room for all
    answers = [batcher.submit(page(height), client=Client(address))
               for height, address in ((10, 'a'), (20, 'b'), (30, 'a'), (40, 'b'))]
    batcher.size = 1
    network.may.set()
    for answer in (first, *answers):
        with answer:
            pass
    assert network.batches == [[5], [20], [40], [10], [30]]


def test_the_last_quarter_of_the_room_is_for_addresses_without_a_page_in_it(held):
    _, batcher = held  # four pages
    batcher.room = 3 * 3000
    inside = [batcher.submit(page(10), False, Client('a')) for _ in range(3)]
    assert batcher.submit(page(10), False, Client('a')) is None
    assert batcher.submit(page(30), False, Client('b')) is None
    inside.append(batcher.submit(page(10), False, Client('b')))
    assert batcher.submit(page(10), False, Client('c')) is None
    for answering in inside:
        answering.drop()
    inside = [batcher.submit(page(20), False, Client('a'))]
    assert batcher.submit(page(20), False, Client('a')) is None  # 2400 of 3000 pixels
    inside.append(batcher.submit(page(20), False, Client('b')))
    for answering in inside:
        answering.drop()
