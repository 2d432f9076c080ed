"""FCN and ASPP heads: numbers of the reference, names of the weights, any size when traced."""
import pytest
import torch

from mmseg.models.builder import build_head
from mmseg.utils.errors import InputError

COMMON = dict(channels=4, num_classes=3, norm_cfg=dict(type='BN'))
ASPP = dict(in_channels=8, dilations=(1, 2), **COMMON)


# Mean and one pixel of the logits of MMSegmentation 0.30.0 under the same weights and inputs.
@pytest.mark.parametrize('cfg, size, mean, pixel', [
    (dict(type='FCNHead', in_channels=8, **COMMON), 4, .07207, (.18486, -.01575, -.03064)),
    (dict(type='FCNHead', in_channels=6, in_index=1, num_convs=1, kernel_size=1,
          concat_input=False, **COMMON), 4, -.15221, (.01856, .13886, .4045)),
    (dict(type='FCNHead', in_channels=[4, 6, 8], in_index=[0, 1, 2], dilation=2,
          input_transform='resize_concat', align_corners=True, **COMMON),
     8, .07233, (.07238, .01572, .13656)),
    (dict(type='ASPPHead', **ASPP), 4, -.10535, (-.24, -.34022, -.16996)),
    (dict(type='DepthwiseSeparableASPPHead', c1_in_channels=4, c1_channels=2, **ASPP),
     8, .07332, (.212, .02986, .02153)),
    (dict(type='DepthwiseSeparableASPPHead', c1_in_channels=0, c1_channels=0, **ASPP),
     4, .06866, (.20245, .01917, .01249)),
])
@pytest.mark.filterwarnings('ignore:align_corners')
def test_logits_are_those_of_the_reference(cfg, size, mean, pixel, filled, waves):
    head = filled(build_head(cfg))
    with torch.no_grad():
        logits = head([waves(2, 4, 8, 8), waves(2, 6, 4, 4), waves(2, 8, 4, 4)])
    assert logits.shape == (2, 3, size, size)
    assert logits.mean().item() == pytest.approx(mean, abs=2e-5)
    assert logits[0, :, 1, 2].tolist() == pytest.approx(pixel, abs=2e-5)


def test_names_of_the_weights():
    head = build_head(dict(type='DepthwiseSeparableASPPHead', c1_in_channels=4, c1_channels=2,
                           **ASPP))
    weights = {name.removesuffix('.weight') for name in head.state_dict()
               if name.endswith(('conv.weight', 'conv_seg.weight'))}
    assert weights == {
        'conv_seg', 'image_pool.1.conv', 'aspp_modules.0.conv', 'bottleneck.conv',
        'aspp_modules.1.depthwise_conv.conv', 'aspp_modules.1.pointwise_conv.conv',
        'c1_bottleneck.conv', 'sep_bottleneck.0.depthwise_conv.conv',
        'sep_bottleneck.0.pointwise_conv.conv', 'sep_bottleneck.1.depthwise_conv.conv',
        'sep_bottleneck.1.pointwise_conv.conv'}


def test_no_convolution_hands_the_features_on():
    head = build_head(dict(type='FCNHead', in_channels=4, num_convs=0, concat_input=False,
                           dropout_ratio=0, **COMMON))
    x = torch.rand(1, 4, 3, 3)
    assert torch.equal(head([x]), head.conv_seg(x))
    with pytest.raises(InputError, match='set channels to 8'):
        build_head(dict(type='FCNHead', in_channels=8, num_convs=0, **COMMON))


def test_wrong_width_of_the_fine_features_is_named():
    head = build_head(dict(type='DepthwiseSeparableASPPHead', c1_in_channels=5, c1_channels=2,
                           **ASPP)).eval()
    with pytest.raises(InputError, match='c1_in_channels=5 .* has 4 channels'):
        head([torch.rand(1, 4, 8, 8), torch.rand(1, 8, 4, 4)])


def test_traced_head_takes_any_size(filled, waves):
    head = filled(build_head(dict(type='DepthwiseSeparableASPPHead', c1_in_channels=4,
                                  c1_channels=2, **ASPP)))
    with torch.no_grad():
        traced = torch.jit.trace(head, ((waves(1, 4, 8, 8), waves(1, 8, 4, 4)), ))
        features = waves(2, 4, 11, 17), waves(2, 8, 6, 9)
        torch.testing.assert_close(traced(features), head(features))
