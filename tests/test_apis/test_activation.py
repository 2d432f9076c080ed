"""Grad-CAM by hand, and on a small network."""
import numpy as np
import pytest
import torch
from torch import nn

from mmseg.apis import init_segmentor
from mmseg.apis.activation import class_activation, grad_cam
from mmseg.inference import PageLogits
from mmseg.utils.errors import InputError


@pytest.fixture
def page():
    """Dark on the left, light on the right."""
    image = np.zeros((64, 128, 3), np.uint8)
    image[:, 64:] = 255
    return image


@pytest.fixture
def model(config_file):
    """Class 1 and type 1 speak of light, class 2 and type 0 of darkness."""
    model = init_segmentor(config_file, device='cpu')
    model.probe = nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU(inplace=True))
    model.probe[0].weight.data = torch.tensor([1., -1.])[:, None, None, None].expand(2, 3, 1, 1)
    model.probe[0].bias.data.zero_()

    def encode_decode(img, metas):
        light, dark = model.probe(img).unbind(dim=1)
        seg = torch.stack([0 * light, light, dark, 0 * light, 0 * light], dim=1)
        return PageLogits(seg, torch.stack([dark.mean((1, 2)), light.mean((1, 2))], dim=1))

    model.encode_decode, model.PAGE_CLASSES = encode_decode, ('document', 'slide')
    return model


def test_channels_are_weighted_by_their_mean_gradient():
    features = torch.tensor([[[[1., 2.], [0., 0.]], [[0., 4.], [1., 1.]]]])
    gradient = torch.tensor([[[[2., 2.], [0., 0.]], [[-1., 0.], [0., -1.]]]])
    # weights 1 and -.5: [[1, 2 - 2], [-.5, -.5]], of which the positive is shown
    assert grad_cam(features, gradient, (2, 2)).tolist() == [[1, 0], [0, 0]]
    assert grad_cam(-features, gradient, (2, 2)).tolist() == [[0, 0], [1, 1]]


@pytest.mark.parametrize('layer', ['probe', 'probe.0'])  # the second is changed in place after
def test_the_heat_of_a_class_lies_where_it_is(model, page, layer):
    for target, half in (('figure', slice(70, None)), (2, slice(0, 58))):
        found = class_activation(model, page, target=target, layer=layer)
        assert found.heat.shape == (64, 128) and found.heat.max() == 1
        assert found.heat[:, half].min() > .9
        assert found.pixels == 64 * 64 and found.score > .9
    other = np.ones(128, bool)
    other[half] = False
    assert found.heat[:, 70:].max() == 0
    assert np.unique(found.seg_map[:, 70:]).tolist() == [1]


def test_the_heat_of_a_page_type(model, page):
    found = class_activation(model, page, page_type='slide', layer='probe')
    assert found.heat[:, 70:].min() > .9 and found.heat[:, :58].max() == 0
    assert found.pixels is None
    best = class_activation(model, page, page_type='', layer='probe')
    assert best.score >= .5 and best.name in ('document', 'slide')


def test_the_features_that_the_heads_read(config_file, page):
    model = init_segmentor(config_file, device='cpu')
    for options in (dict(target='text'), dict(page_type=1)):
        found = class_activation(model, page, **options)
        assert found.layer == 'backbone' and 0 <= found.heat.min() <= found.heat.max() <= 1


@pytest.mark.parametrize('options, message', [
    (dict(), 'one of the two'), (dict(target='text', page_type='slide'), 'one of the two'),
    (dict(target='tabel'), r"no class 'tabel' \(did you mean 'table'\?\)"),
    (dict(target=5), "no class '5'; there are background"),
    (dict(page_type='slied'), "no page type 'slied' .*'slide'"),
    (dict(target='text', layer='prob'), r"no layer 'prob' \(did you mean 'probe'\?\)"),
    (dict(target='text', layer='cls_head.fc'), 'cls_head.fc')])
def test_what_does_not_exist(model, page, options, message):
    if 'cls_head' in options.get('layer', ''):
        del model.encode_decode
    with pytest.raises(InputError, match=message):
        class_activation(model, page, **options)
    model.cls_head = None
    with pytest.raises(InputError, match='no cls_head'):
        class_activation(model, page, page_type='slide')


@pytest.mark.parametrize('threshold, light', [(None, 64 * 64), (.99999, 0)])
def test_a_network_of_one_channel(model, page, threshold, light):
    """Its channel speaks of the second class, and what it leaves belongs to the first."""
    model.encode_decode = lambda img, metas: model.probe(img)[:, :1] / 4 - 1
    model.CLASSES, model.threshold = ('background', 'text'), threshold
    text = class_activation(model, page, target='text', layer='probe')
    assert int((text.seg_map == 1).sum()) == text.pixels == light
    if light:
        assert text.heat[:, 70:].min() > .9 and text.heat[:, :58].max() == 0
        assert text.score > .6 and text.name == 'text'
        paper = class_activation(model, page, target=0, layer='probe')
        assert paper.name == 'background' and paper.pixels == 64 * 64
        assert paper.score == pytest.approx(1 - torch.tensor(-1.).sigmoid().item(), abs=1e-5)
