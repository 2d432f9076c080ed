"""ONNX files give the model's answer, at sizes they were not made at."""
import os
import sys
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from mmseg.export import (
    ExportedNetwork,
    Graph,
    Normalization,
    describe_trace,
    export_onnx,
    save_onnx,
    verify_onnx,
    with_input,
)
from mmseg.export.onnx import onnx_session, run_session
from mmseg.utils import InputError

NORMALIZATION = Normalization((1.5, 2., 3.), (20., 30., 40.), True)


def answers(proto, pages, tmp_path):
    """Output name → what ONNX Runtime says of the pages."""
    (tmp_path / 'bare.onnx').write_bytes(proto.SerializeToString())
    session = onnx_session(str(tmp_path / 'bare.onnx'))
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, run_session(session, pages)))


def test_named_outputs_by_hand(make_model, page, tmp_path):
    found = answers(export_onnx(make_model(), page), page, tmp_path)
    assert list(found) == ['seg_scores', 'cls_scores']
    # Far from borders the logits are 9, 0, 0 over sqrt(1 + eps): a softmax of nearly 1.
    assert found['seg_scores'][0, :, 6, 2].tolist() == pytest.approx(
        [0.99975, 0.00012, 0.00012], abs=2e-5)
    assert found['cls_scores'].tolist() == [[pytest.approx(0.97702, abs=1e-4),
                                             pytest.approx(0.02298, abs=1e-4)]]


def test_the_softmax_of_pixels_is_written_in_steps(make_model, page):
    proto = export_onnx(make_model(), page)
    makers = {name: node.op_type for node in proto.graph.node for name in node.output}
    # ONNX Runtime is slow at softmax over the classes of maps; that of page types is one operator
    assert [makers[output.name] for output in proto.graph.output] == ['Div', 'Softmax']


@pytest.mark.parametrize('graph', [
    Graph(), Graph(flip=True), Graph(scales=(0.5, 1.0, 1.5), layers={'red': [1.0]}),
    Graph(output='logits', fuse_conv_bn=True), Graph(size=(20, 30))])
def test_any_size_and_number(make_model, page, graph, tmp_path):
    model = make_model(deformable=True)
    nn.init.normal_(model.backbone.layer.conv_offset.weight)
    proto = export_onnx(model, page, graph)
    save_onnx(proto, tmp_path / 'model.onnx', describe_trace(model, None, graph))
    found = verify_onnx(model, tmp_path / 'model.onnx', page, graph)
    assert list(found) == ['1 of 12x16', '2 of 10x11']
    assert max(found.values()) < 2e-5


def test_a_difference_is_found(make_model, page, tmp_path):
    model = make_model()
    save_onnx(export_onnx(model, page), tmp_path / 'model.onnx', describe_trace(model))
    model.backbone.norm.bias.data[1] += 1
    assert min(verify_onnx(model, tmp_path / 'model.onnx', page).values()) > 0.01


def test_labels_of_raw_pages(make_model, page, tmp_path):
    model = make_model()
    graph = Graph(output='pred', normalization=NORMALIZATION)
    raw = (page.flip(1) * 25).to(torch.uint8)  # BGR
    found = answers(export_onnx(model, raw, graph), raw, tmp_path)
    assert list(found) == ['seg_pred', 'cls_scores'] and found['seg_pred'].dtype == torch.int64
    seg, cls, _ = model.page_scores((raw.flip(1) - torch.tensor([1.5, 2., 3.]).view(1, 3, 1, 1))
                                    / torch.tensor([20., 30., 40.]).view(1, 3, 1, 1))
    assert torch.equal(found['seg_pred'], seg.argmax(1))
    torch.testing.assert_close(found['cls_scores'], cls, atol=1e-5, rtol=0)
    with pytest.raises(InputError, match='normalises pages .* torch.uint8, got torch.float32'):
        export_onnx(model, page, graph)


def test_a_fixed_file_takes_smaller_pages_one_by_one(make_model, page, tmp_path):
    model = make_model()
    info = with_input(describe_trace(model), page.shape[2:], pages=1)
    save_onnx(export_onnx(model, page, any_size=False), tmp_path / 'model.onnx', info)
    network = ExportedNetwork(tmp_path / 'model.onnx')
    two = torch.cat([page, page.flip(3)])
    seg, cls, _ = network.logits(two)
    wanted = model.page_scores(two)
    torch.testing.assert_close(seg.softmax(1), wanted.seg, atol=1e-5, rtol=0)
    torch.testing.assert_close(cls.softmax(1), wanted.cls, atol=1e-5, rtol=0)
    small = network.logits(page[:, :, :10, :14]).seg.softmax(1)
    padded = model.page_scores(nn.functional.pad(page[:, :, :10, :14], (0, 2, 0, 2))).seg
    torch.testing.assert_close(small, padded[:, :, :10, :14], atol=1e-5, rtol=0)
    graph = Graph(size=(24, 32))
    info = with_input(describe_trace(model, None, graph), page.shape[2:], pages=1)
    save_onnx(export_onnx(model, page, graph, any_size=False), tmp_path / 'model.onnx', info)
    larger = ExportedNetwork(tmp_path / 'model.onnx').logits(page[:, :, :9, :16])
    assert larger.seg.shape == (1, 3, 18, 32)  # that of the page, without the padding's
    with pytest.raises(InputError, match='takes pages of 12x16, got 12x17'):
        network.logits(torch.zeros(1, 3, 12, 17))


def test_adaptive_pooling_of_any_size(make_model, page, tmp_path):
    class Pooled(nn.Module):
        def forward(self, x):
            return x + nn.functional.interpolate(nn.functional.adaptive_avg_pool2d(x, (2, 3)),
                                                 size=x.shape[2:])

    model = make_model()
    model.backbone.layer = Pooled()
    save_onnx(export_onnx(model, page), tmp_path / 'model.onnx', describe_trace(model))
    assert max(verify_onnx(model, tmp_path / 'model.onnx', page).values()) < 1e-5


def test_what_cannot_be_written_is_one_sentence(make_model, page, monkeypatch):
    class Odd(nn.Module):
        def forward(self, x):
            return torch.special.i0e(x)

    model = make_model()
    model.backbone.layer = Odd()
    with pytest.raises(InputError, match='cannot be written as ONNX with opset 17: .*i0e') as error:
        export_onnx(model, page)
    assert '\n' not in str(error.value)
    monkeypatch.setitem(sys.modules, 'onnx', None)
    with pytest.raises(InputError, match="install the extra 'export'"):
        export_onnx(make_model(), page)


def test_logits_of_several_views_are_refused():
    with pytest.raises(InputError, match='logits of several views have no mean'):
        Graph(output='logits', flip=True)
    with pytest.raises(InputError, match="not 'score' .did you mean 'scores'"):
        Graph(output='score')


@pytest.mark.parametrize('known, used, words', [
    (['CPUExecutionProvider'], [], 'knows no GPU: install onnxruntime-gpu'),
    (['CUDAExecutionProvider', 'CPUExecutionProvider'], ['CPUExecutionProvider'],
     'cannot use the GPU: it needs the versions of CUDA and cuDNN'),
    (['CUDAExecutionProvider', 'CPUExecutionProvider'],
     ['CUDAExecutionProvider', 'CPUExecutionProvider'], None)])
def test_a_gpu_is_used_or_an_error_says_why_not(monkeypatch, known, used, words):
    asked = []

    class Session:
        def __init__(self, path, options, providers):
            asked.extend(providers)

        def get_providers(self):
            return used

    monkeypatch.setattr('mmseg.export.onnx.onnx_runtime', lambda: SimpleNamespace(
        SessionOptions=SimpleNamespace, get_available_providers=lambda: known,
        InferenceSession=Session))
    if words is None:
        assert isinstance(onnx_session('a.onnx', 'cuda:1'), Session)
        assert asked == [('CUDAExecutionProvider', {'device_id': 1}), 'CPUExecutionProvider']
    else:
        with pytest.raises(InputError, match=words):
            onnx_session('a.onnx', 'cuda:1')
    assert isinstance(onnx_session('a.onnx', 'cpu'), Session)  # a CPU is always there
    assert asked[-1] == 'CPUExecutionProvider'


@pytest.mark.parametrize('location', ['../outside.bin', 'link.bin', '{}/outside.bin', 'fifo'])
def test_weights_outside_of_a_file_come_from_its_folder_only(location, tmp_path, capfd):
    # ONNX Runtime's own check: docs/security.md relies on it
    onnx = pytest.importorskip('onnx')
    folder = tmp_path / 'models'
    folder.mkdir()
    for place in (tmp_path / 'outside.bin', folder / 'inside.bin'):
        place.write_bytes(b'\0\0\x80?')  # 1 as float32
    (folder / 'link.bin').symlink_to(tmp_path / 'outside.bin')
    os.mkfifo(folder / 'fifo')

    def opened(name):
        weight = onnx.TensorProto(name='weight', dims=[1], data_type=onnx.TensorProto.FLOAT,
                                  data_location=onnx.TensorProto.EXTERNAL)
        weight.external_data.add(key='location', value=name)
        page, answer = (onnx.helper.make_tensor_value_info(label, onnx.TensorProto.FLOAT, [1])
                        for label in ('input', 'seg_scores'))
        graph = onnx.helper.make_graph(
            [onnx.helper.make_node('Add', ['input', 'weight'], ['seg_scores'])], 'add', [page],
            [answer], [weight])
        onnx.save_model(onnx.helper.make_model(graph, ir_version=8, opset_imports=[
            onnx.helper.make_opsetid('', 17)]), folder / 'model.onnx')
        return onnx_session(str(folder / 'model.onnx'))

    assert run_session(opened('inside.bin'), torch.ones(1))[0].tolist() == [2]
    with pytest.raises(InputError, match='ONNX Runtime does not take .*model.onnx'):
        opened(location.format(tmp_path))
    assert capfd.readouterr().err == ''
