"""PSA masks, moved by hand, and what a head refuses."""
import itertools

import pytest
import torch

from mmseg.models.builder import build_head
from mmseg.models.decode_heads.psa_head import psa_mask
from mmseg.utils.errors import InputError

COMMON = dict(type='PSAHead', in_channels=8, channels=4, num_classes=3)


@pytest.mark.parametrize('mask_size', [(3, 5), (9, 7), (4, 2)])
def test_windows_move_to_their_pixels(mask_size, waves):
    high, wide = mask_size
    windows = waves(2, high * wide, 4, 3)
    collect, distribute = torch.zeros(2, 12, 4, 3), torch.zeros(2, 12, 4, 3)
    for y, x, i, j in itertools.product(range(4), range(3), range(high), range(wide)):
        a, b = y + i - (high - 1) // 2, x + j - (wide - 1) // 2
        if 0 <= a < 4 and 0 <= b < 3:
            weight = windows[:, i * wide + j, y, x]
            collect[:, a * 3 + b, y, x] = weight
            distribute[:, y * 3 + x, a, b] = weight
    assert torch.equal(psa_mask(windows, 'collect', mask_size), collect)
    assert torch.equal(psa_mask(windows, 'distribute', mask_size), distribute)


def test_unknown_type_is_named():
    with pytest.raises(InputError, match="psa_type of PSAHead is 'both'.*bi-direction"):
        build_head(dict(mask_size=(3, 3), psa_type='both', **COMMON))


def test_compact_mask_must_have_the_size_of_the_map():
    head = build_head(dict(mask_size=(3, 3), compact=True, **COMMON)).eval()
    with pytest.raises(InputError, match=r'mask_size=\(3, 3\) .* is \(4, 2\) after '
                                         'shrink_factor=2'):
        head([torch.rand(1, 8, 8, 4)])
