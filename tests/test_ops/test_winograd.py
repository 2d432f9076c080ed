"""Convolutions with half of the multiplications train as ordinary ones do."""
import copy

import pytest
import torch
from torch import nn

from mmseg.ops import RowWinogradConv2d, speed_up_training, winograd


@pytest.fixture(autouse=True)
def few_channels(monkeypatch):
    monkeypatch.setattr(winograd, 'CHANNELS', 2)
    monkeypatch.setattr(winograd.platform, 'machine', lambda: 'x86_64')
    monkeypatch.setattr(torch.backends.mkl, 'is_available', lambda: True)
    monkeypatch.setattr(torch.cpu, '_is_amx_tile_supported', lambda: False, raising=False)


def both(channels=3, kernels=5, dilation=1, bias=True):
    """An ordinary convolution and the same with half of the multiplications."""
    torch.manual_seed(0)
    conv = nn.Conv2d(channels, kernels, 3, padding=dilation, dilation=dilation, bias=bias)
    faster = copy.deepcopy(conv)
    speed_up_training(faster)
    assert type(conv) is nn.Conv2d and type(faster) is RowWinogradConv2d
    return conv, faster


@pytest.mark.parametrize(('dilation', 'size'), [
    (1, (8, 12)), (2, (7, 9)), (4, (5, 33)), (1, (3, 1)), (40, (2, 3))])
def test_answer_and_gradients(dilation, size):
    conv, _ = both(dilation=dilation, bias=False)
    page, found = torch.randn(2, 3, *size, requires_grad=True), []
    for answer in (conv(page), winograd.convolve_rows(page, conv.weight, dilation)):
        towards = torch.randn(answer.shape, generator=torch.Generator().manual_seed(1))
        found.append([answer, *torch.autograd.grad(answer, [page, conv.weight], towards)])
    assert found[1][0].is_contiguous(memory_format=torch.channels_last)
    for expected, value in zip(*found, strict=True):
        torch.testing.assert_close(value, expected, atol=1e-4, rtol=1e-5)


def test_a_window_of_one_weight_moves_the_page():
    weight = torch.zeros(1, 1, 3, 3)
    weight[0, 0, 0, 2] = 1.  # the pixel above and to the right
    page = torch.arange(12.).reshape(1, 1, 3, 4)
    torch.testing.assert_close(
        winograd.convolve_rows(page, weight, 1)[0, 0],
        torch.tensor([[0., 0, 0, 0], [1, 2, 3, 0], [5, 6, 7, 0]]), atol=1e-5, rtol=0)


@pytest.mark.parametrize('layout', [torch.contiguous_format, torch.channels_last])
def test_errors_are_twice_those_of_bfloat16(layout):
    conv, layer = both(64, 64)
    page = torch.randn(2, 64, 16, 16).to(memory_format=layout).requires_grad_()
    exact, values = None, []
    for module, dtype in ((conv, None), (conv, torch.bfloat16), (layer, torch.bfloat16)):
        with torch.autocast('cpu', torch.bfloat16, enabled=dtype is not None):
            answer = module(page)
        towards = torch.randn(answer.shape, generator=torch.Generator().manual_seed(1))
        of = torch.autograd.grad(answer, [page, *module.parameters()], towards.to(answer.dtype))
        if exact is None:
            exact = [answer, *of]
        else:
            assert answer.dtype is torch.bfloat16 and all(x.dtype is torch.float32 for x in of)
            values.append([((value.float() - right).norm() / right.norm()).item()
                           for value, right in zip([answer, *of], exact, strict=True)])
    for ordinary, fewer in zip(*values, strict=True):
        assert ordinary < .005 and fewer < 3 * ordinary


def test_when_multiplications_are_saved(monkeypatch):
    called = []
    monkeypatch.setattr(winograd, 'convolve_rows',
                        lambda x, weight, dilation: called.append(x.dtype) or x.new_zeros(()))
    _, layer = both()
    page = torch.ones(1, 3, 8, 8)
    layer(page)  # in float32
    with torch.autocast('cpu', torch.float16):
        layer(page)
    with torch.autocast('cpu', torch.bfloat16):
        with torch.no_grad():
            layer(page)
        layer(torch.ones(1, 3, 8, 6))  # filled up to 8 columns
        layer(torch.ones(3, 8, 8))
        with monkeypatch.context() as traced:
            traced.setattr(torch.jit, 'is_tracing', lambda: True)
            layer(page)
        assert not called
        layer(page)
        layer(torch.ones(1, 3, 8, 7))
    assert called == [torch.bfloat16, torch.bfloat16]


def test_which_convolutions_are_replaced():
    others = [nn.Conv2d(1, 2, 3, padding=1), nn.Conv2d(2, 2, 3), nn.Conv2d(2, 2, 1),
              nn.Conv2d(2, 2, 3, padding=1, stride=2), nn.Conv2d(2, 2, 3, padding=1, groups=2),
              nn.Conv2d(2, 2, 3, padding=1, padding_mode='reflect'), nn.Conv1d(2, 2, 3, padding=1)]
    network = nn.Sequential(*others, nn.Conv2d(2, 2, 3, padding=1))
    weights = list(network.state_dict())
    speed_up_training(network)
    assert [type(layer) for layer in network] == [*map(type, others), RowWinogradConv2d]
    assert list(network.state_dict()) == weights


def test_processors_that_multiply_matrices_in_bfloat16_keep_them(monkeypatch):
    monkeypatch.setattr(torch.cpu, '_is_amx_tile_supported', lambda: True, raising=False)
    conv = nn.Conv2d(2, 2, 3, padding=1)
    speed_up_training(conv)
    assert type(conv) is nn.Conv2d
