"""Graphs in 8-bit integers: which layers, and how far they agree with float32."""
import pytest
import torch
from torch import nn

from mmseg.export.int8 import agreement, quantize_onnx, quantize_static
from mmseg.export.onnx import onnx_session, run_session
from mmseg.utils.errors import InputError

onnx = pytest.importorskip('onnx')


class Chain(nn.Module):
    """Three convolutions, and what comes after the last one."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.middle = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)
        self.last = nn.Conv2d(8, 2, 1)

    def forward(self, x):
        x = self.middle(self.first(x).relu()).relu()
        return nn.functional.interpolate(self.last(x), scale_factor=2.).softmax(1)


def written(model, tmp_path):
    path = str(tmp_path / 'model.onnx')
    torch.onnx.export(model.eval(), (torch.zeros(1, 3, 8, 8), ), path, dynamo=False,
                      opset_version=17, input_names=['input'], output_names=['scores'],
                      dynamic_axes={'input': {2: 'height', 3: 'width'}})
    return onnx.load_model(path)


@pytest.fixture
def proto(tmp_path):
    torch.manual_seed(0)
    return written(Chain(), tmp_path)


@pytest.fixture
def pages():
    return [torch.randn(1, 3, 8, 8 + 2 * index, generator=torch.Generator().manual_seed(index))
            for index in range(4)]


def in_integers(graph) -> list[bool]:
    """Of each convolution, in order, whether its weights are integers."""
    makers = {name: node for node in graph.node for name in node.output}
    return [node.input[1] in makers and makers[node.input[1]].op_type == 'DequantizeLinear'
            for node in graph.node if node.op_type == 'Conv']


def test_layers_are_integers_and_what_follows_the_last_one_is_not(proto, pages):
    assert in_integers(proto.graph) == [False, False, False]
    quantized = quantize_static(proto, pages)
    assert in_integers(quantized.graph) == [True, True, True]
    softmax = next(node for node in quantized.graph.node if node.op_type == 'Softmax')
    resize = next(node for node in quantized.graph.node if softmax.input[0] in node.output)
    assert resize.op_type == 'Resize'
    before = next(node for node in quantized.graph.node if resize.input[0] in node.output)
    assert before.op_type == 'DequantizeLinear'  # of the last layer's values
    for page in pages:
        answers = [run_session(onnx_session(graph.SerializeToString()), page)[0]
                   for graph in (proto, quantized)]
        assert answers[1].shape == (1, 2, 16, 2 * page.shape[3])
        assert answers[1].numpy() == pytest.approx(answers[0].numpy(), abs=.05)


def test_the_ends_can_stay_in_float32(proto, pages):
    assert in_integers(quantize_static(proto, pages, keep_ends=True).graph) == [False, True, False]


class Bright(nn.Module):
    """The second class where the first channel is above a level."""

    def __init__(self, level: float) -> None:
        super().__init__()
        self.level = level

    def forward(self, x):
        return torch.cat([torch.full_like(x[:, :1], self.level), x[:, :1]], 1)


def test_agreement_by_hand(tmp_path):
    page = torch.zeros(1, 3, 8, 8)
    page[0, 0, :4] = 2.  # 32 pixels; above 3 are 8 of them
    page[0, 0, 0] = 4.
    low, high = (written(Bright(level), tmp_path) for level in (1., 3.))
    assert agreement(low, low, [page]) == (1., 1.)
    # background: 32 of 56, foreground: 8 of 32
    assert agreement(low, high, [page]) == (40 / 64, pytest.approx((32 / 56 + 8 / 32) / 2))


def test_ends_are_float32_where_that_agrees_better(proto, pages, monkeypatch):
    found = quantize_onnx(proto, pages[:3], pages[3:])
    assert (found.calibrated, found.tested) == (3, 1) and found.pixels > .9
    for scores, keeps, convolutions in (([.5, .6], True, [False, True, False]),
                                        ([.6, .5], False, [True, True, True]),
                                        ([.995], False, [True, True, True])):
        answers = iter(scores)
        monkeypatch.setattr('mmseg.export.int8.agreement',
                            lambda *_, answers=answers: (1., next(answers)))
        found = quantize_onnx(proto, pages[:3], pages[3:])
        assert (found.keeps_ends, found.miou) == (keeps, max(scores))
        assert in_integers(found.proto.graph) == convolutions


def test_what_cannot_be_quantized_is_a_sentence(proto, pages, tmp_path):
    with pytest.raises(InputError, match='got 4 and 0'):
        quantize_onnx(proto, pages, [])
    with pytest.raises(InputError, match='no convolution or linear layer'):
        quantize_static(written(Bright(1.), tmp_path), pages)
