"""Exported classifiers, which say the type of a page and nothing of its pixels."""
import copy
import json

import mmcv
import numpy as np
import pytest
import torch

from mmseg.apis import inference_segmentor
from mmseg.export import (
    ExportedClassifier,
    ExportedPredictor,
    Graph,
    compare,
    describe_trace,
    export_onnx,
    exported_model,
    save_onnx,
    save_traced,
    sidecar,
    trace_segmentor,
    verify_onnx,
)
from mmseg.export.graph import Normalization
from mmseg.models import build_classifier
from mmseg.utils.errors import InputError

NORM = dict(mean=[100., 110., 120.], std=[50., 60., 70.], to_rgb=True)
CONFIG = mmcv.Config(dict(data=dict(test=dict(pipeline=[
    dict(type='LoadImageFromFile'),
    dict(type='MultiScaleFlipAug', img_scale=(48, 32), flip=False, transforms=[
        dict(type='Resize', keep_ratio=False), dict(type='Normalize', **NORM),
        dict(type='ImageToTensor', keys=['img']), dict(type='Collect', keys=['img'])])]))))


def network(head='LinearClsHead'):
    torch.manual_seed(0)
    model = build_classifier(dict(
        type='ImageClassifier',
        backbone=dict(type='ResNet', depth=18, base_channels=4, stem_channels=4),
        neck=dict(type='GlobalAveragePooling'),
        head=dict(type=head, num_classes=3, in_channels=32)))
    torch.nn.init.normal_(model.head.fc.weight)
    model.CLASSES = ('document', 'slide', 'form')
    return model.eval()


@pytest.fixture
def pages():
    return torch.randn(2, 3, 32, 48, generator=torch.Generator().manual_seed(1))


@pytest.fixture(params=['pt', 'onnx'])
def exported(request, tmp_path, pages):
    """Function: an exported file of a network, of either kind."""

    def write(model, graph=None, example=pages[:1]):
        path = tmp_path / f'model.{request.param}'
        graph = graph or Graph()
        info = describe_trace(model, CONFIG, graph)
        if request.param == 'onnx':
            save_onnx(export_onnx(model, example, graph), path, info)
        else:
            save_traced(trace_segmentor(model, example, graph), path, info)
        return path

    return write


def test_the_file_gives_the_scores_of_the_model(exported, pages):
    model = network()
    path = exported(model)
    found = ExportedClassifier(path)
    with torch.no_grad():
        wanted = model.logits(pages).softmax(dim=1)
        scores = np.stack(found(pages, return_loss=False))
    np.testing.assert_allclose(scores, wanted, atol=1e-5)
    assert found.CLASSES == ['document', 'slide', 'form']
    assert type(exported_model(path)) is ExportedClassifier


def test_the_file_says_what_it_gives(exported):
    info = json.loads(sidecar(exported(network())).read_text())
    assert info['outputs'] == ['cls_scores']
    assert (info['classes'], info['page_types']) == ([], ['document', 'slide', 'form'])
    assert info['preprocessing']['scale'] == [48, 32]
    assert 'multi_label' not in info


@pytest.mark.parametrize('head', ['LinearClsHead', 'MultiLabelLinearClsHead'])
def test_pages_go_in_as_they_are_read(exported, head):
    model = network(head)
    graph = Graph(normalization=Normalization(*(tuple(NORM[key]) for key in ('mean', 'std'))))
    raw = torch.randint(0, 255, (1, 3, 32, 48), dtype=torch.uint8)
    predictor = ExportedPredictor(exported(model, graph, raw))
    page = np.random.RandomState(0).randint(0, 255, (32, 48, 3)).astype(np.uint8)
    arrays, = predictor.predict([page])
    normal = torch.from_numpy(page[..., ::-1].copy()).permute(2, 0, 1)[None].float()
    normal = (normal - torch.tensor(NORM['mean']).view(1, 3, 1, 1)) / torch.tensor(
        NORM['std']).view(1, 3, 1, 1)
    with torch.no_grad():
        wanted = model.cls_scores(model.logits(normal))[0]
    np.testing.assert_allclose(arrays.cls, wanted, atol=1e-4)
    assert arrays.seg.shape == (0, 32, 48)
    assert predictor.classes == ()


@pytest.mark.parametrize('raw', [False, True])
def test_pages_are_filled_up_as_in_a_test(exported, monkeypatch, raw):
    config = mmcv.Config(copy.deepcopy(CONFIG._cfg_dict.to_dict()))
    views = config.data.test.pipeline[1]
    views.img_scale, views.transforms[0].keep_ratio = (48, 48), True
    views.transforms.insert(2, dict(type='Pad', size=(48, 48)))
    monkeypatch.setitem(globals(), 'CONFIG', config)
    model = network()
    model.cfg = config
    graph, example = Graph(), torch.zeros(1, 3, 48, 48)
    if raw:
        graph = Graph(normalization=Normalization(tuple(NORM['mean']), tuple(NORM['std'])))
        example = example.byte()
    predictor = ExportedPredictor(exported(model, graph, example))
    page = np.random.RandomState(0).randint(0, 255, (96, 60, 3)).astype(np.uint8)
    wanted, = inference_segmentor(model, page)
    # a margin of whole grey levels is the mean colour but for 10 levels of two channels
    np.testing.assert_allclose(predictor.predict([page])[0].cls, wanted, atol=2e-2 if raw else 1e-4)


@pytest.mark.parametrize('output, name', [('logits', 'cls_logits'), ('pred', 'cls_pred')])
def test_other_outputs(exported, pages, output, name):
    model = network()
    graph = Graph(output=output)
    assert graph.output_names(True, with_seg=False) == [name]
    found = ExportedClassifier(exported(model, graph))
    with torch.no_grad():
        wanted, logits = model.logits(pages), found.logits(pages)
    assert logits.argmax(dim=1).tolist() == wanted.argmax(dim=1).tolist()
    if output == 'logits':
        torch.testing.assert_close(logits, wanted, rtol=1e-4, atol=1e-5)


def test_views_are_averaged_inside(pages):
    model = network()
    traced = trace_segmentor(model, pages[:1], Graph(scales=(1., 2.), flip=True))
    larger = torch.nn.functional.interpolate(pages, scale_factor=2., mode='bilinear')
    with torch.no_grad():
        views = [model.logits(view).softmax(dim=1) for view in
                 (pages, pages.flip(3), larger, larger.flip(3))]
        torch.testing.assert_close(traced(pages), torch.stack(views).mean(dim=0), rtol=1e-4,
                                   atol=1e-5)


def test_layers_are_of_pixels_alone(pages):
    with pytest.raises(InputError, match='a classifier has none'):
        trace_segmentor(network(), pages[:1], Graph(layers={'text': (1., )}))


def test_comparisons(tmp_path, pages):
    model = network()
    found = compare(model, trace_segmentor(model, pages[:1]), pages[:1])
    assert found.agrees() and found.page_types[0] == found.page_types[1]
    assert 'page type' in found.table((), model.CLASSES)
    assert 'pixels with another label' not in found.table((), model.CLASSES)
    other = network('MultiLabelLinearClsHead')
    torch.nn.init.normal_(other.head.fc.weight, std=3.)
    assert not compare(model, trace_segmentor(other, pages[:1]), pages[:1]).agrees()
    path = tmp_path / 'm.onnx'
    save_onnx(export_onnx(model, pages[:1]), path, describe_trace(model, CONFIG))
    assert max(verify_onnx(model, path, pages[:1]).values()) < 1e-5
