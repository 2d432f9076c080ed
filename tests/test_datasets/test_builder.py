"""Data sets and loaders out of configs."""
import random
import warnings

import cv2
import numpy as np
import pytest
import torch

from mmseg.datasets import build_dataloader, build_dataset
from mmseg.datasets.builder import DATASETS, worker_init_fn
from mmseg.datasets.samplers import DistributedSampler
from mmseg.utils.errors import InputError

PIPELINE = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'),
            dict(type='RandomCrop', crop_size=(2, 2)), dict(type='RandomFlip', prob=.5),
            dict(type='PhotoMetricDistortion'),
            dict(type='Normalize', mean=[0, 0, 0], std=[1, 1, 1]),
            dict(type='DefaultFormatBundle'),
            dict(type='Collect', keys=['img', 'gt_semantic_seg'],
                 meta_keys=('ori_filename', 'flip'))]


def config(voc, **more):
    return dict(type='LayoutDataset', data_root=str(voc), pipeline=PIPELINE, **more)


def names(dataset):
    return [page['img_metas'].data['ori_filename'] for page in
            (dataset[i] for i in range(len(dataset)))]


def test_one_data_set(voc):
    assert names(build_dataset(config(voc))) == ['a.jpg', 'b.jpg', 'c.jpg']
    assert len(build_dataset(config(voc), dict(split='val'))) == 1


def test_lists_become_one_data_set(voc):
    train, val = config(voc, split='train'), config(voc, split='val')
    assert names(build_dataset([val, train])) == ['c.jpg', 'a.jpg', 'b.jpg']
    joined = build_dataset(config(voc, split=['val', 'train', 'val'], separate_eval=False))
    assert names(joined) == ['c.jpg', 'a.jpg', 'b.jpg', 'c.jpg'] and not joined.separate_eval
    assert names(build_dataset(dict(type='ConcatDataset', datasets=[val, val]))) == ['c.jpg'] * 2


def test_listed_folders(voc):
    (voc / 'more').symlink_to(voc / 'JPEGImages')
    dataset = build_dataset(config(voc, img_dir=['JPEGImages', 'more'], split='val'))
    assert [d.img_dir for d in dataset.datasets] == [f'{voc}/JPEGImages', f'{voc}/more']
    with pytest.raises(InputError, match='same length, got 2 for img_dir, 3 for split'):
        build_dataset(config(voc, img_dir=['JPEGImages', 'more'], split=['val'] * 3))


def test_wrappers(voc):
    repeated = build_dataset(dict(type='RepeatDataset', times=2, dataset=config(voc)))
    assert names(repeated) == ['a.jpg', 'b.jpg', 'c.jpg'] * 2
    assert repeated.PAGE_CLASSES == ('document', 'slide')
    inner = config(voc)
    inner['pipeline'] = PIPELINE[:2]
    mixed = build_dataset(dict(type='MultiImageMixDataset', dataset=inner, pipeline=[
        dict(type='RandomMosaic', prob=1, img_scale=(4, 6)), *PIPELINE[4:]]))
    assert mixed[0]['img'].data.shape == (3, 8, 12)
    with pytest.raises(InputError, match="did you mean 'times'"):
        build_dataset(dict(type='RepeatDataset', time=2, dataset=config(voc)))


def test_unknown_names(voc):
    with pytest.raises(InputError, match="did you mean 'LayoutDataset'"):
        build_dataset(dict(config(voc), type='LayoutDatset'))
    with pytest.raises(InputError, match="did you mean 'split'"):
        build_dataset(config(voc, spilt='train'))


def test_a_users_data_set(voc):
    @DATASETS.register_module(name='ThreeForTest')
    class Three:
        def __len__(self):
            return 3

    assert len(build_dataset(dict(type='ThreeForTest'))) == 3


def batches(voc, seed, **arguments):
    np.random.seed(seed)
    torch.manual_seed(seed)
    loader = build_dataloader(build_dataset(config(voc)), 2, dist=False, seed=seed, **arguments)
    return [(batch['img'].data[0], batch['img_metas'].data[0]) for batch in loader]


@pytest.mark.parametrize('workers', [0, 2])
def test_seeded_runs_repeat(voc, workers):
    one, two = (batches(voc, 3, workers_per_gpu=workers) for _ in range(2))
    assert len(one) == 2
    for (images, metas), (others, other_metas) in zip(one, two, strict=True):
        assert torch.equal(images, others)
        assert metas == other_metas
    other = batches(voc, 4, workers_per_gpu=workers)
    assert any(not torch.equal(a[0], b[0]) for a, b in zip(one, other, strict=True))


def test_loader_on_a_cpu_is_quiet(voc):
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        loader = build_dataloader(build_dataset(config(voc)), 1, 0, dist=False, shuffle=False)
        assert len(list(loader)) == 3
    assert not loader.persistent_workers and loader.pin_memory == torch.cuda.is_available()
    assert build_dataloader(loader.dataset, 1, 1, dist=False).persistent_workers
    wide = build_dataloader(loader.dataset, 2, 1, num_gpus=2, dist=False, drop_last=True)
    assert (wide.batch_size, wide.num_workers, wide.drop_last) == (4, 2, True)


def test_workers_have_seeds_of_their_own():
    threads, state = cv2.getNumThreads(), torch.get_rng_state()
    try:
        drawn = set()
        for rank, worker in ((0, 0), (0, 1), (1, 0)):
            worker_init_fn(worker, num_workers=2, rank=rank, seed=5)
            drawn.add((np.random.randint(10**9), random.randrange(10**9)))
            assert torch.initial_seed() == 5 + 2 * rank + worker
        assert len(drawn) == 3
        assert cv2.getNumThreads() == 1
    finally:
        cv2.setNumThreads(threads)
        torch.set_rng_state(state)


def test_processes_share_the_pages():
    pages = list(range(10))
    shares = [list(DistributedSampler(pages, 3, rank, shuffle=False)) for rank in range(3)]
    assert shares == [[0, 3, 6, 9], [1, 4, 7, 0], [2, 5, 8, 1]]  # filled up from the start
    shuffled = [DistributedSampler(pages, 2, rank, seed=1) for rank in range(2)]
    first = [list(sampler) for sampler in shuffled]
    assert sorted(first[0] + first[1]) == pages
    for sampler in shuffled:
        sampler.set_epoch(1)
    assert [list(sampler) for sampler in shuffled] != first
    assert DistributedSampler(pages, 2, 0, seed=None).seed >= 0


@pytest.mark.parametrize('key', ['seperate_eval', 'sepparate_eval'])
def test_a_misspelt_key_of_a_wrapper(voc, key):
    part = dict(type='CustomDataset', pipeline=[], data_root=str(voc), img_dir='JPEGImages',
                ann_dir='SegmentationClassPNG', classes=list('abcde'))
    with pytest.raises(InputError, match=f"takes no argument '{key}'.*'separate_eval'"):
        build_dataset(dict(type='ConcatDataset', datasets=[part], **{key: False}))
    joined = build_dataset(dict(type='ConcatDataset', datasets=[part], separate_eval=False))
    assert joined.separate_eval is False
