"""OpenVINO gives what ONNX Runtime and the model give of the same file."""
import sys
from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch

from mmseg.apis.predictors import open_predictor
from mmseg.export import (
    ExportedNetwork,
    ExportedPredictor,
    Graph,
    Normalization,
    Preprocessing,
    describe_trace,
    export_onnx,
    save_onnx,
)
from mmseg.export.int8 import quantize_static
from mmseg.export.openvino import openvino_runner
from mmseg.utils import InputError


def write(model, page, path, graph=None):
    """Write the model as ONNX and return the file."""
    save_onnx(export_onnx(model, page, graph), path, describe_trace(model, None, graph))
    return path


@pytest.mark.parametrize('graph', [
    Graph(), Graph(output='logits', fuse_conv_bn=True),
    Graph(scales=(0.5, 1.0), layers={'red': [1.0]}, flip=True)])
def test_it_gives_the_scores_of_the_model_for_any_size(make_model, page, graph, tmp_path):
    pytest.importorskip('openvino')
    model = make_model()
    run, _ = openvino_runner(write(model, page, tmp_path / 'model.onnx', graph))
    first = run(page)
    for pages in (torch.rand(2, 3, 10, 11) * 9, page):
        wanted = ([model.encode_decode(pages, None).seg] if graph.output == 'logits' else
                  [model.page_scores(pages, graph.scales, graph.flip, graph.layers or None).seg])
        torch.testing.assert_close(run(pages)[0], wanted[0], atol=2e-5, rtol=0)
    torch.testing.assert_close(first, run(page), atol=0, rtol=0)  # answers are not overwritten


def test_names_come_from_inside_the_file(make_model, page, tmp_path):
    pytest.importorskip('openvino')
    file = write(make_model(), page, tmp_path / 'model.onnx')
    (tmp_path / 'model.json').unlink()
    network = ExportedNetwork(file, backend='openvino')
    assert network.info.classes == ('red', 'green', 'blue')
    logits = network.logits(page)
    assert logits.seg.argmax(1)[0, 6].tolist() == [0] * 8 + [2] * 2 + [1] * 4 + [2] * 2
    assert logits.cls.softmax(1).tolist() == [[pytest.approx(0.97702, abs=1e-4),
                                               pytest.approx(0.02298, abs=1e-4)]]


def test_integers_are_refused(page, tmp_path):
    pytest.importorskip('openvino')
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU(),
                                  torch.nn.Conv2d(8, 3, 1)).eval()
    file = tmp_path / 'whole.onnx'
    torch.onnx.export(network, (page,), str(file), dynamo=False, input_names=['input'])
    openvino_runner(file)
    file.write_bytes(quantize_static(onnx.load(file), [page]).SerializeToString())
    with pytest.raises(InputError, match='whole.onnx is in 8-bit integers, .* onnxruntime'):
        openvino_runner(file)


def test_what_it_does_not_take_is_said(make_model, page, tmp_path, monkeypatch):
    pytest.importorskip('openvino')
    file = write(make_model(), page, tmp_path / 'model.onnx')
    with pytest.raises(InputError, match="runs on the CPU, got the device 'cuda:0'"):
        ExportedNetwork(file, 'cuda:0', backend='openvino')
    (tmp_path / 'other.onnx').write_bytes(b'something')
    with pytest.raises(InputError, match='OpenVINO does not take .*other.onnx: .'):
        ExportedNetwork(tmp_path / 'other.onnx', backend='openvino')
    monkeypatch.setitem(sys.modules, 'openvino', None)
    with pytest.raises(InputError, match=r"pip install 'mmseg-layout\[openvino\]'"):
        ExportedNetwork(file, backend='openvino')


def test_a_checkpoint_runs_in_no_backend(tmp_path):
    (tmp_path / 'latest.pth').write_bytes(b'PK')
    with pytest.raises(InputError, match='openvino runs exported files, and .*latest.pth is a '
                                         'checkpoint'):
        open_predictor(str(tmp_path / 'latest.pth'), backend='openvino')
    with pytest.raises(InputError, match='runs with pytorch, onnxruntime, int8, not open'):
        open_predictor('page-lite0', backend='openvino')


def test_predictors_of_both_agree(make_model, page, tmp_path):
    pytest.importorskip('openvino')
    model, file = make_model(), tmp_path / 'model.onnx'
    how = Normalization((100., 110., 120.), (20., 30., 40.), True)
    prepare = Preprocessing((48, 36), True, how)
    save_onnx(export_onnx(model, page), file, replace(describe_trace(model), preprocessing=prepare))
    image = np.random.default_rng(0).integers(0, 255, (40, 30, 3), np.uint8)
    for one, two in zip(*(ExportedPredictor(file, backend=backend).predict([image, image[:20]])
                          for backend in ('onnxruntime', 'openvino'))):
        assert one.seg.shape == two.seg.shape and np.abs(one.seg - two.seg).max() < 1e-5
        assert np.abs(one.cls - two.cls).max() < 1e-5
