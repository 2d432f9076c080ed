import threading

import pytest

from mmseg.serve.clients import Client, Left
from mmseg.serve.turns import Turns

from .conftest import wait_for


@pytest.fixture
def order():
    return []


def waiting(turns, client, order, may_end):
    """A thread that notes when its turn comes, and ends it when it may."""
    def work():
        try:
            with turns.turn(client):
                order.append(client.address)
                assert may_end.wait(60)
        except Left:
            order.append('left')

    before = len(turns._waiting) + len(turns._inside)
    thread = threading.Thread(target=work)
    thread.start()
    wait_for(lambda: len(turns._waiting) + len(turns._inside) > before)
    return thread


def test_the_last_place_is_for_an_address_that_has_none(order):
    turns, may_end = Turns(2), threading.Event()
    threads = [waiting(turns, Client('a'), order, may_end) for _ in range(2)]
    wait_for(lambda: order == ['a'])
    assert len(turns._waiting) == 1
    threads.append(waiting(turns, Client('b'), order, may_end))
    wait_for(lambda: order == ['a', 'b'])
    may_end.set()
    for thread in threads:
        thread.join()
    assert order == ['a', 'b', 'a'] and turns._inside == turns._waiting == []


def test_an_address_that_has_had_least_is_next(order):
    turns, may_end, may_all = Turns(2), threading.Event(), threading.Event()
    may_all.set()
    turns._shares.add('a', 1000.)
    threads = [waiting(turns, Client(name), order, may_end) for name in ('x', 'y')]
    wait_for(lambda: len(order) == 2)
    turns.places = 1  # one after the other
    threads += [waiting(turns, Client(name), order, may_all) for name in ('a', 'b')]
    may_end.set()
    for thread in threads:
        thread.join()
    assert order == ['x', 'y', 'b', 'a']


def test_who_leaves_waits_no_longer(order):
    turns, may_end, client = Turns(2), threading.Event(), Client('a')
    threads = [waiting(turns, Client('a'), order, may_end)]
    wait_for(lambda: order == ['a'])
    threads.append(waiting(turns, client, order, may_end))
    client.leave()
    threads[1].join()
    assert order == ['a', 'left'] and turns._waiting == []
    may_end.set()
    threads[0].join()


def test_there_are_two_places_at_least(monkeypatch):
    monkeypatch.setattr('os.cpu_count', lambda: 1)
    assert Turns().places == 2
    monkeypatch.setattr('os.cpu_count', lambda: 8)
    assert Turns().places == 8
