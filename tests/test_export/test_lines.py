"""The scores of a line head in exported files."""
import json

import numpy as np
import pytest
import torch

from mmseg.export import (
    compare,
    describe_trace,
    export_onnx,
    load_traced,
    save_traced,
    trace_segmentor,
)
from mmseg.export.graph import Graph
from mmseg.export.info import Normalization, Preprocessing
from mmseg.export.network import ExportedNetwork
from mmseg.export.onnx import save_onnx
from mmseg.export.predictor import ExportedPredictor
from mmseg.models import build_segmentor


def make(cls_head=True):
    torch.manual_seed(0)
    model = build_segmentor(dict(
        type='EncoderDecoder', backbone=dict(type='HalvingBackbone'),
        decode_head=dict(type='ChannelHead'), test_cfg=dict(mode='whole'),
        cls_head=dict(type='BrightnessHead', in_channels=3) if cls_head else None,
        line_neck=dict(type='FPNC', in_channels=[3], lateral_channels=4, out_channels=4),
        line_head=dict(type='DBHead', in_channels=4, postprocessor=dict(
            type='DBPostprocessor', mask_thr=.4))))
    model.CLASSES, model.PAGE_CLASSES = ('red', 'green', 'blue'), ('warm', 'cold')
    return model.eval()


@pytest.mark.parametrize('cls_head', [True, False])
def test_a_traced_network_gives_lines_last(cls_head, page, tmp_path):
    model = make(cls_head)
    traced = trace_segmentor(model, page)
    answer = traced(page)
    wanted = model.page_scores(page)
    assert len(answer) == 2 + cls_head
    torch.testing.assert_close(answer[-1], wanted.lines)
    info = describe_trace(model)
    assert info.output_names == ['seg_scores'] + ['cls_scores'] * cls_head + ['line_scores']
    save_traced(traced, tmp_path / 'a.pt', info)
    assert load_traced(tmp_path / 'a.pt')[1] == info
    written = json.loads((tmp_path / 'a.json').read_text())
    assert written['outputs'][-1] == 'line_scores' and written['lines']['mask_thr'] == .4
    logits = ExportedNetwork(tmp_path / 'a.pt').logits(page)
    torch.testing.assert_close(logits.lines.sigmoid(), wanted.lines, atol=1e-5, rtol=0)
    assert (logits.cls is not None) == cls_head


def test_onnx_gives_lines_of_pages_of_any_size(page, tmp_path):
    pytest.importorskip('onnxruntime')
    model = make()
    proto = export_onnx(model, page)
    assert [output.name for output in proto.graph.output] == [
        'seg_scores', 'cls_scores', 'line_scores']
    save_onnx(proto, tmp_path / 'a.onnx', describe_trace(model))
    other = torch.randn(2, 3, 14, 10)
    logits = ExportedNetwork(tmp_path / 'a.onnx').logits(other)
    torch.testing.assert_close(logits.lines.sigmoid(), model.page_scores(other).lines, atol=1e-5,
                               rtol=0)


def test_views_are_baked_in(page):
    model = make()
    graph = Graph(scales=(1., .5), flip=True)
    answer = trace_segmentor(model, page, graph)(page)
    torch.testing.assert_close(answer[2], model.page_scores(page, (1., .5), True).lines)


def test_the_difference_of_lines_counts(page):
    model = make()
    traced = trace_segmentor(model, page)
    assert compare(model, traced, page).agrees()

    class Wrong(torch.nn.Module):
        def forward(self, img):
            seg, cls, lines = traced(img)
            return seg, cls, lines + .25

    found = compare(model, Wrong(), page)
    assert found.line_difference == pytest.approx(.25) and not found.agrees()


def test_an_exported_file_finds_lines_on_a_page(page, tmp_path):
    model, plain = make(), Normalization((0., 0., 0.), (1., 1., 1.), False)
    info = describe_trace(model, graph=Graph())
    info = type(info)(**{**vars(info), 'preprocessing': Preprocessing(None, True, plain)})
    save_traced(trace_segmentor(model, page), tmp_path / 'a.pt', info)
    predictor = ExportedPredictor(tmp_path / 'a.pt')
    picture = page[0].permute(1, 2, 0).numpy().astype(np.uint8)
    arrays, = predictor.predict([picture])
    assert arrays.lines.shape == (12, 16) and predictor.line_options.mask_thr == .4
    np.testing.assert_allclose(arrays.lines, model.page_scores(page).lines[0, 0].detach().numpy(),
                               atol=1e-5)
