"""Dynamic filters: each image under the filters made of it."""
import torch
import torch.nn.functional as F

from mmseg.models.decode_heads.dm_head import DCM


def test_each_image_has_its_own_filters(filled, waves):
    context = filled(DCM(2, False, 4, 3, None, None, dict(type='ReLU')))
    x = waves(2, 4, 5, 6)
    for i in range(2):
        own = context.filter_gen_conv(F.adaptive_avg_pool2d(x[i:i + 1], 2))
        reduced = F.pad(context.input_redu_conv(x[i:i + 1]), (1, 0, 1, 0))
        expected = F.conv2d(reduced, own.transpose(0, 1), groups=3).relu()
        torch.testing.assert_close(context(x)[i:i + 1], expected)
