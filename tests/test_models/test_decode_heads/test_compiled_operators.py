"""The same numbers as mmcv-full's compiled operators, where they are installed."""
import pytest
import torch

from mmseg.models.decode_heads.cc_head import CrissCrossAttention
from mmseg.models.decode_heads.point_head import point_sample
from mmseg.models.decode_heads.psa_head import psa_mask

ops = pytest.importorskip('mmcv.ops', reason='mmcv without compiled operators',
                          exc_type=ImportError)


def test_criss_cross_attention(filled, waves):
    ours, theirs = filled(CrissCrossAttention(8)), filled(ops.CrissCrossAttention(8))
    assert list(ours.state_dict()) == list(theirs.state_dict())
    x = waves(2, 8, 5, 6)
    torch.testing.assert_close(ours(x), theirs(x))


@pytest.mark.parametrize('psa_type', ['collect', 'distribute'])
@pytest.mark.parametrize('mask_size', [(3, 5), (9, 11), (4, 2)])
def test_psa_mask(psa_type, mask_size, waves):
    windows = waves(2, mask_size[0] * mask_size[1], 5, 6)
    torch.testing.assert_close(psa_mask(windows, psa_type, mask_size),
                               ops.PSAMask(psa_type, mask_size)(windows))


@pytest.mark.parametrize('align_corners', [False, True])
def test_point_sample(align_corners, waves):
    points = waves(2, 7, 2).abs()
    torch.testing.assert_close(point_sample(waves(2, 3, 5, 6), points, align_corners),
                               ops.point_sample(waves(2, 3, 5, 6), points, align_corners))
