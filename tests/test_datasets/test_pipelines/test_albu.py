"""Transforms of albumentations, in whose place is a module with the same calls."""
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from mmseg.datasets.builder import PIPELINES
from mmseg.utils.errors import InputError, UnknownNameError


class Compose:
    """Runs transforms, each on the image and on each mask."""

    def __init__(self, transforms):
        self.transforms, self.seeds = transforms, []

    def set_random_seed(self, seed):
        self.seeds.append(seed)

    def __call__(self, image, masks=None):
        for transform in self.transforms:
            image = transform(image)
            masks = masks and [transform(mask) for mask in masks]
        return dict(image=image, **({'masks': masks} if masks else {}))


class RandomCrop:
    def __init__(self, height, width, p=1.):
        self.height, self.width = height, width

    def __call__(self, array):
        return array[:self.height, :self.width]


class OneOf:
    def __init__(self, transforms, p=.5):
        self.transforms = transforms

    def __call__(self, array):
        return self.transforms[-1](array)


@pytest.fixture(autouse=True)
def albumentations(monkeypatch):
    monkeypatch.setitem(sys.modules, 'albumentations', SimpleNamespace(
        Compose=Compose, RandomCrop=RandomCrop, OneOf=OneOf))


def albu(*transforms, **more):
    return PIPELINES.build(dict(type='Albu', transforms=list(transforms), **more))


CROP = dict(type='RandomCrop', height=2, width=1)


def test_image_and_label_map_go_through_and_the_shapes_follow():
    transform = albu(dict(type='OneOf', transforms=[CROP], p=1.), keymap={'img': 'image'})
    image, label = np.arange(24, dtype=np.uint8).reshape(4, 2, 3), np.array([[0, 1]] * 4)
    found = transform(dict(img=image, gt_semantic_seg=label, seg_fields=['gt_semantic_seg']))
    assert found['img'].tolist() == [[[0, 1, 2]], [[6, 7, 8]]]
    assert found['gt_semantic_seg'].tolist() == [[0], [0]]
    assert found['img_shape'] == found['pad_shape'] == (2, 1, 3)
    assert albu(CROP)(dict(img=image))['img'].shape == (2, 1, 3)


def test_its_draws_follow_the_page_s_seed():
    transform = albu(CROP)
    for seed in (3, 3, 4):
        np.random.seed(seed)
        transform(dict(img=np.zeros((4, 4, 3), np.uint8)))
    first, second, third = transform._compose.seeds
    assert first == second != third


@pytest.mark.parametrize('transform, error, sentence', [
    (dict(type='RandomCrp', height=1, width=1), UnknownNameError, "did you mean 'RandomCrop'"),
    (dict(height=1), UnknownNameError, "no transform 'None'"),
    (dict(type='RandomCrop', heigth=1), InputError, 'albumentations does not take .*heigth')])
def test_what_albumentations_does_not_have(transform, error, sentence):
    with pytest.raises(error, match=sentence):
        albu(transform)


def test_what_does_not_go_through():
    with pytest.raises(InputError, match="'gt_bboxes' in its keymap"):
        albu(CROP, keymap={'img': 'image', 'gt_bboxes': 'bboxes'})
    with pytest.raises(InputError, match='moves no text lines'):
        albu(CROP)(dict(img=np.zeros((4, 4, 3), np.uint8), line_polygons=[]))


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, 'albumentations', None)
    with pytest.raises(InputError, match='pip install albumentations'):
        albu(CROP)
