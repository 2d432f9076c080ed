"""BiSeNet, BiSeNet V2, ICNet and STDC: numbers of the reference, and settings that do not fit."""
import warnings

import pytest
import torch

from mmseg.models.builder import build_backbone
from mmseg.utils.errors import InputError

BN = dict(type='BN')
RESNET = dict(type='ResNetV1c', depth=18, base_channels=4, stem_channels=8, norm_cfg=BN)
BISENET = dict(type='BiSeNetV1', backbone_cfg=RESNET, context_channels=(8, 16, 32),
               spatial_channels=(4, 4, 6, 8), out_channels=10)
BISENET_V2 = dict(type='BiSeNetV2', detail_channels=(4, 6, 8), semantic_channels=(4, 4, 6, 8),
                  bga_channels=8)
ICNET = dict(type='ICNet', backbone_cfg=dict(RESNET, strides=(1, 2, 1, 1), dilations=(1, 1, 2, 4)),
             layer_channels=(8, 32), light_branch_middle_channels=4, psp_out_channels=6,
             out_channels=(4, 6, 8))
STDC = dict(type='STDCNet', stdc_type='STDCNet1', in_channels=3, channels=(4, 8, 16, 32, 64),
            bottleneck_type='cat', norm_cfg=BN, act_cfg=dict(type='ReLU'))
PATH = dict(type='STDCContextPathNet', backbone_cfg=STDC, last_in_channels=(64, 32),
            out_channels=8, ffm_cfg=dict(in_channels=24, out_channels=10, scale_factor=2))


@pytest.mark.parametrize('config, size, shapes, means, deviations', [
    (BISENET, (96, 64), [(10, 12, 8), (8, 12, 8), (8, 6, 4)], (.06995, .0415, .05227),
     (.10044, .05234, .08476)),
    (BISENET_V2, (96, 64), [(8, 12, 8), (4, 24, 16), (4, 12, 8), (6, 6, 4), (8, 3, 2)],
     (.01017, .10135, .14213, .08351, .22732), (.01446, .12548, .12633, .08215, .14601)),
    (ICNET, (104, 72), [(4, 13, 9), (6, 7, 5), (8, 3, 2)], (.02432, .02674, .03717),
     (.02697, .04463, .05767)),
    (STDC, (96, 64), [(16, 12, 8), (32, 6, 4), (64, 3, 2)], (.01928, .04673, .04246),
     (.03208, .07126, .05587)),
    (dict(STDC, stdc_type='STDCNet2', bottleneck_type='add', num_convs=3), (96, 64),
     [(16, 12, 8), (32, 6, 4), (64, 3, 2)], (.40766, .78481, .27698), (.62683, .91317, .36576)),
    (dict(STDC, with_final_conv=True), (96, 64), [(16, 12, 8), (32, 6, 4), (1024, 3, 2)],
     (.01928, .04673, .1002), (.03208, .07126, .13785)),
    (PATH, (96, 64), [(16, 12, 8), (8, 6, 4), (8, 12, 8), (10, 12, 8)],
     (.04816, .0575, .0616, .15644), (.08177, .07036, .07232, .15734)),
])
def test_features_are_those_of_the_reference(config, size, shapes, means, deviations, gives):
    gives(build_backbone(config), size, shapes, means, deviations)


@pytest.mark.parametrize('config', [BISENET, BISENET_V2], ids=lambda c: c['type'])
def test_out_indices_choose_and_order_the_maps(config, filled, waves):
    every, chosen = (filled(build_backbone(dict(config, **more)))(waves(1, 3, 64, 64))
                     for more in ({}, dict(out_indices=(2, 0))))
    assert torch.equal(chosen[0], every[2]) and torch.equal(chosen[1], every[0])
    assert len(chosen) == 2


@pytest.mark.parametrize('config', [BISENET, BISENET_V2], ids=lambda c: c['type'])
def test_layers_that_no_published_model_has_are_warned_of(config):
    with pytest.warns(UserWarning, match='norm_cfg .* asks for GN'):
        net = build_backbone(dict(config, norm_cfg=dict(type='GN', num_groups=2)))
    assert not any(isinstance(part, torch.nn.GroupNorm) for part in net.modules())
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        build_backbone(dict(config, norm_cfg=dict(type='SyncBN', requires_grad=True)))


def test_stage_of_stdc_joins_halves_quarters_and_eighths():
    block = build_backbone(STDC).stages[2][1]
    assert [layer.conv.out_channels for layer in block.layers] == [8, 4, 2, 2]


def test_downsampling_of_stdc_add_is_one_module_under_two_names():
    block = build_backbone(dict(STDC, bottleneck_type='add')).stages[2][0]
    assert block.downsample is block.layers[0][1]


@pytest.mark.parametrize('config, words', [
    (dict(BISENET, context_channels=(8, 16, 64)), ('context_channels[2]=64', '32')),
    (dict(BISENET, spatial_channels=(4, 4, 8)), ('spatial_channels=(4, 4, 8)', 'four')),
    (dict(BISENET, out_indices=(0, 3)), ('(0, 3)', )),
    (dict(BISENET, backbone_cfg=None), ('backbone_cfg', 'NoneType')),
    (dict(BISENET_V2, bga_channels=16), ('detail_channels=(4, 6, 8)', 'bga_channels=16')),
    (dict(BISENET_V2, out_indices=(5, )), ('(5,)', '0 to 4')),
    (dict(ICNET, layer_channels=(8, 64)), ('layer_channels[1]=64', '32')),
    (dict(ICNET, layer_channels=(16, 32)), ('(16, 32)', '(8, 32)')),
    (dict(ICNET, backbone_cfg=BISENET_V2), ('num_stages=4', 'BiSeNetV2')),
    (dict(STDC, stdc_type='STDCNet3'), ("'STDCNet3'", 'STDCNet2')),
    (dict(STDC, bottleneck_type='sum'), ("'sum'", "'add'")),
    (dict(STDC, channels=(4, 8, 16)), ('(4, 8, 16)', 'five')),
    (dict(PATH, last_in_channels=(32, 32)), ('last_in_channels[0]=32', '64')),
    (dict(PATH, last_in_channels=(64, )), ('(64,)', 'two')),
])
def test_settings_that_do_not_fit(config, words):
    with pytest.raises(InputError) as error:
        build_backbone(config)
    assert all(word in str(error.value) for word in words)


def test_backbone_with_a_missing_stage(waves):
    net = build_backbone(dict(BISENET, backbone_cfg=dict(RESNET, out_indices=(1, 2, 3))))
    with pytest.raises(InputError, match=r'gives 3 feature maps; .* out_indices to \(0, 1, 2, 3\)'):
        net(waves(1, 3, 64, 64))
