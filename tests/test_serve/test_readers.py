import ctypes
import os
import signal
import threading
import time

import pytest

from mmseg.serve import readers as readers_module
from mmseg.serve.clients import Client, Left
from mmseg.serve.readers import BusyError, Readers, SlowFileError
from mmseg.utils.sandbox import LimitError

from .conftest import wait_for


@pytest.fixture
def readers():
    readers = Readers(fast=1, slow=1, seconds=5, memory=1 << 28, slice_seconds=.1)
    yield readers
    readers.close()


@pytest.fixture
def patient():
    """Calls end by what is tested, and not by their time."""
    readers = Readers(fast=1, slow=1, seconds=600, memory=1 << 28, slice_seconds=.1)
    yield readers
    readers.close()


def endless(readers, client=None):
    """A thread with a call that never ends, and what it raised."""
    raised = []

    def run():
        try:
            readers.call(pow, 7, 10**9, what='long.pdf', client=client or Client())
        except Exception as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, raised


def test_a_call_gives_what_the_function_gives(readers):
    assert readers.call(divmod, 7, 2, what='a.png', client=Client()) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        readers.call(divmod, 7, 0, what='a.png', client=Client())
    with pytest.raises(LimitError, match='a.png takes more than 256 MiB of memory'):
        readers.call(bytearray, 1 << 30, what='a.png', client=Client())
    pids = {readers.call(os.getpid, what='a', client=Client()) for _ in range(3)}
    assert len(pids) == 1


def test_calls_that_take_long_hold_up_nobody(patient):
    waiting = [endless(patient) for _ in range(5)]
    assert patient.call(divmod, 7, 2, what='a.png', client=Client()) == (3, 1)
    # one of them goes on, the others are given up
    wait_for(lambda: sum(bool(raised) for _, raised in waiting) == 4, 300)
    assert {type(raised[0]) for _, raised in waiting if raised} == {SlowFileError}


def test_a_client_that_leaves_ends_its_call(readers):
    client = Client()
    thread, raised = endless(readers, client)
    wait_for(lambda: readers._running)
    client.leave()
    thread.join(100)
    assert [type(error) for error in raised] == [Left]
    assert readers.call(divmod, 7, 2, what='a.png', client=Client()) == (3, 1)
    with pytest.raises(Left):
        readers.call(divmod, 7, 2, what='a.png', client=client)


def test_who_waits_too_long_is_told_so():
    readers = Readers(fast=1, slow=1, seconds=.3, slice_seconds=100)
    thread, _ = endless(readers)
    wait_for(lambda: readers._running)
    with pytest.raises((BusyError, LimitError)):
        readers.call(time.sleep, 60, what='a.png', client=Client())
    thread.join(100)
    assert readers._free == 1
    readers.close()


def test_the_last_that_came_and_the_one_that_waits_for_longest_are_next_in_turn(patient):
    order = []

    def wait(number):
        patient._enter(Client(), 'a.png')
        order.append(number)

    patient._enter(Client(), 'a.png')  # has the only place
    for number in range(5):
        threading.Thread(target=wait, args=(number, ), daemon=True).start()
        wait_for(lambda waiting=number + 1: len(patient._waiting) == waiting)
    for count in range(1, 6):
        with patient._lock:
            patient._leave()
        wait_for(lambda count=count: len(order) == count)
    assert order == [4, 0, 3, 1, 2]


def test_a_file_that_took_long_takes_no_place_of_others_again(patient):
    readers = patient
    endless(readers)
    wait_for(lambda: any(task.slow for task in readers._running), 300)
    readers._remember(b'known', None)
    with pytest.raises(SlowFileError, match='known.pdf takes long to read'):
        readers.call(pow, 7, 10**9, what='known.pdf', client=Client(), key=b'known')
    for _ in range(2):
        with pytest.raises(LimitError, match='a.pdf crashes what reads it'):
            readers.call(ctypes.string_at, 1, what='a.pdf', client=Client(), key=b'a')
    readers.seconds = .1
    with pytest.raises(BusyError, match='late.pdf could not be read because the service is busy'):
        readers.call(time.sleep, 600, what='late.pdf', client=Client(), key=b'late')
    assert b'late' not in readers._known  # no fault of the file
    readers.seconds = 600
    assert readers.call(divmod, 7, 2, what='a.png', client=Client(), key=b'b') == (3, 1)


def test_equal_files_that_wait_do_not_all_take_a_place_of_others(patient):
    """What the first of them showed holds for those that waited behind it."""
    patient._enter(Client(), 'a.png')  # has the only place
    raised = []

    def send():
        try:
            patient.call(pow, 7, 10**9, what='a.pdf', client=Client(), key=b'a')
        except BusyError as error:
            raised.append(str(error))

    for _ in range(3):
        threading.Thread(target=send, daemon=True).start()
    wait_for(lambda: len(patient._waiting) == 3)
    endless(patient, client := Client())
    wait_for(lambda: len(patient._waiting) == 4)
    patient._remember(b'a', None)
    with patient._lock:
        patient._leave()  # to the endless one, which came last and becomes slow
    wait_for(lambda: len(raised) == 3, 300)
    assert raised == ['a.pdf takes long to read, and others wait: send it again later'] * 3
    assert patient._free == 1
    client.leave()


@pytest.mark.skipif(not os.path.exists('/proc'), reason='needs /proc')
def test_a_process_that_ended_between_calls_is_replaced(readers):
    first = readers.call(os.getpid, what='a.png', client=Client())
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: readers._idle[-1]._connection.poll())
    assert readers.call(os.getpid, what='b.png', client=Client()) != first


def test_calls_of_an_address_that_has_had_least_are_next(patient):
    order = []

    def wait(address, number):
        patient._enter(Client(address), 'a.png')
        order.append(f'{address}{number}')

    patient._shares.add('a', 60.)
    patient._enter(Client('a'), 'a.png')  # has the only place
    for number, address in enumerate('aabba'):
        threading.Thread(target=wait, args=(address, number), daemon=True).start()
        wait_for(lambda waiting=number + 1: len(patient._waiting) == waiting)
    for count in range(1, 6):
        with patient._lock:
            patient._leave()
        wait_for(lambda count=count: len(order) == count)
    assert order == ['b3', 'b2', 'a4', 'a0', 'a1']


def leave_within(patient, seconds):
    """Let a client leave while a call of so many seconds runs for it."""
    client, raised = Client(), []

    def run():
        try:
            patient.call(time.sleep, seconds, what='a.png', client=client)
        except Left as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    wait_for(lambda: patient._running)
    client.leave()
    thread.join(100)
    assert len(raised) == 1


@pytest.mark.skipif(not os.path.exists('/proc'), reason='needs /proc')
def test_a_short_call_of_a_client_that_left_ends_by_itself_and_its_process_goes_on(
        patient, monkeypatch):
    monkeypatch.setattr(readers_module, '_AFTER_LEAVING', 600)
    first = patient.call(os.getpid, what='a.png', client=Client())
    leave_within(patient, .3)
    assert patient.call(os.getpid, what='a.png', client=Client()) == first


def test_a_long_call_of_a_client_that_left_is_ended(patient):
    leave_within(patient, 600)
