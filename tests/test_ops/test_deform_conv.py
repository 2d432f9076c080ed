"""Deformable convolution: known offsets against plain convolution."""
import pytest
import torch
import torch.nn.functional as F
from mmcv.cnn import CONV_LAYERS, build_conv_layer

from mmseg.ops import DeformConv2dPack, ModulatedDeformConv2dPack, portable_deform_convs
from mmseg.ops.deform_conv import register_deform_conv

PACKS = [DeformConv2dPack, ModulatedDeformConv2dPack]


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


@pytest.mark.parametrize('stride, padding, dilation', [(1, 1, 1), (2, 2, 2), (1, 0, 1)])
def test_zero_offsets_are_the_plain_convolution(stride, padding, dilation):
    x = torch.rand(2, 4, 9, 8)
    steps = dict(stride=stride, padding=padding, dilation=dilation)
    first = DeformConv2dPack(4, 6, 3, groups=2, **steps)
    torch.testing.assert_close(first(x), F.conv2d(x, first.weight, groups=2, **steps))
    second = ModulatedDeformConv2dPack(4, 6, 3, **steps)
    # The masks start at sigmoid(0) = 0.5.
    torch.testing.assert_close(second(x), F.conv2d(x, second.weight, **steps) / 2)


@pytest.mark.parametrize('pack', PACKS)
def test_integer_offset_shifts_the_input(pack):
    layer = pack(1, 1, 1, bias=False)
    with torch.no_grad():
        layer.weight.fill_(1)
        layer.conv_offset.bias[:2] = torch.tensor([1., -2.])  # one down, two to the left
        if pack is ModulatedDeformConv2dPack:
            layer.conv_offset.bias[2] = 100  # mask 1
    x = torch.arange(1., 13).view(1, 1, 3, 4)
    want = [[0, 0, 5, 6], [0, 0, 9, 10], [0, 0, 0, 0]]
    assert layer(x)[0, 0].tolist() == want


def test_half_an_offset_interpolates():
    layer = DeformConv2dPack(1, 1, 1)
    with torch.no_grad():
        layer.weight.fill_(1)
        layer.conv_offset.bias[1] = .5
    assert layer(torch.tensor([[[[2., 4., 8.]]]])).tolist() == [[[[3, 6, 4]]]]


@pytest.mark.parametrize('pack', PACKS)
@pytest.mark.parametrize('groups, deform_groups', [(1, 1), (2, 4)])
def test_traced_path_takes_any_size_and_agrees(pack, groups, deform_groups):
    layer = pack(4, 6, 3, stride=2, padding=1, dilation=1, groups=groups,
                 deform_groups=deform_groups)
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter, std=.3)
    with torch.no_grad():
        traced = torch.jit.trace(layer, torch.rand(1, 4, 8, 8))
        x = torch.rand(2, 4, 11, 17)
        torch.testing.assert_close(traced(x), layer(x), rtol=1e-4, atol=1e-5)
    assert not any('torchvision' in node.kind() for node in traced.inlined_graph.nodes())


def test_names_are_those_of_public_checkpoints():
    first = DeformConv2dPack(2, 3, 3, deform_groups=2).state_dict()
    assert {k: tuple(v.shape) for k, v in first.items()} == {
        'weight': (3, 2, 3, 3), 'conv_offset.weight': (36, 2, 3, 3), 'conv_offset.bias': (36, )}
    second = ModulatedDeformConv2dPack(2, 3, 3).state_dict()
    assert {k: tuple(v.shape) for k, v in second.items()} == {
        'weight': (3, 2, 3, 3), 'bias': (3, ), 'conv_offset.weight': (27, 2, 3, 3),
        'conv_offset.bias': (27, )}


def test_types_are_registered_once():
    before = CONV_LAYERS.get('DCN'), CONV_LAYERS.get('DCNv2')
    register_deform_conv()
    assert before == (CONV_LAYERS.get('DCN'), CONV_LAYERS.get('DCNv2')) and None not in before
    layer = build_conv_layer(dict(type='DCNv2', deform_groups=1), 2, 3, 3, padding=1, bias=False)
    assert layer(torch.rand(1, 2, 5, 5)).shape == (1, 3, 5, 5)


def test_half_precision_positions_under_autocast():
    layer = DeformConv2dPack(2, 2, 3, padding=1)
    x = torch.rand(1, 2, 6, 6)
    with torch.autocast('cpu', torch.bfloat16):
        out = layer(x)
    torch.testing.assert_close(out.float(), layer(x), rtol=.05, atol=.05)


def test_same_numbers_as_compiled_operators():
    ops = pytest.importorskip('mmcv.ops', exc_type=ImportError)
    for ours, theirs in zip(PACKS, (ops.DeformConv2dPack, ops.ModulatedDeformConv2dPack),
                            strict=True):
        reference = theirs(4, 6, 3, padding=2, dilation=2, deform_groups=2)
        for parameter in reference.parameters():
            torch.nn.init.normal_(parameter, std=.3)
        twin = portable_deform_convs(torch.nn.Sequential(reference))[0]
        assert isinstance(twin, ours)
        x = torch.rand(2, 4, 9, 10)
        torch.testing.assert_close(twin(x), reference(x), rtol=1e-4, atol=1e-5)
