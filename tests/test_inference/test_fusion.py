"""Which views a class uses."""
import pytest
import torch

from mmseg.inference import Fusion, fuse, resolve_layers
from mmseg.utils.errors import InputError


def view(*values: float) -> torch.Tensor:
    """Scores (1, K, 1, 1)."""
    return torch.tensor(values)[None, :, None, None]


def test_mean_over_all_views_without_layers():
    fused = fuse([view(.2, .8), view(.6, .4)], [1., .5])
    assert fused.flatten().tolist() == pytest.approx([.4, .6])


def test_a_layered_class_hears_its_scale_alone():
    fused = fuse([view(.2, .8), view(.6, .4)], [1., .5], {1: [1.]})
    assert fused.flatten().tolist() == pytest.approx([.4, .8])


def test_both_flips_of_a_scale_count():
    views = [view(0., .8), view(0., .4), view(0., .1)]
    fused = fuse(views, [1., 1., .5], {1: (1.,)})
    assert fused.flatten().tolist() == pytest.approx([0., .6])


def test_several_scales_for_one_class():
    views = [view(.3, .9), view(.3, .6), view(.3, .3)]
    assert fuse(views, [.5, 1., 1.5], {1: [1., 1.5]})[0, 1].item() == pytest.approx(.45)


def test_a_scale_without_view_is_an_error_with_both_numbers():
    with pytest.raises(InputError, match=r'class 1 uses the scale 1\.5.*0\.5, 1;'):
        fuse([view(.2, .8), view(.6, .4)], [1., .5], {1: [1.5]})


def test_a_single_view_is_its_own_mean():
    only = view(.2, .8)
    assert fuse([only], [1.]) is only
    assert fuse([only], [1.], {1: [1.]}).flatten().tolist() == pytest.approx([.2, .8])


def test_fusion_adds_view_by_view():
    fusion = Fusion({0: (2.,)})
    fusion.add(view(.2, .8), 1.)
    with pytest.raises(InputError, match='class 0 uses'):
        fusion.mean()
    fusion.add(view(.6, .4), 2.)
    assert fusion.mean().flatten().tolist() == pytest.approx([.6, .6])


def test_names_and_indices_resolve():
    classes = ('background', 'figure', 'validline')
    assert resolve_layers({'validline': [1.], 1: .5}, classes, 3) == {2: (1.,), 1: (.5,)}
    assert resolve_layers(None, classes, 3) == {}


@pytest.mark.parametrize('layers, message', [
    ({'validlin': [1.]}, r"'validlin', which is not one of .*did you mean 'validline'"),
    ({3: [1.]}, 'the class 3, expected 0 to 2'),
    ({'figure': []}, "no scale for the class 'figure'"),
])
def test_wrong_layers(layers, message):
    with pytest.raises(InputError, match=message):
        resolve_layers(layers, ('background', 'figure', 'validline'), 3)


def test_a_name_needs_class_names():
    with pytest.raises(InputError, match='knows no class names'):
        resolve_layers({'text': [1.]}, None, 3)
