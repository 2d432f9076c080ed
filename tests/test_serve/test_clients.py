from types import SimpleNamespace

import pytest

from mmseg.serve.clients import Client, Left, Places, Shares, address_of


def test_a_client_that_leaves_is_told_of():
    client, calls = Client('a'), []
    client.check()
    with client.on_leaving(lambda: calls.append('first')):
        pass
    with client.on_leaving(lambda: calls.append('second')):
        client.leave()
    with client.on_leaving(lambda: calls.append('third')):  # it has left already
        pass
    assert calls == ['second', 'third']
    with pytest.raises(Left):
        client.check()


def test_half_of_the_seconds_of_an_address_is_forgotten_after_five():
    time = SimpleNamespace(now=100.)
    shares = Shares(1., clock=lambda: time.now)
    shares.charge(Client('a'), 5.)
    shares.charge(Client('a'), 3.5)
    shares.charge(Client('b'), .9)
    assert shares.units(['a', 'b', 'c']) == {'a': 8, 'b': 0, 'c': 0}
    time.now += 5.
    assert shares.units('a') == {'a': 4}
    time.now += 5.
    shares.add('a', 1.)
    assert shares.units('a') == {'a': 3}


def test_seconds_without_an_answer_count_fourfold():
    network, reading = Shares(1., clock=lambda: 0.), Shares(.5, clock=lambda: 0.)
    client, other = Client('a'), Client('a')
    network.charge(client, 1.)
    reading.charge(client, .5)
    network.charge(other, 2.)
    client.fail()
    client.fail()  # once is enough
    assert (network.units('a'), reading.units('a')) == ({'a': 6}, {'a': 4})


def test_shares_remember_the_last_ten_thousand_addresses():
    shares = Shares(1., clock=lambda: 0.)
    for number in range(10_001):
        shares.add(str(number), 1.)
    assert shares.units(['0', '1', '10000']) == {'0': 0, '1': 1, '10000': 1}


def test_an_address_with_most_places_gives_one_up_for_another():
    places = Places(3)
    many = [Client('a') for _ in range(3)]
    assert all(places.enter(client) for client in many)
    assert not places.enter(Client('a'))
    other = Client('b')
    assert places.enter(other)
    assert [client.given_up for client in many] == [False, False, True]
    assert many[2].gone
    # a has 2 places and b 1: a second of b would leave one to a
    assert not places.enter(Client('b'))
    assert places.enter(Client('c'))
    assert [client.given_up for client in many] == [False, True, True]
    places.leave(many[0])
    assert places.enter(Client('a'))


def test_places_are_free_again():
    places = Places(1)
    first = Client('a')
    assert places.enter(first)
    assert not places.enter(Client('b'))
    places.leave(first)
    places.leave(first)
    assert list(places) == []
    assert places.enter(Client('b'))


@pytest.mark.parametrize('host, address', [
    ('10.0.0.7', '10.0.0.7'), ('2001:db8:1:2:3:4:5:6', '2001:db8:1:2::'), ('testclient',
                                                                          'testclient'),
    (None, ''), ('::ffff:10.0.0.7', '10.0.0.7')])
def test_an_address_is_a_host_or_a_network_of_ipv6(host, address):
    assert address_of(host) == address
