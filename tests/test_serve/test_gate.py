import asyncio
from types import SimpleNamespace

import pytest

from mmseg.serve import gate as module
from mmseg.serve.gate import Gate, GateLimits


class Service:
    """An application behind a gate that notes who came in, and what its clients are answered."""

    def __init__(self, **limits):
        self.time, self.came, self.answers = SimpleNamespace(now=100.), [], {}
        self.gate = Gate(self.app, GateLimits(**limits), lambda: self.time.now)
        self.status, self.go_on = 200, asyncio.Event()

    async def app(self, scope, receive, send):
        name, body = scope['name'], b''
        self.came.append(name)
        if name == 'stays':
            await self.go_on.wait()
        more = True
        while more:
            message = await receive()
            body, more = body + message['body'], message.get('more_body', False)
        if self.status is not None:
            await send({'type': 'http.response.start', 'status': self.status, 'body': body})

    def send(self, name, address, *messages):
        """A request under way; it has some messages, and more when they are put into its queue."""
        queue = asyncio.Queue()
        for message in messages or [{'type': 'http.request', 'body': b'all'}]:
            queue.put_nowait(message)
        scope = {'type': 'http', 'method': 'POST', 'client': (address, 1), 'name': name}

        async def answered(message):
            if message['type'] == 'http.response.start':
                self.answers[name] = message['status'], message.get('body')

        task = asyncio.ensure_future(self.gate(scope, queue.get, answered))
        task.queue = queue
        return task

    def fails(self, address, times=6):
        self.gate._failures.add(address, times)

    async def after(self, seconds):
        """Let time pass; who is let in then has read its body."""
        self.time.now += seconds
        self.gate._again()
        await settled()


async def settled():
    for _ in range(20):
        await asyncio.sleep(0)


def run(scenario, **limits):
    async def whole():
        service = Service(**limits)
        await asyncio.wait_for(scenario(service), 60)
    asyncio.run(whole())


def test_failed_requests_make_an_address_wait_while_others_are_answered():
    async def scenario(service):
        service.fails('bad')
        stays = service.send('stays', 'good')
        await settled()
        tasks = [service.send(f'bad {number}', 'bad') for number in range(3)]
        await settled()
        await service.send('good', 'good')
        assert service.came == ['stays', 'bad 0', 'good']
        await service.after(.9)
        assert service.came == ['stays', 'bad 0', 'good']
        await service.after(.2)
        assert service.came == ['stays', 'bad 0', 'good', 'bad 1']
        service.go_on.set()
        await stays
        await service.after(1.1)
        assert service.came[4:] == ['bad 2']
        await asyncio.gather(*tasks)
        assert service.answers['bad 2'] == (200, b'all')
    run(scenario)


def test_alone_an_address_hardly_waits():
    async def scenario(service):
        service.fails('bad')
        tasks = [service.send(str(number), 'bad') for number in range(3)]
        for number in range(3):
            await settled()
            assert len(service.came) == number + 1
            await service.after(.06)
        await asyncio.gather(*tasks)
    run(scenario)


def test_the_address_with_fewest_failures_is_next():
    async def scenario(service):
        service.fails('worse', 20)
        service.fails('bad', 7)
        stays = service.send('stays', 'good')
        tasks = [service.send('first', 'worse'), service.send('worse', 'worse'),
                 service.send('bad', 'bad')]
        await settled()
        await service.after(1.1)
        await service.after(1.1)
        assert service.came == ['stays', 'first', 'bad', 'worse']
        service.go_on.set()
        await asyncio.gather(stays, *tasks)
    run(scenario)


def test_a_request_that_waited_has_its_whole_body():
    async def scenario(service):
        service.fails('bad')
        service.send('first', 'bad')
        part = {'type': 'http.request', 'body': b'a' * 50_000, 'more_body': True}
        task = service.send('slow', 'bad', part, part, part)
        await settled()
        assert task.queue.qsize() == 1  # no more is read than is needed to see it
        task.queue.put_nowait({'type': 'http.request', 'body': b'b'})
        await service.after(1.1)
        await task
        assert service.answers['slow'] == (200, b'a' * 150_000 + b'b')
    run(scenario)


def test_a_body_that_comes_later_is_waited_for():
    async def scenario(service):
        service.fails('bad')
        task = service.send('late', 'bad', {'type': 'http.request', 'body': b'a',
                                            'more_body': True})
        await settled()
        assert service.came == ['late']
        task.queue.put_nowait({'type': 'http.request', 'body': b'b'})
        await task
        assert service.answers['late'] == (200, b'ab')
    run(scenario)


def test_who_leaves_while_it_waits_takes_no_turn():
    async def scenario(service):
        service.fails('bad')
        service.send('first', 'bad')
        left, stays = service.send('left', 'bad'), service.send('stays behind', 'bad')
        left.queue.put_nowait({'type': 'http.disconnect'})
        await settled()
        assert left.done() and service.gate._failures.units(['bad']) == {'bad': 7}
        await service.after(1.1)
        await stays
        assert service.came == ['first', 'stays behind'] and 'left' not in service.answers
    run(scenario)


def test_the_oldest_of_too_many_is_refused(monkeypatch):
    monkeypatch.setattr(module, '_PACE', 0.)

    async def scenario(service):
        service.fails('bad')
        service.fails('other')
        service.gate._next = 1e6
        tasks = {name: service.send(name, address) for name, address in [
            ('a', 'bad'), ('b', 'bad'), ('c', 'bad'), ('d', 'other'), ('e', 'other')]}
        await settled()
        await tasks['a']  # the third of an address that may have two
        await tasks['b']  # the fourth that waits, where three may
        assert service.answers == {'a': (503, None), 'b': (503, None)}
        service.gate._next = 0.
        for _ in range(3):
            await service.after(1.1)
        await asyncio.gather(*tasks.values())
        assert sorted(service.came) == ['c', 'd', 'e']
    run(scenario, requests=3, of_address=2)


def test_who_waits_too_long_is_told_so(monkeypatch):
    monkeypatch.setattr(module, '_PACE', 0.)

    async def scenario(service):
        service.fails('bad')
        service.gate._next = 1e6
        await service.send('bad', 'bad')
        assert service.answers['bad'] == (503, None) and service.came == []
    run(scenario, seconds=.01)


@pytest.mark.parametrize('status, state, failures', [
    (200, {}, 0), (503, {}, 0), (500, {}, 0), (503, {'failed': True}, 1), (408, {}, 1),
    (413, {}, 1), (422, {}, 1), (499, {}, 1), (None, {}, 1)])
def test_what_counts_as_failed(status, state, failures):
    async def scenario(service):
        service.status = status
        scope = {'type': 'http', 'method': 'POST', 'client': ('a', 1), 'name': 'n', 'state': state}

        async def receive():
            return {'type': 'http.request', 'body': b''}

        async def send(message):
            pass

        await service.gate(scope, receive, send)
        assert service.gate._failures.units('a') == {'a': failures}
    run(scenario)


def test_failures_that_took_long_count_more():
    async def scenario(service):
        stays = service.send('stays', 'bad')
        await settled()
        service.status = 422
        service.time.now += 3.
        service.go_on.set()
        await stays
        assert service.gate._failures.units(['bad']) == {'bad': 4}
    run(scenario)


def test_failures_are_forgotten_and_other_methods_do_not_wait():
    async def scenario(service):
        service.fails('bad', 9)
        service.gate._next = 1e6
        task = service.send('waits', 'bad')
        await settled()
        assert service.came == []
        service.time.now += 60.  # half of nine is less than five
        await service.send('later', 'bad')
        assert service.came == ['later']
        service.gate._next = 0.
        await service.after(0.)
        await task
    run(scenario)
