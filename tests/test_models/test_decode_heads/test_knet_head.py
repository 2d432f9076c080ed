"""K-Net: numbers of the reference, kernels that see what they cover, and wrong configs."""
import pytest
import torch
import torch.nn.functional as F
from mmcv.cnn.bricks.registry import TRANSFORMER_LAYER

from mmseg.models.builder import build_head
from mmseg.models.decode_heads import KernelUpdateHead, KernelUpdator
from mmseg.utils.errors import InputError

BN = dict(type='BN')
FCN = dict(type='FCNHead', in_channels=4, channels=8, num_classes=3, num_convs=1, norm_cfg=BN)
UPER = dict(type='UPerHead', in_channels=[8, 4], in_index=[0, 1], channels=8, num_classes=3,
            norm_cfg=BN, pool_scales=(1, 2))


def updator(width=8, **settings):
    return dict(type='KernelUpdator', in_channels=width, feat_channels=width, out_channels=width,
                **settings)


def update(**settings):
    return dict(dict(
        type='KernelUpdateHead', num_classes=3, num_heads=2, num_mask_fcs=1,
        feedforward_channels=16, in_channels=8, out_channels=8, kernel_updator_cfg=updator(),
        feat_transform_cfg=dict(conv_cfg=dict(type='Conv2d'), act_cfg=None)), **settings)


def knet(stages=2, generator=FCN, **settings):
    return dict(type='IterativeDecodeHead', num_stages=stages, kernel_generate_head=generator,
                kernel_update_head=[update(**settings) for _ in range(stages)])


# Logits (the mean of their squares and those of a pixel) and the losses of the stages that
# MMSegmentation 0.30.0 gives under the same weights and inputs.
ROWS = [
    (knet(), .97914, (-1.02457, -.99307, -.99244), (1.0723, 1.016, 1.0076)),
    (knet(1, num_mask_fcs=3, kernel_updator_cfg=updator(gate_norm_act=True, activate_out=True)),
     .94182, (.43571, -.79284, -.20079), (1.0723, 1.2738)),
    (knet(3, num_mask_fcs=2, feat_gather_stride=2, mask_transform_stride=2,
          kernel_updator_cfg=updator(gate_sigmoid=False)),
     .32437, (-.07156, -.01174, .05398), (1.0723, 1.1359, 1.0422, 1.0982)),
    (knet(with_ffn=False, feat_transform_cfg=None), 1.09456, (.7964, .88367, .90896),
     (1.0723, 1.0673, 1.0204)),
    (knet(mask_transform_stride=2), .12308, (-.1929, -.17623, -.16428), (1.0723, 1.0076, 1.0071)),
    (knet(1, generator=UPER), .01398, (.06623, .07166, .04025), (1.0359, 1.0493)),
    # Kernels of 8 channels in two parts, as the published models have them.
    (knet(kernel_updator_cfg=updator(4)), 2.20452, (-1.54489, -1.34073, -1.29403),
     (1.0723, 1.2953, 1.1197)),
]


@pytest.fixture
def features(waves):
    return [waves(2, 8, 8, 12), waves(2, 4, 4, 6)]


@pytest.mark.parametrize('cfg, square, pixel, losses', ROWS)
def test_numbers_are_those_of_the_reference(cfg, square, pixel, losses, filled, features):
    head = filled(build_head(cfg))
    with torch.no_grad():
        logits = head.forward_test(features, None, None)
    assert logits.square().mean().item() == pytest.approx(square, abs=1e-4)
    assert logits[1, :, 1, 2].tolist() == pytest.approx(pixel, abs=1e-4)

    head.train()
    head.kernel_generate_head.dropout.p = 0
    label = torch.arange(2 * 24 * 20).view(2, 1, 24, 20) % 3
    label[:, :, :2] = 255
    got = head.forward_train(features, [{}, {}], label, None)
    assert {name for name in got if 'acc' in name} == {
        f'acc_seg.s{stage}' for stage in range(len(losses))}
    assert [got[f'loss_ce.s{stage}'].item() for stage in range(len(losses))] == pytest.approx(
        losses, abs=2e-4)


def test_every_stage_while_training_the_last_in_a_test(filled, features):
    head = filled(build_head(knet()))
    stages = head.train()(features)
    assert len(stages) == 3
    head.eval()
    assert torch.equal(head(features), head.forward_test(features, None, None))


def test_kernels_of_several_pixels_are_convolutions(waves):
    head = KernelUpdateHead(num_heads=2, in_channels=4, out_channels=4, conv_kernel_size=3,
                            feedforward_channels=4, kernel_updator_cfg=updator(4))
    kernels, x = torch.randn(2, 5, 9, 4), waves(2, 4, 6, 7)
    expected = [F.conv2d(page[None], own.permute(0, 2, 1).reshape(5, 4, 3, 3), padding=1)
                for own, page in zip(kernels, x)]
    torch.testing.assert_close(head._logits(kernels, x), torch.cat(expected), atol=1e-5, rtol=1e-4)
    logits, updated = head(x, torch.randn(2, 5, 4, 3, 3), waves(2, 5, 6, 7), mask_shape=(12, 14))
    assert logits.shape == (2, 5, 12, 14) and updated.shape == (2, 5, 4, 3, 3)


def test_a_kernel_sees_the_mean_of_what_it_covers():
    head = KernelUpdateHead(num_heads=1, in_channels=2, out_channels=2, feedforward_channels=2,
                            kernel_updator_cfg=updator(2))
    seen = []
    head.kernel_update_conv.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    x = torch.tensor([[1., 2.], [10., 20.]]).view(1, 2, 1, 2)
    masks = torch.tensor([[9., -9.], [-9., 9.]]).view(1, 2, 1, 2) * 9  # one pixel each
    head(x, torch.randn(1, 2, 2, 1, 1), masks)
    torch.testing.assert_close(seen[0], torch.tensor([[[1., 10.], [2., 20.]]]))


def test_start_of_the_last_layer():
    head = KernelUpdateHead(in_channels=64, out_channels=64, kernel_init=True,
                            kernel_updator_cfg=updator(64))
    head.init_weights()
    assert head.fc_mask.weight.std().item() == pytest.approx(.01, rel=.1)


def test_registered_as_a_layer_of_transformers():
    assert TRANSFORMER_LAYER.get('KernelUpdator') is KernelUpdator


@pytest.mark.parametrize('cfg, sentence', [
    (dict(knet(), num_stages=3), 'num_stages=3 but 2 kernel_update_head configs'),
    (knet(in_channels=16, out_channels=16), r'\[0\] has in_channels=16 .* 8 channels'),
    (knet(conv_kernel_size=3), 'conv_kernel_size=3, .* a side of 1'),
    (knet(conv_kernel_size=2), 'conv_kernel_size=2; expected an odd number'),
    (knet(out_channels=4), 'out_channels=4 and in_channels=8'),
    (knet(generator=dict(FCN, type='FPNHead')), 'FPNHead'),
    (knet(kernel_updator_cfg=dict(type='DynamicConv')), "'DynamicConv' is not in")])
def test_configs_that_cannot_be(cfg, sentence):
    if cfg['kernel_generate_head']['type'] == 'FPNHead':
        cfg['kernel_generate_head'] = dict(type='FPNHead', in_channels=[8, 4], in_index=[0, 1],
                                           feature_strides=[4, 8], channels=8, num_classes=3)
    with pytest.raises(InputError, match=sentence):
        build_head(cfg)
