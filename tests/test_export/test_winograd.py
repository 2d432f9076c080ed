"""Convolutions with fewer multiplications give what they replace gives."""
import pytest
import torch
from torch import nn

from mmseg.export import winograd
from mmseg.export.winograd import WinogradConv2d, is_faster, replace_convolutions
from mmseg.ops import winograd as operations
from mmseg.utils.network_size import limited_network


@pytest.fixture(autouse=True)
def few_channels(monkeypatch):
    monkeypatch.setattr(operations, 'CHANNELS', 2)
    monkeypatch.setattr(operations.platform, 'machine', lambda: 'x86_64')
    monkeypatch.setattr(torch.backends.mkl, 'is_available', lambda: True)


@pytest.mark.parametrize(('dilation', 'size', 'bias'), [
    (1, (8, 12), True), (1, (9, 7), False), (2, (16, 11), True), (4, (5, 33), True)])
@torch.no_grad()
def test_the_answer_is_that_of_the_convolution(dilation, size, bias):
    torch.manual_seed(0)
    conv = nn.Conv2d(3, 5, 3, padding=dilation, dilation=dilation, bias=bias)
    page = torch.randn(2, 3, *size)
    answer = WinogradConv2d(conv)(page)
    torch.testing.assert_close(answer, conv(page), atol=1e-5, rtol=0)
    assert answer.is_contiguous(memory_format=torch.channels_last) or size != (8, 12)


@torch.no_grad()
def test_the_bands_of_a_large_map_give_what_the_whole_map_gives(monkeypatch):
    conv, page, heights = nn.Conv2d(2, 3, 3, padding=2, dilation=2), torch.randn(1, 2, 50, 9), []
    layer = WinogradConv2d(conv)
    whole, of_band = layer(page), layer._of_band
    monkeypatch.setattr(winograd, '_MOST', 300)  # of 900 values, 7 rows of tiles of 8 pixels
    monkeypatch.setattr(layer, '_of_band', lambda padded: heights.append(
        padded.shape[1]) or of_band(padded))
    torch.testing.assert_close(layer(page), whole, atol=1e-6, rtol=0)
    assert heights == [20, 20, 20, 12]  # two rows of tiles and a dilation on both sides


@torch.no_grad()
def test_a_window_of_one_weight_moves_the_page():
    conv = nn.Conv2d(2, 2, 3, padding=1, bias=False)
    nn.init.zeros_(conv.weight)
    conv.weight[0, 0, 0, 1] = 1.  # the pixel above
    page = torch.arange(12.).reshape(1, 1, 4, 3).repeat(1, 2, 1, 1)
    above = WinogradConv2d(conv)(page)[0, 0]
    torch.testing.assert_close(above, torch.tensor([[0., 0, 0], [0, 1, 2], [3, 4, 5], [6, 7, 8]]),
                               atol=1e-5, rtol=0)


def test_a_network_is_not_larger_than_its_weights_for_it():
    conv = nn.Conv2d(800, 800, 3, padding=1)
    with limited_network(dict(state_dict=conv.state_dict()), 'the config'):
        replace_convolutions(nn.Sequential(conv))  # 23 million numbers for 6 million weights


def test_which_convolutions_are_replaced():
    assert is_faster(nn.Conv2d(2, 2, 3, padding=2, dilation=2))
    for conv in (nn.Conv2d(1, 2, 3, padding=1), nn.Conv2d(2, 2, 3), nn.Conv2d(2, 2, 1),
                 nn.Conv2d(2, 2, 3, padding=1, stride=2), nn.Conv2d(2, 2, 3, padding=1, groups=2),
                 nn.Conv2d(2, 2, 3, padding=5, dilation=5), nn.Conv1d(2, 2, 3, padding=1),
                 nn.Conv2d(2, 2, 3, padding=1, padding_mode='reflect')):
        assert not is_faster(conv)


def test_no_other_machine_replaces_them(monkeypatch):
    monkeypatch.setattr(operations.platform, 'machine', lambda: 'aarch64')
    assert not is_faster(nn.Conv2d(2, 2, 3, padding=1))


@pytest.mark.parametrize(('dtype', 'tiles', 'number'), [
    (None, True, 1), (torch.bfloat16, True, 0), (torch.bfloat16, False, 1)])
def test_processors_that_multiply_matrices_in_bfloat16_keep_them(dtype, tiles, number, monkeypatch):
    monkeypatch.setattr(torch.cpu, '_is_amx_tile_supported', lambda: tiles, raising=False)
    assert len(replace_convolutions(nn.Sequential(nn.Conv2d(2, 2, 3, padding=1)), dtype)) == number


def test_they_are_replaced_where_they_are_and_one_used_twice_stays_one():
    conv = nn.Conv2d(2, 2, 3, padding=1)
    network = nn.Sequential(conv, nn.ReLU(), nn.Sequential(conv, nn.Conv2d(2, 1, 1)))
    found = replace_convolutions(network)
    assert [(name, layer) for _, name, layer in found] == [('0', conv), ('0', conv)]
    assert isinstance(network[0], WinogradConv2d) and network[2][0] is network[0]
