"""Tar shards: what is packed comes back, from a disk and by range requests over HTTP."""
import http.server
import re
import tarfile
import threading
from collections import Counter
from functools import partial

import numpy as np
import pytest
import torch

from mmseg.datasets import LayoutDataset, build_dataloader, shards
from mmseg.datasets.packed_backend import pack, reading_of
from mmseg.utils.errors import InputError

PIPELINE = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'),
            dict(type='DefaultFormatBundle'), dict(type='Collect', keys=['img', 'gt_semantic_seg'])]
PAGES = 20


class Ranges(http.server.SimpleHTTPRequestHandler):
    """Serves files, and ranges of them."""

    asked: list[tuple[int, int]] = []

    def do_GET(self):
        path = self.translate_path(self.path)
        wanted = re.fullmatch(r'bytes=(\d+)-(\d+)', self.headers.get('Range', ''))
        content = open(path, 'rb').read()
        start, end = map(int, wanted.groups())
        self.asked.append((start, end))
        part = content[start:end + 1]
        self.send_response(206)
        self.send_header('Content-Range', f'bytes {start}-{start + len(part) - 1}/{len(content)}')
        self.send_header('Content-Length', str(len(part)))
        self.end_headers()
        self.wfile.write(part)

    def log_message(self, *args):
        pass


class Whole(Ranges):
    """Serves files as a whole, whatever is asked for."""

    do_GET = http.server.SimpleHTTPRequestHandler.do_GET


@pytest.fixture
def serve():
    servers = []

    def start(folder, handler=Ranges):
        Ranges.asked = []
        server = http.server.ThreadingHTTPServer(
            ('127.0.0.1', 0), partial(handler, directory=str(folder)))
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f'http://127.0.0.1:{server.server_port}'

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def numbered(tmp_path):
    """A data set of 20 pages in shards of a few; page 7 is a picture of grey 7."""
    import cv2
    source = tmp_path / 'source'
    for folder in ('JPEGImages', 'SegmentationClassPNG', 'ImageSets/Segmentation'):
        (source / folder).mkdir(parents=True)
    for page in range(PAGES):
        cv2.imwrite(str(source / 'JPEGImages' / f'p{page}.v1.png'),
                    np.full((8, 8, 3), page, np.uint8))
        cv2.imwrite(str(source / 'SegmentationClassPNG' / f'p{page}.v1.png'),
                    np.full((8, 8), page % 2, np.uint8))
    names = ''.join(f'p{page}.v1\n' for page in range(PAGES))
    (source / 'ImageSets' / 'Segmentation' / 'train.txt').write_text(names)
    (source / 'class_names.txt').write_text('background\nfigure\n')
    return source


@pytest.fixture
def packed(numbered, tmp_path, monkeypatch):
    target = tmp_path / 'packed'
    write = shards.write_shards
    monkeypatch.setattr(shards, 'write_shards', lambda *args: write(*args[:-1], 8000))
    assert pack(numbered, target, 'shards') == 2 * PAGES
    return target


def data_set(folder, **args):
    return LayoutDataset(PIPELINE, str(folder), 'train', img_suffix='.png',
                         classes=('background', 'figure'), with_cls=False,
                         file_client_args=dict(backend='packed', **args))


def grey(batch) -> list[int]:
    return [int(value) for value in batch['img'].data[0][:, 0, 0, 0]]


def test_files_come_back_and_pages_lie_together(numbered, packed):
    opened = shards.Shards(str(packed / shards.FOLDER))
    names = [path.relative_to(numbered).as_posix() for path in sorted(numbered.rglob('*.png'))]
    assert sorted(opened) == names
    for name in names:
        assert opened.get(name) == (numbered / name).read_bytes()
    assert opened.get('JPEGImages/none.png') is None
    tars = sorted((packed / shards.FOLDER).glob('*.tar'))
    assert [path.name for path in tars[:2]] == ['pages-000000.tar', 'pages-000001.tar']
    for path in tars:
        members = tarfile.open(path).getnames()
        assert [name.partition('.')[0] for name in members[::2]] == [
            name.partition('.')[0] for name in members[1::2]]
    assert (packed / 'class_names.txt').read_text() == 'background\nfigure\n'


def test_webdataset_reads_them(packed):
    webdataset = pytest.importorskip('webdataset')
    tars = [str(path) for path in sorted((packed / shards.FOLDER).glob('*.tar'))]
    samples = list(webdataset.WebDataset(tars, shardshuffle=False))
    assert sorted(sample['__key__'] for sample in samples) == sorted(
        f'p{page}%2Ev1' for page in range(PAGES))
    assert {key for key in samples[0] if not key.startswith('__')} == {
        'jpegimages.png', 'segmentationclasspng.png'}


def test_places_are_those_of_the_tar_files(packed):
    opened = shards.Shards(str(packed / shards.FOLDER))
    for number, path in enumerate(sorted((packed / shards.FOLDER).glob('*.tar'))):
        with tarfile.open(path) as tar:
            first = tar.getmembers()[0]
        name = 'JPEGImages/' + first.name.partition('.')[0].replace('%2E', '.') + '.png'
        assert opened.places([name, 'none']).tolist() == [[number, first.offset_data], [-1, -1]]


@pytest.mark.parametrize('workers', [0, 2, 3])
def test_each_page_comes_once_an_epoch_whatever_the_workers(packed, workers):
    loader = build_dataloader(data_set(packed, window=4, streams=2), 4, workers, dist=False, seed=0)
    epochs = [[grey(batch) for batch in loader] for _ in range(2)]
    for epoch in epochs:
        assert sorted(sum(epoch, [])) == list(range(PAGES))
    assert epochs[0] != epochs[1]
    alone = build_dataloader(data_set(packed, window=4, streams=2), 4, 0, dist=False, seed=0)
    assert [grey(batch) for batch in alone] == epochs[0]


def test_a_training_continues_within_an_epoch(packed):
    loader = build_dataloader(data_set(packed, window=4), 4, 2, dist=False, seed=0)
    whole = [[grey(batch) for batch in loader] for _ in range(2)]
    again = build_dataloader(data_set(packed, window=4), 4, 2, dist=False, seed=0)
    again.seek(1, 2)
    assert [grey(batch) for batch in again] == whole[1][2:]


def test_pages_over_http_are_those_of_the_disk(packed, serve, monkeypatch):
    monkeypatch.setattr(shards, 'BLOCK', 4096)
    address = serve(packed / shards.FOLDER)
    here, there = data_set(packed), data_set(packed, address=address)
    for page in range(PAGES):
        assert torch.equal(here[page]['img'].data, there[page]['img'].data)
    loader = build_dataloader(data_set(packed, address=address, window=4), 4, 2, dist=False, seed=1)
    assert sorted(sum(map(grey, loader), [])) == list(range(PAGES))


def test_blocks_are_asked_for_once_in_the_order_of_an_epoch(packed, serve, monkeypatch):
    monkeypatch.setattr(shards, 'BLOCK', 4096)
    address = serve(packed / shards.FOLDER)
    pages = data_set(packed, address=address, window=4, streams=1)
    loader = build_dataloader(pages, 2, 0, dist=False, seed=0)
    assert len([grey(batch) for batch in loader]) == PAGES // 2
    size = sum(path.stat().st_size for path in (packed / shards.FOLDER).glob('*.tar'))
    blocks = sum(-(-path.stat().st_size // 4096) for path in (packed / shards.FOLDER).glob('*.tar'))
    assert len(Ranges.asked) <= blocks
    assert max(Counter(Ranges.asked).values()) <= len(list((packed / shards.FOLDER).glob('*.tar')))
    assert size > 4096


def test_a_server_without_ranges_and_a_missing_tar_file_are_errors(packed, serve, monkeypatch):
    monkeypatch.setattr(shards, 'BLOCK', 1024)
    monkeypatch.setattr(shards, '_WAIT', 0)
    name = 'JPEGImages/p3.v1.png'
    served = shards.Shards(str(packed / shards.FOLDER), serve(packed / shards.FOLDER, Whole))
    with pytest.raises(InputError, match='is served as a whole where a range was asked'):
        served.get(name)
    (packed / 'empty').mkdir()
    served = shards.Shards(str(packed / shards.FOLDER), serve(packed / 'empty', Whole))
    with pytest.raises(InputError, match='pages-00000..tar cannot be read'):
        served.get(name)


def test_a_damaged_index_and_a_cut_tar_file_are_errors(packed):
    folder = packed / shards.FOLDER
    for path in folder.glob('*.tar'):
        path.write_bytes(path.read_bytes()[:520])
    with pytest.raises(InputError, match='ends before JPEGImages/p3.v1.png'):
        shards.Shards(str(folder)).get('JPEGImages/p3.v1.png')
    (folder / shards.INDEX).write_bytes(b'')
    with pytest.raises(InputError, match='index.npy cannot be read as an array'):
        shards.Shards(str(folder))
    np.save(folder / shards.INDEX, np.zeros(3))
    with pytest.raises(InputError, match='index.npy is not an index of shards'):
        shards.Shards(str(folder))


def test_other_data_sets_are_read_in_any_order(numbered, packed):
    assert reading_of(range(3)) is None
    assert reading_of(LayoutDataset(PIPELINE, str(numbered), 'train', img_suffix='.png',
                                    classes=('background', 'figure'), with_cls=False)) is None
    assert len(reading_of(data_set(packed)).places) == PAGES


def test_numbers_below_one_are_errors(packed):
    with pytest.raises(InputError, match='window of the backend packed is 1 or more, got 0'):
        data_set(packed, window=0)
