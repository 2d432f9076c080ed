"""Masks as run lengths."""
import numpy as np
import pytest

from mmseg.utils.errors import InputError
from mmseg.utils.run_lengths import decode_rle


def test_packed_run_lengths_are_those_of_pycocotools():
    coco_mask = pytest.importorskip('pycocotools.mask')
    for seed in range(5):
        mask = np.random.default_rng(seed).random((40, 70)) < .2 * seed
        mask[5:30, 10 * seed:60] = True
        packed = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
        assert (decode_rle(packed, 'a.json') == mask).all()


@pytest.mark.parametrize('rle', [
    {'size': [4_000_000_000, 4_000_000_000], 'counts': '01'}, {'size': [64, 48], 'counts': [1]},
    {'size': [64, 48], 'counts': [100, 2147483648, 2772]}, {'size': [64, 48], 'counts': '01P2' * 9},
    {'size': [1e12, 48], 'counts': '0'}, {'size': [64, 48], 'counts': [-1, 3073]},
    {'size': [float('inf'), 1], 'counts': '0'}, {'size': [2, 2], 'counts': 'P'},
    {'size': [0, 0], 'counts': ''}])
def test_run_lengths_are_added_up_before_memory_is_taken(rle):
    with pytest.raises(InputError, match='a.json has run lengths that are not a mask'):
        decode_rle(rle, 'a.json')


def test_a_mask_of_another_size_is_refused_before_it_is_decoded():
    with pytest.raises(InputError, match='a.json is 3x2 pixels but has a mask of 2x2'):
        decode_rle({'size': [2, 2], 'counts': [4]}, 'a.json', (2, 3))
