"""Pages in several processes: equal results, and what happens to a process that ends."""
import importlib
import json
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmseg.layout.runs.files import write_layouts
from mmseg.layout.runs.options import LayoutOptions
from mmseg.layout.runs.plan import PageJob
from mmseg.layout.runs.workers import PagePool
from mmseg.utils import sandbox
from mmseg.utils.errors import InputError

# Other processes import it by its name.
NETWORK = '''
import os, signal
import numpy as np
from mmseg.layout.runs import pages as run_pages
from mmseg.inference.predictor import PageArrays, Predictor

class DarkIsText(Predictor):
    classes, palette, page_classes = ('background', 'text'), ((0, 0, 0), (0, 200, 0)), ()

    def predict(self, images):
        if any(image[0, 0, 0] == 7 for image in images):
            os.kill(os.getpid(), signal.SIGKILL)
        if any(image[0, 0, 0] == 9 for image in images):
            raise RuntimeError('no such shape')
        text = [(image[..., 0] < 128).astype(np.float32) for image in images]
        return [PageArrays(np.stack([1 - page, page])) for page in text]

def open_network():
    read = run_pages.read_page
    def crashing(file, *args, **options):
        if file.name.startswith('crash'):
            os.kill(os.getpid(), signal.SIGSEGV)
        return read(file, *args, **options)
    if not hasattr(run_pages, 'tested'):
        run_pages.read_page, run_pages.tested = crashing, True
    return DarkIsText()

def no_network():
    from mmseg.utils.errors import InputError
    raise InputError('weights.pth not found')
'''


@pytest.fixture(scope='module')
def network(tmp_path_factory):
    """The module above, which the processes of this file's tests can import."""
    folder = tmp_path_factory.mktemp('network')
    (folder / 'fake_network_of_pages.py').write_text(NETWORK)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        close_processes()  # those started from now on know the folder
        yield importlib.import_module('fake_network_of_pages')
        close_processes()
    del sys.modules['fake_network_of_pages']


def close_processes() -> None:
    sandbox._forker.close()
    sandbox._idle.clear()


def page(path: Path, left: int = 10, corner: int = 255) -> Path:
    pixels = np.full((80, 60, 3), 255, np.uint8)
    pixels[20:40, left:left + 30] = 0
    pixels[0, 0] = corner
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def files(tmp_path) -> list[Path]:
    found = [page(tmp_path / f'{number}.png', number) for number in range(5)]
    sheets = [Image.open(found[index]) for index in (1, 3)]
    sheets[0].save(tmp_path / 'book.tif', save_all=True, append_images=sheets[1:])
    return [*found[:3], tmp_path / 'book.tif', *found[3:]]


def write_in_processes(workers, opener, files, folder, options=None):
    with PagePool(workers, opener) as pool:
        return write_layouts(pool, files, folder, options)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_results_do_not_depend_on_the_number_of_workers(network, files, tmp_path):
    options = LayoutOptions(('json', 'coco', 'png'), batch=2)
    found = []
    for workers in (0, 1, 3):
        out = tmp_path / f'out{workers}'
        report = (write_in_processes(workers, network.open_network, files, out, options) if workers
                  else write_layouts(network.DarkIsText(), files, out, options))
        assert (report.pages, report.files, report.problems) == (7, 15, [])
        assert report.workers == workers and set(report.stages) == {
            'reading', 'network', 'regions', 'writing'}
        found.append(contents(tmp_path / f'out{workers}'))
    assert found[0] == found[1] == found[2]
    coco = json.loads(found[2]['layout.coco.json'])
    assert [(image['file_name'], image['page_number']) for image in coco['images']] == [
        ('0.png', 1), ('1.png', 1), ('2.png', 1), ('book.tif', 1), ('book.tif', 2), ('3.png', 1),
        ('4.png', 1)]
    assert [item['bbox'][0] for item in coco['annotations']] == [0, 1, 2, 1, 3, 3, 4]


def test_a_page_that_ends_its_process_is_a_problem_of_that_page(network, files, tmp_path):
    crash = page(tmp_path / 'crash.png')
    killed = page(tmp_path / 'killed.png', corner=7)
    refused = page(tmp_path / 'refused.png', corner=9)
    report = write_in_processes(2, network.open_network,
                                [files[0], crash, killed, refused, *files[4:]],
                                tmp_path / 'out', LayoutOptions(batch=3))
    assert sorted(contents(tmp_path / 'out')) == ['0.json', '3.json', '4.json']
    assert report.pages == 3
    assert [problem.partition(f'{tmp_path}/')[2] for problem in report.problems] == [
        'crash.png crashes what reads it (SIGSEGV); it may be damaged',
        'killed.png: the process ended while the network answered; is there enough memory for the '
        'number of workers and pages of a batch?',
        'refused.png: RuntimeError: no such shape']


def test_a_process_that_ended_between_batches_is_replaced(network, files, tmp_path):
    (tmp_path / 'out').mkdir()
    with PagePool(1, network.open_network) as pool:
        jobs = [PageJob(file, name=file.stem) for file in files[:2]]
        run = partial(pool.process, [jobs], tmp_path / 'out', LayoutOptions())
        assert [len(found) for found in run()] == [2]
        first = pool._all[-1]
        os.kill(first.pid, signal.SIGKILL)
        while not first._connection.poll():
            time.sleep(.01)
        (again, ) = run()
    assert [result.problem for result in again] == [None, None]
    assert pool._all[-1].pid != first.pid


def test_what_cannot_be_read_is_named_or_ends_a_strict_run(network, files, tmp_path):
    files[1].write_bytes(b'')
    options = LayoutOptions(strict=True)
    run = partial(write_in_processes, 2, network.open_network, files)
    assert run(tmp_path / 'out').problems == [f'{files[1]} is empty (0 bytes)']
    with pytest.raises(InputError, match='1.png is empty'):
        run(tmp_path / 'strict', options)
    assert sorted(contents(tmp_path / 'strict')) == ['0.json']


def test_a_network_that_cannot_be_opened_ends_the_run(network, files, tmp_path):
    with pytest.raises(InputError, match='^weights.pth not found$'):
        write_in_processes(2, network.no_network, files, tmp_path / 'out')


def test_processes_say_what_their_network_finds_before_the_first_page(network):
    with PagePool(2, network.open_network) as pool:
        facts = pool.facts
    assert facts == (('background', 'text'), ((0, 0, 0), (0, 200, 0)), (), None, None, None)


class TestResume:
    def run(self, network, files, folder, **options):
        return write_layouts(network.DarkIsText(), files, folder, LayoutOptions(**options))

    def test_pages_that_are_complete_are_skipped(self, network, files, tmp_path):
        options = dict(formats=('json', 'png', 'coco'), resume=True)
        whole, out = tmp_path / 'whole', tmp_path / 'out'
        self.run(network, files, whole, **options)
        assert self.run(network, files[:3], out, **options).pages == 3
        (out / '1.png').unlink()
        kept = (out / '2.json').stat().st_ino
        report = self.run(network, files, out, **options)
        assert (report.pages, report.skipped) == (5, 2)
        assert (out / '2.json').stat().st_ino == kept
        assert contents(out) == contents(whole)
        assert self.run(network, files, out, **options).pages == 0
        assert contents(out) == contents(whole)

    def test_a_page_that_changed_is_processed_again(self, network, files, tmp_path):
        self.run(network, files, tmp_path / 'out')
        page(files[0], left=20)
        later = files[0].stat().st_mtime_ns + 10**9
        os.utime(files[0], ns=(later, later))
        report = self.run(network, files, tmp_path / 'out', resume=True)
        assert (report.pages, report.skipped) == (1, 6)
        box = json.loads((tmp_path / 'out/0.json').read_text())['pages'][0]['regions'][0]['box']
        assert box == [20, 20, 50, 40]

    def test_lines_alone_do_not_tell_whether_they_are_complete(self, network, files, tmp_path):
        for _ in range(2):
            report = self.run(network, files[:1], tmp_path / 'out', formats=('coco', ),
                              crop='lines', resume=True)
            assert (report.pages, report.skipped) == (1, 0)
