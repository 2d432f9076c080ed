"""Tensors and batches."""
import numpy as np
import pytest
import torch
from mmcv.parallel import collate

from mmseg.datasets.pipelines import (
    Collect,
    DefaultFormatBundle,
    ImageToTensor,
    Normalize,
    ToDataContainer,
    ToHalf,
    ToTensor,
    Transpose,
    to_tensor,
)
from mmseg.utils.errors import InputError

METAS = dict(filename='x/a.jpg', ori_filename='a.jpg', ori_shape=(2, 2, 3), img_shape=(2, 2, 3),
             pad_shape=(2, 2, 3), scale_factor=1., flip=False, flip_direction='horizontal',
             img_norm_cfg={})


def test_to_tensor():
    assert torch.equal(to_tensor([1, 2]), torch.tensor([1, 2]))
    assert torch.equal(to_tensor(3), torch.tensor([3]))
    assert torch.equal(to_tensor(.5), torch.tensor([.5]))
    assert to_tensor(np.zeros((2, 3))).shape == (2, 3)
    with pytest.raises(TypeError, match='str cannot become a tensor'):
        to_tensor('12')


def test_bundle_puts_channels_first_and_labels_in_int64():
    img = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
    results = DefaultFormatBundle()(dict(img=img,
                                         gt_semantic_seg=np.array([[0, 255], [1, 2]], np.uint8)))
    assert results['img'].data.tolist() == [[[0, 3], [6, 9]], [[1, 4], [7, 10]], [[2, 5], [8, 11]]]
    assert results['gt_semantic_seg'].data.tolist() == [[[0, 255], [1, 2]]]
    assert results['gt_semantic_seg'].data.dtype == torch.int64
    grey = DefaultFormatBundle()(dict(img=np.ones((2, 5), np.float32)))
    assert grey['img'].data.shape == (1, 2, 5)


def test_bundle_takes_over_what_normalize_laid_out():
    img = Normalize([1, 2, 3], [1, 1, 1])(dict(img=np.zeros((2, 2, 3), np.uint8)))['img']
    tensor = DefaultFormatBundle()(dict(img=img))['img'].data
    assert tensor.data_ptr() == img.ctypes.data  # no copy
    assert tensor[:, 0, 0].tolist() == [-1, -2, -3]


def test_a_batch_of_different_sizes_ignores_what_it_adds():
    pages = [DefaultFormatBundle()(dict(img=np.ones((*size, 3), np.float32),
                                        gt_semantic_seg=np.ones(size, np.uint8)))
             for size in ((1, 2), (2, 1))]
    batch = collate(pages, samples_per_gpu=2)
    assert batch['gt_semantic_seg'].data[0].tolist() == [[[[1, 1], [255, 255]]],
                                                         [[[1, 255], [1, 255]]]]
    assert batch['img'].data[0][0, 0].tolist() == [[1, 1], [0, 0]]


def test_small_transforms():
    results = dict(img=np.arange(6).reshape(1, 2, 3), numbers=[4, 5])
    assert ImageToTensor(['img'])(dict(results))['img'].tolist() == [[[0, 3]], [[1, 4]], [[2, 5]]]
    assert ToTensor(['numbers'])(dict(results))['numbers'].tolist() == [4, 5]
    half = ToHalf(['img', 'tensor'])(dict(results, tensor=torch.ones(2)))
    assert (half['img'].dtype, half['tensor'].dtype) == (np.float16, torch.float16)
    assert Transpose(['img'], (2, 0, 1))(dict(results))['img'].shape == (3, 1, 2)
    container = ToDataContainer([dict(key='numbers', cpu_only=True)])(dict(results))['numbers']
    assert container.cpu_only and container.data == [4, 5]


def test_collect_takes_page_class_and_scale_where_they_are():
    collected = Collect(keys=['img'])(dict(METAS, img=1, cls_label=1, view_scale=.5, more=2))
    assert collected.keys() == {'img', 'img_metas'}
    assert collected['img_metas'].data == dict(METAS, cls_label=1, view_scale=.5)
    assert collected['img_metas'].cpu_only
    assert Collect(keys=['img'])(dict(METAS, img=1))['img_metas'].data == METAS
    # a config of old that lists its meta keys gets them as well
    listed = Collect(keys=['img'], meta_keys=('flip', ))(dict(METAS, img=1, cls_label=0))
    assert listed['img_metas'].data == dict(flip=False, cls_label=0)


def test_a_pipeline_need_not_flip():
    results = dict(METAS, img=1)
    del results['flip'], results['flip_direction']
    metas = Collect(keys=['img'])(results)['img_metas'].data
    assert metas['flip'] is False and metas['flip_direction'] is None


def test_collect_says_what_is_not_there():
    with pytest.raises(InputError, match="wants 'pad_shape', which no transform before it wrote"):
        Collect(keys=['img'])({key: METAS[key] for key in METAS if key != 'pad_shape'}
                              | dict(img=1))
    with pytest.raises(InputError, match="did you mean 'gt_semantic_seg'"):
        Collect(keys=['gt_semantic_sag'])(dict(METAS, gt_semantic_seg=1))
