"""Fast-SCNN."""
import pytest
import torch
from torch import nn

from mmseg.models.backbones import FastSCNN
from mmseg.models.backbones.fast_scnn import FeatureFusionModule
from mmseg.utils.errors import InputError


@pytest.mark.parametrize('options, size, shapes, means, deviations', [
    (dict(), (64, 64), [(64, 8, 8), (128, 2, 2), (128, 8, 8)], (.12758, .02047, .07424),
     (.13135, .02214, .10089)),
    (dict(align_corners=True, dw_act_cfg=dict(type='ReLU6'), act_cfg=dict(type='LeakyReLU'),
          out_indices=(0, 2)), (97, 129), [(64, 13, 17), (128, 13, 17)], (.05412, .07101),
     (.05576, .09180)),
])
def test_features_are_those_of_the_reference(options, size, shapes, means, deviations, gives):
    gives(FastSCNN(**options), size, shapes, means, deviations)


def test_fusion_adds_the_coarse_to_the_fine():
    fusion = FeatureFusionModule(1, 1, 1, norm_cfg=None).eval()
    for name, value in fusion.named_parameters():
        nn.init.zeros_(value)
        if name.endswith('weight'):
            value.data[..., value.shape[2] // 2, value.shape[3] // 2] = 1
    fine = torch.tensor([[[[1., -9.], [3., 4.]]]])
    coarse = torch.tensor([[[[5.]]]])
    assert fusion(fine, coarse).tolist() == [[[[6, 0], [8, 9]]]]


@pytest.mark.parametrize('options, message', [
    (dict(global_in_channels=32), 'global_in_channels=32 and higher_in_channels=64'),
    (dict(global_out_channels=64), 'global_out_channels=64 and lower_in_channels=128'),
    (dict(global_block_strides=(2, 2)), r'global_block_strides=\(2, 2\) needs 3 values'),
    (dict(out_indices=(0, 3)), 'out_indices has 3, but FastSCNN takes 0 to 2'),
])
def test_settings_that_do_not_fit(options, message):
    with pytest.raises(InputError, match=message):
        FastSCNN(**options)
