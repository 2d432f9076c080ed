#!/usr/bin/env python
"""Attack a service on the loopback while a good client times its pages.

A service is started for each attack, with a mock network that takes some tenths of a
second a page (--model takes a real one). Quiet time and attack alternate, so that what else
the machine does is in both. The table tells how long good pages, pictures and PDFs in turn,
took, and the most memory that the service and its processes took together.

Ten minutes of each attack: python tests/test_serve/attack.py --seconds 60 --rounds 10
All at once: python tests/test_serve/attack.py --attack together --seconds 60 --rounds 10
"""
import argparse
import multiprocessing
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import attack_files as files  # in the same folder
import httpx
import numpy as np


class MockPredictor:
    """Dark pixels are text; it works for some tenths of a second first."""

    classes = ('background', 'text')
    palette = ((0, 0, 0), (0, 128, 0))
    page_classes = ()
    erosion = threshold = line_options = None

    def predict(self, images):
        from mmseg.inference import PageArrays
        found = []
        for image in images:
            until = time.thread_time() + .3
            while time.thread_time() < until:
                np.sort(np.random.default_rng(0).random(100_000))
            dark = (image.max(axis=2) < 128).astype(np.float32)
            found.append(PageArrays(np.stack([1 - dark, dark]), None))
        return found


def serve(model):
    """Answer on a free port, which is printed."""
    from mmseg.apis.predictors import open_predictor
    from mmseg.serve.app import ServiceOptions, create_app
    from mmseg.serve.server import prepare_process, server
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    predictor = open_predictor(model, batch=1) if model else MockPredictor()
    served = server(create_app(predictor, ServiceOptions(batch=1)), port=port)  # as on any CPU
    prepare_process()
    print(port, flush=True)
    served.run()


class Attack:
    """Threads that do something again and again until they are stopped."""

    def __init__(self, address, clients):
        self.address, self.clients, self.stop = address, clients, threading.Event()
        self.statuses, self.source = {}, None
        self._lock = threading.Lock()

    def post(self, request, timeout):
        """Send the bytes of a request and read the answer to its end."""
        try:
            with self.open(timeout) as connection:
                status = exchange(connection, request)
        except OSError as error:
            status = type(error).__name__
        with self._lock:
            self.statuses[status] = self.statuses.get(status, 0) + 1

    def once(self, number):
        raise NotImplementedError

    def _again(self, number):
        while not self.stop.is_set():
            try:
                self.once(number)
            except OSError:
                self.stop.wait(.2)

    def __enter__(self):
        self._threads = [threading.Thread(target=self._again, args=(number, ), daemon=True)
                         for number in range(self.clients)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self.stop.set()
        until = time.monotonic() + 3
        for thread in self._threads:
            thread.join(max(0, until - time.monotonic()))

    def open(self, timeout=5):
        parts = urlsplit(self.address)
        return socket.create_connection((parts.hostname, parts.port), timeout,
                                        (self.source, 0) if self.source else None)


def exchange(connection, request):
    """The status of the answer to a request, read to its end."""
    try:
        connection.sendall(request)
    except (BrokenPipeError, ConnectionResetError):
        pass  # a refusal may come before the end of the file
    head = connection.recv(65536)
    while connection.recv(65536):
        pass
    return int(head.split(b' ', 2)[1]) if head else 'closed'


def form(content, name, fields=('file', ), query=''):
    """The bytes of a request, made once: an attacker must not need the processors himself."""
    parts = [b'--x\r\nContent-Disposition: form-data; name="%b"; filename="%b"\r\n'
             b'Content-Type: application/octet-stream\r\n\r\n%b\r\n'
             % (field.encode(), name.encode(), content) for field in fields]
    body = b''.join(parts) + b'--x--\r\n'
    return (b'POST /layout?%b HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: '
            b'multipart/form-data; boundary=x\r\nContent-Length: %d\r\n\r\n%b'
            % (query.encode(), len(body), body))


def sending(content, name, clients, pause=.1, timeout=60, fields=('file', ), new=False, query=''):
    """An attack by clients that send a file, wait for the answer, pause and send it again.

    ``new``: each time with other bytes at its end, so that it is not known.
    """
    mark = b'%%' + b'0' * 16

    class Sending(Attack):
        def once(self, number):
            new_mark = b'%%' + os.urandom(8).hex().encode()
            self.post(request.replace(mark, new_mark) if new else request, timeout)
            self.stop.wait(pause)

    request = form(content() + (mark if new else b''), name, fields, query)
    return lambda address: Sending(address, clients)


class Trickling(Attack):
    """Uploads of a byte a second."""

    def once(self, number):
        with self.open() as connection:
            connection.sendall(b'POST /layout HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-'
                               b'data; boundary=x\r\nContent-Length: 100000\r\n\r\n--x\r\n')
            for _ in range(100):
                if self.stop.wait(1):
                    return
                connection.sendall(b'a')


class HalfHeads(Attack):
    """Requests that never end their head."""

    def once(self, number):
        with self.open() as connection:
            connection.sendall(b'POST /layout HTTP/1.1\r\nHost: a\r\n')
            while not self.stop.wait(1):
                connection.sendall(b'X-More: a\r\n')


ATTACKS = {
    'nested forms': sending(files.nested_forms, 'a.pdf', 8),
    'hanging PDFs, clients leave': sending(files.nested_forms, 'a.pdf', 44, timeout=2),
    'nested forms, new each time': sending(files.nested_forms, 'a.pdf', 8, new=True),
    '40 megapixels': sending(lambda: files.white_png(8000, 5000), 'a.png', 5),
    '16 megapixels': sending(lambda: files.white_png(4000, 4000), 'a.png', 2),
    'noise, min_area 0': sending(files.noise, 'a.png', 2, query='min_area=0'),
    'TIFF of 60,000 frames': sending(files.tiff_of_frames, 'a.tif', 4),
    'long chunk': sending(files.long_chunk, 'a.png', 4),
    'endless page': sending(lambda: files.pdf('0 0 5 5 re f', box='0 0 1e30 1e30'), 'a.pdf', 4),
    'two files': sending(files.good_page, 'a.png', 2, fields=('file', 'file')),
    'clients that leave': sending(files.good_page, 'a.png', 60, timeout=.2, pause=1.),
    'trickling uploads': lambda address: Trickling(address, 64),
    'half-sent heads': lambda address: HalfHeads(address, 300),
}


def family(pid):
    """The process and all that descend from it."""
    parents = {}
    for entry in os.listdir('/proc'):
        if entry.isdigit():
            try:
                stat = Path(f'/proc/{entry}/stat').read_text()
            except OSError:
                continue
            parents[int(entry)] = int(stat.rpartition(')')[2].split()[1])
    found, new = set(), {pid}
    while new:
        found |= new
        new = {child for child, parent in parents.items() if parent in new} - found
    return found


def memory_of(pid):
    """Megabytes that a process and its descendants have for themselves, shared pages by share."""
    total = 0
    for process in family(pid):
        try:
            for line in Path(f'/proc/{process}/smaps_rollup').read_text().splitlines():
                if line.startswith('Pss:'):
                    total += int(line.split()[1])
        except OSError:
            pass
    return total / 1024


class Watch(threading.Thread):
    """The most memory of a process and its descendants."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak, self.stop = pid, 0., threading.Event()
        self.start()

    def run(self):
        while not self.stop.wait(1):
            self.peak = max(self.peak, memory_of(self.pid))


def good_pages(address, seconds):
    """Seconds of each good page, asked for one after the other, and how many failed."""
    pages = [('good.png', files.good_page()), ('good.pdf', files.good_pdf())]
    took, failed = [], 0
    until = time.monotonic() + seconds
    with httpx.Client(timeout=60) as client:
        while time.monotonic() < until or len(took) < 2:
            begun = time.monotonic()
            try:
                answer = client.post(f'{address}/layout', files={'file': pages[len(took) % 2]})
                failed += answer.status_code != 200
            except httpx.HTTPError:
                failed += 1
            took.append(time.monotonic() - begun)
            time.sleep(.05)
    return took, failed


def attacking(name, address, source, stop, statuses):
    """Attack until told to stop, in a process of its own that leaves the processors to the service:
    attackers have machines of their own."""
    os.nice(5)
    attack = ATTACKS[name](address)
    attack.source = source
    with attack:
        stop.wait()
        attack.stop.set()
    statuses.put(attack.statuses)


def attacked_pages(names, address, seconds, statuses, same_address=False):
    """The same as ``good_pages`` during attacks, whose answers are added to ``statuses``."""
    context = multiprocessing.get_context('fork')
    stop, answers = context.Event(), context.Queue()
    # each attack from an address of its own, as each has a machine of its own
    sources = [None if same_address else f'127.0.0.{2 + number}' for number in range(len(names))]
    processes = [context.Process(target=attacking, args=(name, address, source, stop, answers),
                                 daemon=True)
                 for name, source in zip(names, sources, strict=True)]
    for process in processes:
        process.start()
    time.sleep(1)
    took, failed = good_pages(address, seconds)
    stop.set()
    for _ in names:
        for status, count in answers.get(timeout=300).items():
            statuses[status] = statuses.get(status, 0) + count
    for process in processes:
        process.join()
    return took, failed


@contextmanager
def serving(model):
    """Process id and address of a service that answers."""
    command = [sys.executable, __file__, '--serve', *(['--model', model] if model else [])]
    service = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        port = next(line for line in service.stdout if line.strip().isdecimal())
        address = f'http://127.0.0.1:{port.strip()}'
        for _ in range(300):
            try:
                httpx.get(f'{address}/health')
                break
            except httpx.HTTPError:
                time.sleep(.2)
        good_pages(address, 2)
        yield service.pid, address
    finally:
        service.terminate()
        service.wait(120)


def run(names, args):
    """A row of the table: rounds of quiet time and of attacks."""
    quiet, attacked, failed, statuses = [], [], 0, {}
    with serving(args.model) as (pid, address):
        before = memory_of(pid)
        watch = Watch(pid)
        for _ in range(args.rounds):
            quiet += good_pages(address, args.quiet_seconds)[0]
            took, bad = attacked_pages(names, address, args.seconds, statuses,
                                       args.same_address)
            attacked, failed = attacked + took, failed + bad
            time.sleep(args.pause)
        watch.stop.set()
    q50, q99, a50, a99 = (float(np.percentile(values, share)) for values in (quiet, attacked)
                          for share in (50, 99))
    answers = ', '.join(f'{count} x {status}' for status, count in statuses.items())
    return (f'| {" + ".join(names) if len(names) < 3 else "together"} | {q50:.2f}, {q99:.2f} '
            f'| {a50:.2f}, {a99:.2f} | {a50 / q50:.1f}, {a99 / q99:.1f} '
            f'| {len(quiet)}, {len(attacked)}, {failed} | {before:.0f}, {watch.peak:.0f} '
            f'| {answers} |')


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--attack', action='append', choices=[*ATTACKS, 'together'],
                        help='(default: each of them)')
    parser.add_argument('--rounds', type=int, default=2, help='(default: %(default)s)')
    parser.add_argument('--seconds', type=float, default=15.,
                        help='of attack in a round (default: %(default)s)')
    parser.add_argument('--quiet-seconds', type=float, default=10.,
                        help='before it (default: %(default)s)')
    parser.add_argument('--pause', type=float, default=3., help='after it (default: %(default)s)')
    parser.add_argument('--same-address', action='store_true',
                        help='attackers have the address of the good client')
    parser.add_argument('--model', help='checkpoint or exported file')
    parser.add_argument('--serve', action='store_true', help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve(args.model)
        return
    print('| attack | quiet p50, p99 (s) | attacked p50, p99 (s) | ratios | good pages: quiet, '
          'attacked, failed | MB before, most | answers |', '|---|---|---|---|---|---|---|',
          sep='\n', flush=True)
    for name in args.attack or ATTACKS:
        print(run(list(ATTACKS) if name == 'together' else [name], args), flush=True)


if __name__ == '__main__':
    main()
