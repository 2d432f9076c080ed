"""Blocks built with few arguments have the defaults, parameters and numbers of 0.30.0."""
import pytest
import torch

from mmseg.models.backbones import bisenetv1, bisenetv2, mit, resnest, resnext, stdc, swin, twins
from mmseg.models.necks.mla_neck import MLAModule
from mmseg.utils.errors import InputError

HW = (6, 5)
TOKENS = ((1, 30, 8), HW)
# How a block is built; what it gets; parameters, shape of the (last) output, and the sum of its
# absolute values, with weights drawn from a seed. The numbers are those that 0.30.0 gives.
BLOCKS = {
    'SpatialPath': (bisenetv1.SpatialPath, [(1, 3, 32, 64)], 91968, (1, 128, 4, 8), 164.15465),
    'DetailBranch': (bisenetv2.DetailBranch, [(1, 3, 32, 64)], 519232, (1, 128, 4, 8), 183.82119),
    'StemBlock': (bisenetv2.StemBlock, [(1, 3, 32, 64)], 6432, (1, 16, 8, 16), 85.49093),
    'GELayer': (lambda: bisenetv2.GELayer(16, 16), [(1, 16, 8, 8)], 4960, (1, 16, 8, 8),
                443.37233),
    'CEBlock': (lambda: bisenetv2.CEBlock(16), [(1, 16, 8, 8)], 2656, (1, 16, 8, 8), 56.03489),
    'SemanticBranch': (bisenetv2.SemanticBranch, [(1, 3, 64, 64)], 1159504, (1, 128, 2, 2),
                       17.39443),
    'BGALayer': (bisenetv2.BGALayer, [(1, 128, 8, 16), (1, 128, 2, 4)], 478976, (1, 128, 8, 16),
                 640.31628),
    'MixFFN': (lambda: mit.MixFFN(8, 16), TOKENS, 440, (1, 30, 8), 199.01084),
    'EfficientMultiheadAttention': (lambda: mit.EfficientMultiheadAttention(8, 2), TOKENS, 256,
                                    (1, 30, 8), 195.21573),
    'merged tokens': (lambda: mit.EfficientMultiheadAttention(8, 2, sr_ratio=2), TOKENS, 536,
                      (1, 30, 8), 196.78473),
    'TransformerEncoderLayer': (lambda: mit.TransformerEncoderLayer(8, 2, 16), TOKENS, 760,
                                (1, 30, 8), 178.95331),
    'resnest.Bottleneck': (lambda: resnest.Bottleneck(64, 16), [(1, 64, 8, 8)], 6240,
                           (1, 64, 8, 8), 1575.82062),
    'resnext.Bottleneck': (lambda: resnext.Bottleneck(64, 16, groups=32, base_width=4),
                           [(1, 64, 8, 8)], 4640, (1, 64, 8, 8), 1660.50882),
    'STDCModule': (lambda: stdc.STDCModule(32, 32, 1), [(1, 32, 8, 8)], 2128, (1, 32, 8, 8),
                   1720.14362),
    'SwinBlock': (lambda: swin.SwinBlock(32, 4, 64), [(1, 30, 32), HW], 9220, (1, 30, 32),
                  814.16591),
    'shifted SwinBlock': (lambda: swin.SwinBlock(32, 4, 64, shift=True), [(1, 30, 32), HW], 9220,
                          (1, 30, 32), 813.72077),
    'ConditionalPositionEncoding': (lambda: twins.ConditionalPositionEncoding(32, 32, 2),
                                    [(1, 30, 32), HW], 320, (1, 9, 32), 61.34013),
    'LocallyGroupedSelfAttention': (
        lambda: twins.LocallyGroupedSelfAttention(32, window_size=3), [(1, 30, 32), HW], 4128,
        (1, 30, 32), 112.84958),
    'MLAModule': (lambda: MLAModule(), [[(1, 1024, 2, 2)] * 4], 3409920, (1, 256, 2, 2),
                  16892.75099),
}


@pytest.mark.parametrize('build, gets, parameters, shape, total', BLOCKS.values(), ids=BLOCKS)
def test_a_block_with_0xs_defaults(build, gets, parameters, shape, total):
    block = build().eval()
    generator = torch.Generator().manual_seed(1)
    for _, weight in sorted(block.named_parameters()):
        weight.data = torch.randn(weight.shape, generator=generator) * .1
    inputs = [size if size == HW else
              [torch.randn(part, generator=generator) for part in size] if isinstance(size, list)
              else torch.randn(size, generator=generator) for size in gets]
    output = block(*inputs)
    output = output[-1] if isinstance(output, list | tuple) else output
    assert sum(weight.numel() for weight in block.parameters()) == parameters
    assert output.shape == shape
    assert output.double().abs().sum().item() == pytest.approx(total, rel=1e-5)


def test_a_branch_of_mit_is_added_to_what_it_is_handed():
    torch.manual_seed(0)
    x, other = torch.randn(1, 30, 8), torch.randn(1, 30, 8)
    for block in (mit.MixFFN(8, 16).eval(), mit.EfficientMultiheadAttention(8, 2).eval()):
        torch.testing.assert_close(block(x, HW, other) - other, block(x, HW) - x)


def test_attention_with_tokens_in_front_is_refused():
    with pytest.raises(InputError, match='batch_first=True'):
        mit.EfficientMultiheadAttention(8, 2, batch_first=False)
