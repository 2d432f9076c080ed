import pytest
import torch

from mmseg.models.backbones import EfficientNetLite
from mmseg.utils.errors import InputError

timm = pytest.importorskip('timm')


def test_it_computes_what_timm_s_network_computes():
    torch.manual_seed(0)
    ours = EfficientNetLite(norm_cfg=dict(type='BN')).eval()
    theirs = timm.create_model('efficientnet_lite0', features_only=True, pretrained=False).eval()
    state = {name: torch.rand_like(value) * 0.2 + 0.1 if value.is_floating_point() else value
             for name, value in ours.state_dict().items()}
    ours.load_state_dict(state)
    theirs.load_state_dict(dict(zip(theirs.state_dict(), state.values(), strict=True)))
    image = torch.rand(2, 3, 65, 98)
    with torch.no_grad():
        for a, b in zip(ours(image), theirs(image), strict=True):
            torch.testing.assert_close(a, b)


@pytest.mark.parametrize('output_stride, sizes', [(32, [32, 16, 8, 4, 2]), (16, [32, 16, 8, 4, 4])])
def test_strides(output_stride, sizes):
    maps = EfficientNetLite(output_stride=output_stride).eval()(torch.zeros(1, 3, 64, 64))
    assert [tuple(x.shape[1:]) for x in maps] == [
        (channels, size, size) for channels, size in zip((16, 24, 40, 112, 320), sizes)]


@pytest.mark.parametrize('arch, blocks, channels', [
    ('lite0', (1, 2, 2, 3, 3, 4, 1), (16, 24, 40, 80, 112, 192, 320)),
    ('lite4', (1, 4, 4, 6, 6, 8, 1), (24, 32, 56, 112, 160, 272, 448))])
def test_larger_networks_are_deeper_and_wider(arch, blocks, channels):
    stages = EfficientNetLite(arch).stages
    assert tuple(map(len, stages)) == blocks
    assert tuple(stage[-1].project.conv.out_channels for stage in stages) == channels


def test_frozen_stages_stay():
    network = EfficientNetLite(frozen_stages=2).train()
    assert not network.stem.training and not network.stages[1].training
    assert network.stages[2].training
    assert not any(p.requires_grad for p in network.stages[:2].parameters())


@pytest.mark.parametrize('settings, message', [
    (dict(arch='lite9'), "arch='lite9'; expected one of"),
    (dict(output_stride=8), 'output_stride=8; expected 16 or 32'),
    (dict(out_indices=(7,)), 'out_indices has 7')])
def test_wrong_settings(settings, message):
    with pytest.raises(InputError, match=message):
        EfficientNetLite(**settings)
