"""PoolFormer: numbers of the reference, both names, sizes of the paper, freezing, errors."""
import pytest
import torch

from mmseg.models.backbones import PoolFormer
from mmseg.models.builder import build_backbone
from mmseg.utils.errors import InputError

ARCH = dict(layers=[1, 2, 1], embed_dims=[4, 6, 8])
SMALL = dict(type='mmcls.PoolFormer', arch=ARCH, out_indices=(0, 2, 4))


def test_features_are_those_of_the_reference(gives):
    # The numbers are those of MMClassification 0.25.0, from which 0.x configs take the backbone.
    gives(build_backbone(SMALL), (64, 48), [(4, 16, 12), (6, 8, 6), (8, 4, 3)],
          (-.00172, -.00386, .0235), (.99984, 1.02581, 1.05917))


def test_both_names_mean_the_same():
    assert type(build_backbone(SMALL)) is type(build_backbone(dict(SMALL, type='PoolFormer')))


def test_branch_averages_what_is_around(waves):
    block = PoolFormer(ARCH).network[0][0]
    with torch.no_grad():
        block.layer_scale_1.fill_(1.)
        block.layer_scale_2.zero_()
    block.norm1 = torch.nn.Identity()
    x = torch.zeros(1, 4, 3, 3)
    x[..., 0, 0] = 12.
    # What is added is the mean of the pixels within 3 x 3 less the pixel: 4, 6 or 9 there are.
    wanted = torch.tensor([[3., 2., 0.], [2., 12 / 9, 0.], [0., 0., 0.]])
    torch.testing.assert_close(block(x)[0, 2], wanted)


@pytest.mark.parametrize('arch, million', [
    ('s12', 11.9), ('s24', 21.4), ('s36', 30.9), ('m36', 56.2), ('m48', 73.5)])
def test_sizes_of_the_paper(arch, million):
    with torch.device('meta'):
        net = PoolFormer(arch)
    classifier = net.arch_settings[arch][1][-1] * 1000 + 1000  # which table 2 counts as well
    assert (sum(p.numel() for p in net.parameters()) + classifier) / 1e6 \
        == pytest.approx(million, abs=.06)


def test_last_place_by_default():
    assert PoolFormer(ARCH).out_indices == (4, )
    assert PoolFormer('s12').out_indices == (6, )


@pytest.mark.parametrize('stages, learning', [
    (-1, {'patch_embed', 'network', 'norm0', 'norm2', 'norm4'}),
    (0, {'network', 'norm0', 'norm2', 'norm4'}),
    (1, {'network', 'norm2', 'norm4'}),
    (5, set()),
])
def test_frozen_places_stay_out_of_training(stages, learning, trained):
    assert trained(build_backbone(dict(SMALL, frozen_stages=stages)).train()) == learning


@pytest.mark.parametrize('settings, words', [
    (dict(arch='S12'), ("'S12'", "did you mean 's12'")),
    (dict(arch=dict(layers=[1, 2])), ('embed_dims', )),
    (dict(arch=dict(layers=[1, 2], embed_dims=[4])), ('embed_dims=[4]', '2 stages')),
    (dict(out_indices=(0, 5)), ('out_indices has 5', '-5 to 4')),
])
def test_settings_that_do_not_fit(settings, words):
    with pytest.raises(InputError) as error:
        build_backbone(dict(SMALL, **settings))
    assert all(word in str(error.value) for word in words)
