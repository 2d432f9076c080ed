"""Necks: the reference's numbers at every setting, and settings that do not fit."""
import pytest
import torch

from mmseg.models.builder import build_neck
from mmseg.utils.errors import InputError

FPN = dict(type='FPN', in_channels=[4, 6, 8], out_channels=5, num_outs=4)
MULTI = dict(type='MultiLevelNeck', in_channels=[4, 6, 8], out_channels=5, scales=[.5, 1, 2])
ICNECK = dict(type='ICNeck', in_channels=(4, 6, 8), out_channels=5)
JPU = dict(type='JPU', in_channels=(4, 6, 8), mid_channels=5, dilations=(1, 2))
PYRAMID = ((4, 16, 16), (6, 8, 9), (8, 4, 6))
LEVELS = ((5, 16, 16), (5, 8, 9), (5, 4, 6))


# Means and deviations of MMSegmentation 0.30.0 under the same weights and input.
@pytest.mark.parametrize('config, inputs, outputs, means, deviations', [
    (FPN, PYRAMID, (*LEVELS, (5, 2, 3)), (.02784, .01078, -.00651, -.00586),
     (.6513, .24045, .09502, .10226)),
    (dict(FPN, add_extra_convs='on_input'), PYRAMID, (*LEVELS, (5, 2, 3)),
     (.02784, .01078, -.00651, -.04753), (.6513, .24045, .09502, 1.59163)),
    (dict(FPN, num_outs=5, add_extra_convs='on_lateral', relu_before_extra_convs=True), PYRAMID,
     (*LEVELS, (5, 2, 3), (5, 1, 2)), (.02784, .01078, -.00651, -.00996, .02281),
     (.6513, .24045, .09502, .08773, .0644)),
    (dict(FPN, num_outs=5, add_extra_convs=True), PYRAMID, (*LEVELS, (5, 2, 3), (5, 1, 2)),
     (.02784, .01078, -.00651, -.01075, .02308), (.6513, .24045, .09502, .08472, .06597)),
    (dict(FPN, num_outs=2, start_level=1), PYRAMID, LEVELS[1:], (.02372, .01534),
     (.21353, .0829)),
    (dict(MULTI, act_cfg=dict(type='ReLU')), ((4, 16, 16), (6, 16, 17), (8, 16, 18)),
     ((5, 8, 8), (5, 16, 17), (5, 32, 36)), (.03938, .05091, .05893), (.06086, .06627, .06784)),
    (dict(type='MultiLevelNeck', in_channels=[4], out_channels=5), PYRAMID[:1],
     ((5, 8, 8), (5, 16, 16), (5, 32, 32), (5, 64, 64)), (-.02017, .00166, .01581, -.0201),
     (.11598, .29958, .14291, .13864)),
    (ICNECK, PYRAMID, ((5, 8, 9), (5, 16, 16), (5, 16, 16)), (.31082, .2934, .67494),
     (.40694, .38339, .60134)),
    (JPU, PYRAMID, (*PYRAMID[:2], (10, 16, 16)), (-.0001, .00094, .17795),
     (.70738, .70768, .22679)),
    (dict(JPU, start_level=1, dilations=(1, 3)), PYRAMID, (PYRAMID[1], (10, 8, 9)),
     (.00094, .11598), (.70768, .19423)),
])
def test_maps_are_those_of_the_reference(config, inputs, outputs, means, deviations, filled,
                                         waves):
    neck = filled(build_neck(config))
    with torch.no_grad():
        maps = neck([waves(1, *shape) for shape in inputs])
    assert [tuple(x.shape[1:]) for x in maps] == list(outputs)
    assert [x.mean().item() for x in maps] == pytest.approx(means, abs=2e-5)
    assert [x.std().item() for x in maps] == pytest.approx(deviations, abs=2e-5)


def test_coarse_levels_are_added_to_the_fine():
    neck = build_neck(dict(type='FPN', in_channels=[1, 1], out_channels=1, num_outs=2))
    for conv in (*neck.lateral_convs, *neck.fpn_convs):
        torch.nn.init.zeros_(conv.conv.weight)
        torch.nn.init.zeros_(conv.conv.bias)
        middle = conv.conv.weight.shape[-1] // 2
        conv.conv.weight.data[0, 0, middle, middle] = 1.  # each gives its input
    fine, coarse = torch.zeros(1, 1, 2, 4), torch.tensor([[[[3., 5.]]]])
    fine[..., 0, 0] = 1.
    outs = neck([fine, coarse])
    assert outs[0][0, 0].tolist() == [[4, 3, 5, 5], [3, 3, 5, 5]]
    assert outs[1] is not coarse and torch.equal(outs[1], coarse)


def test_inputs_stay_as_they_are(waves):
    maps = [waves(1, *shape) for shape in PYRAMID]
    kept = [x.clone() for x in maps]
    for config in (FPN, JPU, ICNECK):
        build_neck(config)(maps)
    assert all(torch.equal(x, y) for x, y in zip(maps, kept))


@pytest.mark.parametrize('config, words', [
    (dict(FPN, num_outs=2), ('num_outs=2', 'uses 3')),
    (dict(FPN, end_level=2, num_outs=3), ('num_outs=3', 'uses 2')),
    (dict(FPN, start_level=3), ('start_level=3', '3 in_channels')),
    (dict(FPN, add_extra_convs='on_inputs'), ("'on_inputs'", 'on_lateral')),
    (dict(FPN, in_channels=4), ('in_channels of FPN is 4', )),
    (dict(MULTI, scales=[4, 2, 1, .5]), ('[4, 6, 8]', '[4, 2, 1, 0.5]')),
    (dict(ICNECK, in_channels=(4, 6)), ('(4, 6)', 'three')),
    (dict(JPU, end_level=4), ('end_level=4', '3 in_channels')),
])
def test_settings_that_do_not_fit(config, words):
    with pytest.raises(InputError) as error:
        build_neck(config)
    assert all(word in str(error.value) for word in words)


@pytest.mark.parametrize('config', [FPN, MULTI, ICNECK, JPU], ids=lambda c: c['type'])
def test_missing_map(config, waves):
    with pytest.raises(InputError, match='gets 2'):
        build_neck(config)([waves(1, *shape) for shape in PYRAMID[:2]])


@pytest.mark.parametrize('config', [FPN, MULTI, ICNECK, JPU], ids=lambda c: c['type'])
def test_map_of_other_width_than_promised(config, waves):
    maps = [waves(1, *shape) for shape in (PYRAMID[0], (7, 8, 9), PYRAMID[2])]
    with pytest.raises(InputError, match=r'in_channels=\(4, 6, 8\) .* 7 .* in_channels\[1\] to 7'):
        build_neck(config)(maps)
