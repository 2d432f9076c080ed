"""Two Ray nodes on this machine write the tables of one machine, also where an actor is killed."""
import importlib
import os
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psutil
import pyarrow.parquet
import pytest
from PIL import Image

from mmseg.layout.runs import ray_pool
from mmseg.layout.runs.options import LayoutOptions, LayoutReport
from mmseg.layout.runs.ray_pool import RayPool
from mmseg.layout.runs.shards import ShardProcessor
from mmseg.layout.runs.sources import Shard, shards
from mmseg.utils.errors import InputError

NETWORK = '''
import os, time
from pathlib import Path
import numpy as np
from mmseg.inference.predictor import PageArrays, Predictor

class DarkIsText(Predictor):
    """Notes its process in the folder of the module, and waits there while 'wait' exists."""

    classes, palette, page_classes = ('background', 'text'), ((0, 0, 0), (0, 200, 0)), ()

    def predict(self, images):
        folder = Path(__file__).parent
        (folder / f'pid-{os.getpid()}').touch()
        while (folder / 'wait').exists():
            time.sleep(.05)
        text = [(image[..., 0] < 128).astype(np.float32) for image in images]
        return [PageArrays(np.stack([1 - page, page])) for page in text]

def no_network():
    from mmseg.utils.errors import InputError
    raise InputError('weights.pth not found')
'''


@pytest.fixture(scope='module')
def network(tmp_path_factory):
    folder = tmp_path_factory.mktemp('network')
    (folder / 'fake_network_of_ray.py').write_text(NETWORK)
    root = str(Path(__file__).parents[2])
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        # the nodes' processes import both
        patch.setenv('PYTHONPATH', os.pathsep.join([root, str(folder)]))
        patch.setenv('RAY_USAGE_STATS_ENABLED', '0')
        yield importlib.import_module('fake_network_of_ray')
    del sys.modules['fake_network_of_ray']


@pytest.fixture(scope='module')
def cluster(network):
    ray = pytest.importorskip('ray')
    from ray.cluster_utils import Cluster
    node = dict(object_store_memory=100_000_000, num_cpus=1)
    try:
        cluster = Cluster(initialize_head=True,
                          head_node_args=dict(node, include_dashboard=False))
        cluster.add_node(**node)
        cluster.wait_for_nodes()
    except Exception as error:  # within half a minute, or not at all
        pytest.skip(f'Ray does not start here: {error}')
    yield cluster.address
    ray.shutdown()
    cluster.shutdown()


@pytest.fixture
def pages(tmp_path) -> list[str]:
    folder = tmp_path / 'pages'
    folder.mkdir()
    for page in range(12):
        pixels = np.full((40, 60, 3), 255, np.uint8)
        pixels[10:30, page:page + 30] = 0
        Image.fromarray(pixels).save(folder / f'p{page:02d}.png')
    (folder / 'p05.png').write_bytes(b'damaged')
    return sorted(map(str, folder.iterdir()))


OPTIONS = LayoutOptions([], rows=True)


def equal_tables(one: Path, other: Path) -> bool:
    return all(pyarrow.parquet.read_table(one / table).equals(
        pyarrow.parquet.read_table(other / table)) for table in ('regions', 'pages', 'errors'))


@pytest.mark.slow
def test_a_killed_actor_loses_nothing_and_tables_are_those_of_one_machine(
        cluster, network, pages, tmp_path):
    here = ShardProcessor(network.DarkIsText, str(tmp_path / 'one'), OPTIONS, {}, 0)
    alone = [here.process(shard) for shard in shards(pages, 2)]
    notes = Path(network.__file__).parent
    for note in notes.glob('pid-*'):
        note.unlink()
    (notes / 'wait').touch()
    with RayPool(cluster, network.DarkIsText, str(tmp_path / 'two'), OPTIONS, {}) as pool:
        assert pool.actors == 2
        done: list = []
        running = threading.Thread(
            target=lambda: done.extend(pool.process(shards(pages, 2))), daemon=True)
        running.start()
        while len(working := list(notes.glob('pid-*'))) < 2:  # each actor has a shard
            assert running.is_alive()
            time.sleep(.2)
        process = psutil.Process(int(working[0].name.removeprefix('pid-')))
        [actor] = [parent for parent in process.parents() if parent.name().startswith('ray::')]
        actor.kill()
        (notes / 'wait').unlink()
        running.join()
    assert sorted(shard.number for shard, _ in done) == list(range(6))
    assert sum(report.pages for _, report in done) == sum(report.pages for report in alone) == 11
    assert equal_tables(tmp_path / 'one', tmp_path / 'two')


@pytest.mark.slow
def test_a_network_that_cannot_be_opened_is_one_sentence(cluster, network, pages, tmp_path):
    with RayPool(cluster, network.no_network, str(tmp_path / 'out'), OPTIONS, {}) as pool:
        with pytest.raises(InputError, match='^weights.pth not found$'):
            list(pool.process(shards(pages, 6)))


class ActorError(Exception):
    """In place of ray.exceptions.RayActorError."""


class TaskError(Exception):
    """In place of ray.exceptions.RayTaskError."""

    def __init__(self, cause: Exception) -> None:
        self.cause = cause


class Call:
    """What a call of an actor returns."""

    def __init__(self, actor, shard) -> None:
        self.actor, self.shard = actor, shard


class FakeRay:
    """What RayPool uses of Ray, in this process; actors end at the shards that are named.

    Args:
        ends: Number of a shard → how many actors end at it; ``'start'`` for not starting.
        cause: What the work on each shard raises.
    """

    exceptions = SimpleNamespace(RayActorError=ActorError, RayTaskError=TaskError)

    def __init__(self, ends: dict, cores=(2,), cause: Exception | None = None) -> None:
        self.ends, self.cores, self.cause = Counter(ends), cores, cause
        self.actors: list[SimpleNamespace] = []
        self.closed = False

    def init(self, **options):
        if options['address'] == 'nowhere':
            raise ConnectionError('no answer')

    def shutdown(self):
        self.closed = True

    def nodes(self):
        return [dict(Alive=True, Resources={'CPU': cores}) for cores in self.cores] + [
            dict(Alive=False, Resources={'CPU': 64})]

    def remote(self, **options):
        assert options['max_restarts'] == 0

        def actor(*args):
            new = SimpleNamespace(alive=True)
            new.process = SimpleNamespace(
                remote=lambda shard: Call(actor=new, shard=shard))
            new.__ray_ready__ = SimpleNamespace(remote=lambda: Call(actor=new, shard=None))
            self.actors.append(new)
            return new
        return lambda kind: SimpleNamespace(remote=actor)

    def wait(self, waited, num_returns):
        return waited[:1], waited[1:]

    def get(self, done):
        assert done.actor.alive
        what = 'start' if done.shard is None else done.shard.number
        if self.ends[what]:
            self.ends[what] -= 1
            done.actor.alive = False
            raise ActorError('the process ended')
        if self.cause is not None and done.shard is not None:
            raise TaskError(self.cause)
        return LayoutReport(pages=len(done.shard.sources)) if done.shard else None


def processed(monkeypatch, tmp_path, ray, count=5):
    monkeypatch.setattr(ray_pool, '_import_ray', lambda: ray)
    with RayPool('here', str, str(tmp_path), OPTIONS, {}) as pool:
        found = list(pool.process(Shard(number, (f'p{number}.png', )) for number in range(count)))
    assert ray.closed
    return {shard.number: report for shard, report in found}


@pytest.mark.parametrize('ends', [{}, {1: 1}, {0: 2, 4: 1}, {'start': 3}])
def test_each_shard_is_processed_though_actors_end(monkeypatch, tmp_path, ends):
    ray = FakeRay(ends)
    reports = processed(monkeypatch, tmp_path, ray)
    assert sorted(reports) == [0, 1, 2, 3, 4]
    assert all(report.pages == 1 for report in reports.values())
    assert len(ray.actors) == 2 + sum(ends.values())


def test_a_shard_that_ends_three_actors_becomes_errors(monkeypatch, tmp_path):
    reports = processed(monkeypatch, tmp_path, FakeRay({2: 3}))
    [problem] = reports[2].problems
    assert problem.startswith('p2.png: the process of the shard ended 3 times')
    assert [report.pages for _, report in sorted(reports.items())] == [1, 1, 0, 1, 1]
    [row] = pyarrow.parquet.read_table(tmp_path / 'errors').to_pylist()
    assert (row['source'], row['page_number']) == ('p2.png', None)


def test_actors_that_never_start_are_an_error(monkeypatch, tmp_path):
    with pytest.raises(InputError, match='actors cannot start on the cluster'):
        processed(monkeypatch, tmp_path, FakeRay({'start': 1000}))


def test_a_mistake_on_another_machine_is_its_sentence(monkeypatch, tmp_path):
    with pytest.raises(InputError, match='^cannot write here$'):
        processed(monkeypatch, tmp_path, FakeRay({}, cause=InputError('cannot write here')))


def test_no_cluster_and_a_small_one_are_errors(monkeypatch, tmp_path):
    monkeypatch.setattr(ray_pool, '_import_ray', lambda: FakeRay({}, cores=(2, 3)))
    with pytest.raises(InputError, match='no Ray cluster answers at nowhere: no answer'):
        RayPool('nowhere', str, str(tmp_path), OPTIONS, {})
    with pytest.raises(InputError, match='no machine of the cluster has 4 cores for an actor: '
                       '2 machines have 5 cores and 0 GPUs'):
        RayPool('here', str, str(tmp_path), OPTIONS, {}, workers=4)
    with RayPool('here', str, str(tmp_path), OPTIONS, {}, workers=2) as pool:
        assert pool.actors == 2
    with RayPool('here', str, str(tmp_path), OPTIONS, {}) as pool:
        assert pool.actors == 5
