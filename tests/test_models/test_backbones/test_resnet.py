"""ResNet: names and numbers of public checkpoints, freezing, options, errors."""
import pytest
import torch
from torch import nn

from mmseg.models.backbones import ResNet, ResNetV1c, ResNetV1d
from mmseg.utils.errors import InputError

SMALL = dict(stem_channels=8, base_channels=4)
DILATED = dict(strides=(1, 2, 1, 1), dilations=(1, 1, 2, 4), contract_dilation=True)
DCN = dict(type='DCN', deform_groups=1)
STAGES = (False, True, True, True)


# Means of the four feature maps of MMSegmentation 0.30.0 under the same weights and input.
@pytest.mark.parametrize('make, options, sizes, means', [
    (ResNet, dict(depth=18), (16, 8, 4, 2), (.27008, .22395, .16240, .16567)),
    (ResNet, dict(depth=50, style='caffe'), (16, 8, 4, 2), (.24838, .31814, .50686, .33593)),
    (ResNetV1c, dict(depth=50, multi_grid=(1, 2, 4), **DILATED), (16, 8, 8, 8),
     (.17442, .29444, .49666, .34100)),
    (ResNetV1d, dict(depth=34, **DILATED), (16, 8, 8, 8), (.09496, .09789, .15183, .21020)),
    (ResNet, dict(depth=50, plugins=[
        dict(cfg=dict(type='ContextBlock', ratio=1 / 4), stages=(False, True, True, False),
             position='after_conv3'),
        dict(cfg=dict(type='NonLocal2d'), position='after_conv2')]),
     (16, 8, 4, 2), (.25837, 1.33379, 3.74643, .81440)),
])
def test_features_are_those_of_the_reference(make, options, sizes, means, filled, waves):
    net = filled(make(**options, **SMALL))
    with torch.no_grad():
        features = net(waves(1, 3, 64, 64))
    assert [f.shape[-1] for f in features] == list(sizes)
    assert [f.mean().item() for f in features] == pytest.approx(means, abs=2e-5)


def test_names_of_the_weights():
    plain = ResNet(50, num_stages=1, strides=(1, ), dilations=(1, ), out_indices=(0, ))
    names = set(plain.state_dict())
    assert {'conv1.weight', 'bn1.running_mean', 'layer1.0.conv1.weight', 'layer1.2.conv3.weight',
            'layer1.0.downsample.0.weight', 'layer1.0.downsample.1.bias'} <= names
    deep = set(ResNetV1c(depth=18, **SMALL).state_dict())
    assert {'stem.0.weight', 'stem.1.weight', 'stem.3.weight', 'stem.7.bias',
            'layer2.0.downsample.0.weight'} <= deep and 'conv1.weight' not in deep
    averaging = set(ResNetV1d(depth=18, **SMALL).state_dict())
    assert 'layer2.0.downsample.1.weight' in averaging
    assert 'layer2.0.downsample.0.weight' not in averaging


@pytest.mark.parametrize('deep_stem', [False, True])
def test_frozen_stages_neither_learn_nor_count(deep_stem):
    net = ResNet(18, frozen_stages=2, deep_stem=deep_stem, **SMALL).train()
    trained = {name.split('.')[0] for name, p in net.named_parameters() if p.requires_grad}
    assert trained == {'layer3', 'layer4'}
    before = {k: v.clone() for k, v in net.state_dict().items() if 'running_mean' in k}
    net(torch.rand(2, 3, 32, 32))
    moved = {k.split('.')[0] for k, v in net.state_dict().items()
             if 'running_mean' in k and not torch.equal(v, before[k])}
    assert moved == {'layer3', 'layer4'}


def test_frozen_stem_alone():
    net = ResNet(18, frozen_stages=0, **SMALL)
    trained = {name.split('.')[0] for name, p in net.named_parameters() if p.requires_grad}
    assert trained == {'layer1', 'layer2', 'layer3', 'layer4'}


def test_norm_eval_keeps_the_statistics_but_trains():
    net = ResNet(18, norm_eval=True, **SMALL).train()
    norms = [m for m in net.modules() if isinstance(m, nn.BatchNorm2d)]
    assert net.training and norms and not any(m.training for m in norms)


@pytest.mark.parametrize('depth', [18, 50])
def test_checkpointing_gives_the_same_gradients(depth, filled, waves):
    gradients = []
    for with_cp in (False, True):
        net = filled(ResNet(depth, with_cp=with_cp, **SMALL))
        x = waves(1, 3, 32, 32).requires_grad_()
        sum(f.square().sum() for f in net(x)).backward()
        gradients.append([x.grad, *(p.grad for p in net.parameters())])
    for plain, again in zip(*gradients, strict=True):
        torch.testing.assert_close(plain, again)


@pytest.mark.parametrize('depth', [18, 50])
def test_blocks_start_as_their_shortcut(depth):
    net = ResNet(depth, **SMALL)
    net.init_weights()
    x = torch.rand(1, net.feat_dim, 4, 4)
    torch.testing.assert_close(net.layer4[-1].eval()(x), x)
    live = ResNet(depth, zero_init_residual=False, **SMALL)
    live.init_weights()
    assert not torch.allclose(live.layer4[-1].eval()(x), x)


def test_dilations_of_the_blocks():
    def dilations(**options):
        stage = ResNet(50, strides=(1, 2, 1, 1), dilations=(1, 1, 2, 4), **options).layer4
        return [block.conv2.dilation[0] for block in stage]

    assert dilations() == [4, 4, 4]
    assert dilations(contract_dilation=True) == [2, 4, 4]
    assert dilations(contract_dilation=True, multi_grid=(1, 2, 4)) == [1, 2, 4]


def test_style_says_which_convolution_strides():
    strides = {
        style: tuple(getattr(ResNet(50, style=style, **SMALL).layer2[0], conv).stride[0]
                     for conv in ('conv1', 'conv2')) for style in ('pytorch', 'caffe')}
    assert strides == dict(pytorch=(1, 2), caffe=(2, 1))


def deformable(net):
    return [name.removesuffix('.conv_offset') for name, _ in net.named_modules()
            if name.endswith('conv_offset')]


@pytest.mark.parametrize('depth, count', [(18, 6), (50, 13)])
@pytest.mark.parametrize('kind', ['DCN', 'DCNv2'])
def test_deformable_stages(depth, count, kind):
    net = ResNet(depth, dcn=dict(type=kind, deform_groups=1), stage_with_dcn=STAGES, **SMALL)
    found = deformable(net)
    assert len(found) == count and not any(n.startswith('layer1') for n in found)
    assert all(n.endswith('conv2') for n in found)
    net.init_weights()
    assert not net.layer2[0].conv2.conv_offset.weight.any()
    assert net.layer2[0].conv2.weight.any()
    assert net(torch.rand(2, 3, 96, 96))[-1].isfinite().all()


def test_fallback_leaves_the_first_deformable_block_plain():
    dcn = dict(**DCN, fallback_on_stride=True)
    found = deformable(ResNet(50, dcn=dcn, stage_with_dcn=STAGES, **SMALL))
    assert len(found) == 12 and 'layer2.0.conv2' not in found and 'layer3.0.conv2' in found
    assert dcn == dict(**DCN, fallback_on_stride=True)


def test_norms_that_do_not_learn():
    net = ResNet(18, norm_cfg=dict(type='BN', requires_grad=False), **SMALL)
    assert not any(p.requires_grad for n, p in net.named_parameters() if 'bn' in n)
    assert all(p.requires_grad for n, p in net.named_parameters() if 'conv' in n)


def test_pretrained_weights_come_from_a_file(tmp_path, filled):
    source = filled(ResNet(18, **SMALL))
    torch.save(source.state_dict(), tmp_path / 'r18.pth')
    net = ResNet(18, pretrained=str(tmp_path / 'r18.pth'), **SMALL)
    assert net.init_cfg['type'] == 'Pretrained'
    net.init_weights()
    assert torch.equal(net.layer4[1].conv2.weight, source.layer4[1].conv2.weight)


@pytest.mark.parametrize('options, words', [
    (dict(depth=20), 'depth=20; expected one of [18, 34, 50, 101, 152]'),
    (dict(depth=18, strides=(1, 2)), 'strides=(1, 2)'),
    (dict(depth=18, num_stages=2, strides=(1, 2), dilations=(1, 1)), 'out_indices=(0, 1, 2, 3)'),
    (dict(depth=18, dcn=DCN, stage_with_dcn=(True, )), 'stage_with_dcn=(True,)'),
    (dict(depth=50, conv_cfg=dict(type='Conv2d'), dcn=DCN, stage_with_dcn=STAGES), 'conv_cfg'),
    (dict(depth=18, pretrained='a', init_cfg=dict(type='Normal')), 'both pretrained and init_cfg'),
    (dict(depth=18, style='torch'), "'torch'"),
    (dict(depth=18, plugins=[dict(cfg=dict(type='NonLocal2d'), position='after_conv2')]),
     'depth 50, 101 or 152'),
    (dict(depth=50, plugins=[dict(cfg=dict(type='NonLocal2d'), position='after')]), "'after'"),
    (dict(depth=50, plugins=[dict(cfg=dict(type='NonLocal2d'), position='after_conv1')] * 2),
     'postfix'),
])
def test_wrong_settings_are_named(options, words):
    with pytest.raises(InputError) as error:
        ResNet(**options)
    assert words in str(error.value)
