"""Heads that join several views of the features: the reference's numbers, and their limits."""
import pytest
import torch

from mmseg.models.builder import build_head
from mmseg.models.decode_heads import PPM
from mmseg.utils.errors import InputError

COMMON = dict(channels=8, num_classes=3, norm_cfg=dict(type='BN'))
FINE_TO_COARSE = dict(in_channels=[4, 6, 8], in_index=[0, 1, 2])
LRASPP = dict(COMMON, type='LRASPPHead', in_channels=(4, 6, 8), in_index=(0, 1, 2),
              input_transform='multiple_select', branch_channels=(2, 4))
MAPS = ((4, 16, 16), (6, 8, 9), (8, 4, 6))


# Means and deviations of the logits of MMSegmentation 0.30.0 under the same weights and input.
@pytest.mark.parametrize('config, maps, mean, deviation', [
    (dict(type='PSPHead', in_channels=6, pool_scales=(1, 2)), [(6, 16, 16)], -.12055, .12293),
    (dict(type='UPerHead', pool_scales=(1, 2), **FINE_TO_COARSE), MAPS, -.00397, .07254),
    (dict(type='FPNHead', feature_strides=[4, 8, 16], **FINE_TO_COARSE), MAPS, .04802, .5391),
    (dict(type='DepthwiseSeparableFCNHead', in_channels=6, dw_act_cfg=dict(type='ReLU')),
     [(6, 16, 16)], -.17683, .20222),
    (LRASPP, [(4, 140, 136), (6, 70, 68), (8, 70, 68)], -.08314, .16572),
])
def test_logits_are_those_of_the_reference(config, maps, mean, deviation, filled, waves):
    head = filled(build_head(dict(COMMON, **config)) if config is not LRASPP
                  else build_head(config))
    with torch.no_grad():
        logits = head([waves(1, *shape) for shape in maps])
    assert logits.shape == (1, 3, *maps[0][1:])
    assert logits.mean().item() == pytest.approx(mean, abs=2e-5)
    assert logits.std().item() == pytest.approx(deviation, abs=2e-5)


def test_pyramid_pooling_averages_over_cells():
    ppm = PPM((1, 2), 1, 1, None, None, None, align_corners=False)
    for _, conv in ppm:
        torch.nn.init.ones_(conv.conv.weight)
        torch.nn.init.zeros_(conv.conv.bias)
    page = torch.zeros(1, 1, 4, 4)
    page[..., :2, :2] = 8.
    whole, quarters = ppm(page)
    assert torch.equal(whole, torch.full((1, 1, 4, 4), 2.))
    assert quarters[0, 0, 0].tolist() == [8, 6, 2, 0]  # bilinear between the centres of the cells


def test_window_of_a_small_map_is_the_map(filled, waves):
    head = filled(build_head(LRASPP))
    pool = head.image_pool[0]
    x = waves(1, 8, 5, 7)
    torch.testing.assert_close(pool(x), x.mean(dim=(2, 3), keepdim=True))
    large = waves(1, 8, 65, 60)
    assert pool(large).shape == (1, 8, 2, 1)
    torch.testing.assert_close(pool(large)[..., 1, 0], large[..., 16:, :49].mean(dim=(2, 3)))


@pytest.mark.parametrize('config, words', [
    (dict(type='FPNHead', feature_strides=[4, 8], **FINE_TO_COARSE), ('feature_strides', '[4, 8]')),
    (dict(type='FPNHead', feature_strides=[8, 4, 16], **FINE_TO_COARSE), ('smallest first', )),
    (dict(type='DepthwiseSeparableFCNHead', in_channels=8, num_convs=0), ('num_convs=0', )),
    (dict(LRASPP, branch_channels=(2, 4, 8)), ('branch_channels=(2, 4, 8)', '(4, 6, 8)')),
    (dict(LRASPP, input_transform='resize_concat'), ('resize_concat', 'multiple_select')),
    (dict(type='UPerHead', in_channels=[4, 6], in_index=[0]), ('[4, 6]', '[0]')),
])
def test_settings_that_do_not_fit(config, words):
    with pytest.raises(InputError) as error:
        build_head(dict(COMMON, **{k: v for k, v in config.items() if k not in COMMON}))
    assert all(word in str(error.value) for word in words)


def test_map_of_other_width_than_promised(waves):
    head = build_head(dict(COMMON, type='UPerHead', **FINE_TO_COARSE))
    with pytest.raises(InputError, match='UPerHead has in_channels=6 .* has 5 channels'):
        head([waves(1, 4, 16, 16), waves(1, 5, 8, 8), waves(1, 8, 4, 4)])
