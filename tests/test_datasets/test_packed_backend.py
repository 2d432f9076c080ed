import os
import tarfile

import numpy as np
import pytest
import torch

from mmseg.datasets import LayoutDataset, build_dataloader
from mmseg.datasets.packed_backend import PackedBackend, pack
from mmseg.utils.errors import InputError

PIPELINE = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'),
            dict(type='DefaultFormatBundle'), dict(type='Collect', keys=['img', 'gt_semantic_seg'])]


@pytest.fixture(params=['tar', 'lmdb'])
def packed(request, voc, tmp_path_factory):
    folder = tmp_path_factory.mktemp('packed')
    assert pack(voc, folder, request.param) == 6
    return folder


def test_a_packed_data_set_gives_the_same_pages(voc, packed):
    of_files = LayoutDataset(PIPELINE, str(voc), 'train')
    of_archive = LayoutDataset(PIPELINE, str(packed), 'train',
                               file_client_args=dict(backend='packed'))
    assert not (packed / 'JPEGImages').exists()
    assert len(of_archive) == len(of_files) == 2
    for one, other in zip(of_files, of_archive):
        assert torch.equal(one['img'].data, other['img'].data)
        assert torch.equal(one['gt_semantic_seg'].data, other['gt_semantic_seg'].data)
        assert one['img_metas'].data['cls_label'] == other['img_metas'].data['cls_label']


def test_evaluation_and_a_missing_split_read_the_archive_too(voc, packed):
    dataset = LayoutDataset(PIPELINE, str(packed), file_client_args=dict(backend='packed'))
    assert len(dataset) == 3  # without a split file the archive's images are listed
    assert np.array_equal(dataset.get_gt_seg_map_by_idx(0),
                          LayoutDataset(PIPELINE, str(voc)).get_gt_seg_map_by_idx(0))


def test_workers_share_the_archive(packed):
    dataset = LayoutDataset(PIPELINE, str(packed), 'train',
                            file_client_args=dict(backend='packed'))
    here = [dataset[i]['img'].data for i in range(2)]  # opened before the fork
    loader = build_dataloader(dataset, 1, 2, dist=False, shuffle=False)
    there = [batch['img'].data[0][0] for batch in loader]
    assert all(torch.equal(one, other) for one, other in zip(here, there))


def test_a_page_that_is_nowhere_is_named(packed):
    with pytest.raises(FileNotFoundError, match='neither there nor in a pages.tar'):
        PackedBackend().get(packed / 'JPEGImages' / 'none.jpg')


def test_an_archive_is_never_half_there(voc, tmp_path_factory, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, 'No space left on device')

    folder = tmp_path_factory.mktemp('packed')
    monkeypatch.setattr(tarfile.TarFile, 'add', full)
    with pytest.raises(OSError, match='No space'):
        pack(voc, folder)
    assert not [name for name in os.listdir(folder) if 'pages' in name]


def test_mistakes(voc, packed, tmp_path):
    with pytest.raises(InputError, match='has no folder labels; folders there'):
        pack(voc, tmp_path / 'other', folders=['JPEGImages', 'labels'])
    kind = 'tar' if (packed / 'pages.tar').exists() else 'lmdb'
    with pytest.raises(InputError, match='exists; delete it'):
        pack(voc, packed, kind)


@pytest.mark.parametrize('size, words', [
    (-1024, 'a.png is said to have -1024 bytes'),  # leads back to the header itself
    (10**12, 'a.png is said to have 1000000000000 bytes'), (None, 'not a tar file of pages')])
def test_a_damaged_archive_is_a_sentence(size, words, tmp_path):
    content = b'no archive' * 200
    if size is not None:
        member = tarfile.TarInfo('a.png')
        member.size = size
        content = member.tobuf(tarfile.GNU_FORMAT) + bytes(2048)
    (tmp_path / 'pages.tar').write_bytes(content)
    with pytest.raises(InputError, match=f'pages.tar is not a tar file of pages.*{words}'
                       if size else words):
        PackedBackend().get(tmp_path / 'a.png')


def test_a_damaged_database_is_a_sentence(tmp_path):
    pytest.importorskip('lmdb')
    (tmp_path / 'pages.lmdb').write_bytes(b'no database' * 1000)
    with pytest.raises(InputError, match='pages.lmdb is not an LMDB database of pages'):
        PackedBackend().get(tmp_path / 'a.png')
