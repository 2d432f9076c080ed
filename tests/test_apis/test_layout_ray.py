"""Two Ray nodes on this machine write the tables of one machine, also where an actor is killed."""
import importlib
import os
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pyarrow.parquet
import pytest
from PIL import Image

from mmseg.apis.layout_options import LayoutOptions
from mmseg.apis.layout_ray import RayPool
from mmseg.apis.layout_shards import ShardProcessor
from mmseg.apis.layout_sources import shards
from mmseg.utils.errors import InputError

pytestmark = pytest.mark.slow

NETWORK = '''
import os, time
from pathlib import Path
import numpy as np
from mmseg.inference.predictor import PageArrays

class DarkIsText:
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
    memory = dict(object_store_memory=100_000_000, num_cpus=1, include_dashboard=False)
    cluster = Cluster(initialize_head=True, head_node_args=memory)
    cluster.add_node(num_cpus=1, object_store_memory=100_000_000)
    cluster.wait_for_nodes()
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


def test_a_network_that_cannot_be_opened_is_one_sentence(cluster, network, pages, tmp_path):
    with RayPool(cluster, network.no_network, str(tmp_path / 'out'), OPTIONS, {}) as pool:
        with pytest.raises(InputError, match='^weights.pth not found$'):
            list(pool.process(shards(pages, 6)))


def test_a_cluster_that_is_too_small_is_an_error(cluster, network, tmp_path):
    with pytest.raises(InputError, match='no machine of the cluster has 5 cores for an actor: '
                       '2 machines have 2 cores and 0 GPUs'):
        RayPool(cluster, network.DarkIsText, str(tmp_path / 'out'), OPTIONS, {}, workers=5)
