"""Backbones of timm, where it is installed; what to install where it is not."""
import pytest
import torch

from mmseg.models.builder import build_backbone, build_segmentor
from mmseg.utils.errors import InputError

RESNET = dict(type='TIMMBackbone', model_name='resnet18', pretrained=False)


def test_error_without_timm_names_the_extra(monkeypatch):
    monkeypatch.setattr('mmseg.models.backbones.timm_backbone.find_spec', lambda name: None)
    with pytest.raises(InputError, match=r"timm, .* pip install 'mmseg-layout\[optional\]'"):
        build_backbone(RESNET)


class TestWithTimm:
    """Behaviour that needs the library."""

    @pytest.fixture(autouse=True)
    def timm(self):
        return pytest.importorskip('timm')

    def test_maps_are_those_of_timm(self, timm, filled, waves):
        net = filled(build_backbone(dict(RESNET, out_indices=(1, 3), in_channels=1)))
        own = timm.create_model('resnet18', features_only=True, out_indices=(1, 3), in_chans=1)
        own.load_state_dict({name.removeprefix('timm_model.'): value
                             for name, value in net.state_dict().items()})
        with torch.no_grad():
            maps, wanted = net(waves(1, 1, 64, 32)), own.eval()(waves(1, 1, 64, 32))
        assert [tuple(x.shape[1:]) for x in maps] == [(64, 16, 8), (256, 4, 2)]
        assert all(torch.equal(a, b) for a, b in zip(maps, wanted))

    def test_whole_model_gives_its_last_map_and_has_no_classifier(self, waves):
        net = build_backbone(dict(RESNET, features_only=False)).eval()
        assert [tuple(x.shape) for x in net(waves(1, 3, 64, 32))] == [(1, 512, 2, 1)]
        assert not any('fc' in name for name in net.state_dict())

    def test_norm_by_its_name(self):
        net = build_backbone(dict(RESNET, norm_layer='SyncBN'))
        assert isinstance(net.timm_model.bn1, torch.nn.SyncBatchNorm)
        with pytest.raises(InputError, match="'SyncBM'.*did you mean 'SyncBN'"):
            build_backbone(dict(RESNET, norm_layer='SyncBM'))

    def test_unknown_model(self):
        with pytest.raises(InputError, match="no model 'resnet81'.*did you mean"):
            build_backbone(dict(RESNET, model_name='resnet81'))

    def test_weights_of_timm_are_not_initialised_again(self, tmp_path, timm):
        path = tmp_path / 'weights.pth'
        own = timm.create_model('resnet18', features_only=True)
        torch.save(own.state_dict(), path)
        net = build_backbone(dict(RESNET, checkpoint_path=str(path),
                                  init_cfg=dict(type='Constant', layer='Conv2d', val=7)))
        net.init_weights()
        assert torch.equal(net.timm_model.conv1.weight, own.conv1.weight)

    def test_head_learns_on_it(self, waves):
        net = build_segmentor(dict(
            type='EncoderDecoder', backbone=dict(RESNET, out_indices=(1, 2)),
            decode_head=dict(type='FCNHead', in_channels=128, channels=4, num_classes=3),
            test_cfg=dict(mode='whole')))
        losses = net.forward_train(waves(2, 3, 32, 32), [{}, {}],
                                   torch.ones(2, 1, 32, 32, dtype=torch.long))
        losses['decode.loss_ce'].backward()
        assert net.backbone.timm_model.conv1.weight.grad.abs().sum() > 0
