"""UNet and its two ways up."""
import pytest
import torch
from mmcv.cnn import build_upsample_layer

from mmseg.models.backbones import UNet
from mmseg.utils.errors import InputError

THREE = dict(base_channels=4, num_stages=3, dec_num_convs=(2, 1), enc_dilations=(1, 2, 3),
             dec_dilations=(2, 1))


@pytest.mark.parametrize('options, size, shapes, means, deviations', [
    (dict(base_channels=4), (64, 64),
     [(64, 4, 4), (32, 8, 8), (16, 16, 16), (8, 32, 32), (4, 64, 64)],
     (.01236, .05251, .03820, .05230, .03911), (.01337, .06423, .03474, .07394, .05490)),
    (dict(strides=(1, 2, 1), downsamples=(True, True), enc_num_convs=(2, 2, 3),
          upsample_cfg=dict(type='DeconvModule'), **THREE), (32, 48),
     [(16, 8, 12), (8, 16, 24), (4, 32, 48)], (.05642, .04043, .05909), (.06805, .04933, .08780)),
    (dict(strides=(1, 1, 2), downsamples=(False, True), enc_num_convs=(1, 2, 3),
          upsample_cfg=dict(type='InterpConv', conv_first=True, kernel_size=3, padding=1),
          **THREE), (32, 48), [(16, 16, 24), (8, 32, 48), (4, 32, 48)],
     (.02346, .04661, .08557), (.03072, .05526, .13788)),
])
def test_features_are_those_of_the_reference(options, size, shapes, means, deviations, gives):
    gives(UNet(**options), size, shapes, means, deviations)


def test_names_of_the_weights():
    names = set(UNet(base_channels=4).state_dict())
    assert {'encoder.0.0.convs.0.conv.weight', 'encoder.1.1.convs.1.bn.bias',
            'decoder.0.conv_block.convs.0.conv.weight',
            'decoder.3.upsample.interp_upsample.1.conv.weight'} <= names
    deconv = UNet(base_channels=4, upsample_cfg=dict(type='DeconvModule')).state_dict()
    assert deconv['decoder.0.upsample.deconv_upsamping.0.weight'].shape == (8, 4, 4, 4)


def test_any_size_comes_back():
    net = UNet(base_channels=4).eval()
    sizes = [tuple(f.shape[2:]) for f in net(torch.rand(1, 3, 45, 71))]
    assert sizes == [(2, 4), (5, 8), (11, 17), (22, 35), (45, 71)]


def test_interpolation_and_projection():
    up = build_upsample_layer(
        dict(type='InterpConv', norm_cfg=None, upsample_cfg=dict(scale_factor=2, mode='nearest')),
        in_channels=1, out_channels=1)
    up.load_state_dict({'interp_upsample.1.conv.weight': torch.full((1, 1, 1, 1), 3.),
                        'interp_upsample.1.conv.bias': torch.tensor([-1.])})
    assert up(torch.tensor([[[[1., 0.]]]])).tolist() == [[[[2, 2, 0, 0], [2, 2, 0, 0]]]]


def test_checkpointing_gives_the_same_gradients(gradients):
    for kind in ('InterpConv', 'DeconvModule'):
        plain, saving = (
            gradients(UNet(base_channels=4, upsample_cfg=dict(type=kind), with_cp=with_cp))
            for with_cp in (False, True))
        torch.testing.assert_close(saving, plain)


@pytest.mark.parametrize('options, message', [
    (dict(strides=(1, 1, 1)), r'strides=\(1, 1, 1\) needs 5 values for num_stages=5'),
    (dict(downsamples=(True, ) * 5), 'downsamples=.* needs 4 values for num_stages=5'),
    (dict(dcn=dict(type='DCN')), 'UNet takes no dcn'),
    (dict(plugins=[]), 'UNet takes no plugins'),
    (dict(upsample_cfg=dict(type='DeconvModule', kernel_size=3)),
     'kernel_size=3 and scale_factor=2'),
])
def test_settings_that_do_not_fit(options, message):
    with pytest.raises(InputError, match=message):
        UNet(base_channels=4, **options)
