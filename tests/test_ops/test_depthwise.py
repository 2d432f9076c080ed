"""Dilated depthwise convolutions give what torch's own give, on a CPU by other steps."""
import copy

import pytest
import torch
from torch import nn

from mmseg.models import build_segmentor
from mmseg.ops import DilatedDepthwiseConv2d, depthwise, speed_up_depthwise


def both(channels=3, dilation=2, bias=True):
    """An ordinary convolution and the same by other steps."""
    torch.manual_seed(0)
    conv = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation, groups=channels,
                     bias=bias)
    faster = copy.deepcopy(conv)
    speed_up_depthwise(faster)
    assert type(conv) is nn.Conv2d and type(faster) is DilatedDepthwiseConv2d
    return conv, faster


@pytest.mark.parametrize('band', [1, 100, 1 << 20])
@pytest.mark.parametrize(('dilation', 'size', 'bias'), [
    (2, (8, 12), True), (7, (9, 7), False), (8, (20, 31), True), (40, (5, 33), True)])
def test_answer_and_gradients(dilation, size, bias, band, monkeypatch):
    monkeypatch.setattr(depthwise, '_BAND', band)
    page = torch.randn(2, 3, *size, requires_grad=True)
    found = []
    for layer in both(3, dilation, bias):
        answer = layer(page)
        towards = torch.randn(answer.shape, generator=torch.Generator().manual_seed(1))
        found.append([answer, *torch.autograd.grad(answer, [page, *layer.parameters()], towards)])
    for expected, value in zip(*found, strict=True):
        torch.testing.assert_close(value, expected, atol=2e-5, rtol=1e-5)


def test_gradients_against_differences():
    layer = both(2, 2)[1].double()
    page = torch.randn(1, 2, 5, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(layer._conv_forward, (page, layer.weight, layer.bias))


def test_a_window_of_one_weight_moves_the_page():
    _, layer = both(1, 7, bias=False)
    with torch.no_grad():
        layer.weight.zero_()[0, 0, 0, 1] = 1.  # seven pixels above
        page = torch.arange(18.).reshape(1, 1, 9, 2)
        expected = torch.cat([torch.zeros(7, 2), torch.tensor([[0., 1], [2, 3]])])
        torch.testing.assert_close(layer(page)[0, 0], expected, atol=0, rtol=0)


@pytest.mark.parametrize('learns', [True, False])
def test_in_bfloat16_the_type_is_that_of_the_convolution(learns):
    conv, layer = both(4, 8)
    page = torch.randn(1, 4, 10, 10)
    with torch.set_grad_enabled(learns), torch.autocast('cpu', torch.bfloat16):
        expected, answer = conv(page), layer(page)
    assert answer.dtype is expected.dtype is torch.bfloat16
    torch.testing.assert_close(answer.float(), expected.float(), atol=2e-2, rtol=1e-2)
    if learns:
        answer.float().sum().backward()
        assert layer.weight.grad.dtype is torch.float32
    half = layer.to(torch.bfloat16)(page.to(torch.bfloat16))
    assert half.dtype is torch.bfloat16
    torch.testing.assert_close(half.float(), expected.float(), atol=4e-2, rtol=2e-2)


def test_small_paddings_take_other_steps_for_gradients_alone(monkeypatch):
    called = []
    monkeypatch.setattr(depthwise._DilatedDepthwise, 'apply',
                        lambda x, *args: called.append(args[2]) or x)
    for dilation in (2, 6, 7, 12):
        _, layer = both(3, dilation)
        with torch.no_grad():
            layer(torch.ones(1, 3, 4, 4))
    assert called == [7, 12]
    both(3, 2)[1](torch.ones(1, 3, 4, 4))
    assert called == [7, 12, 2]
    _, frozen = both(3, 2)
    frozen.requires_grad_(False)(torch.ones(1, 3, 4, 4))
    assert called == [7, 12, 2]


def test_traced_networks_hold_a_convolution():
    conv, layer = both(3, 8)
    page = torch.randn(1, 3, 9, 9)
    traced = torch.jit.trace(layer, page)
    assert 'aten::_convolution' in str(traced.inlined_graph)
    assert 'addcmul' not in str(traced.inlined_graph)
    torch.testing.assert_close(traced(page), conv(page))
    meta = layer.to('meta')(torch.empty(1, 3, 9, 9, device='meta'))
    assert meta.shape == (1, 3, 9, 9)


def test_which_convolutions_are_replaced():
    shared = dict(padding=2, dilation=2, groups=4)
    others = [nn.Conv2d(4, 4, 3, padding=1, groups=4), nn.Conv2d(4, 8, 3, **shared),
              nn.Conv2d(4, 4, 3, padding=2, dilation=2), nn.Conv2d(4, 4, 3, stride=2, **shared),
              nn.Conv2d(4, 4, 3, dilation=2, groups=4), nn.Conv2d(4, 4, 5, **shared),
              nn.Conv2d(4, 4, 3, padding_mode='reflect', **shared), nn.Conv1d(4, 4, 3, **shared)]
    network = nn.Sequential(*others, nn.Conv2d(4, 4, 3, **shared))
    speed_up_depthwise(network)
    assert [type(layer) for layer in network] == [
        *[nn.Conv2d] * 7, nn.Conv1d, DilatedDepthwiseConv2d]


def test_networks_are_built_with_them():
    model = build_segmentor(dict(
        type='EncoderDecoder', backbone=dict(type='ResNetV1c', depth=18),
        decode_head=dict(type='DepthwiseSeparableASPPHead', in_channels=512, in_index=3, channels=8,
                         dilations=(1, 12, 24), c1_in_channels=0, c1_channels=0, num_classes=2)))
    found = [layer.dilation for layer in model.modules()
             if isinstance(layer, DilatedDepthwiseConv2d)]
    assert found == [(12, 12), (24, 24)]
