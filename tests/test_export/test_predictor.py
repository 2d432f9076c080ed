"""An exported file gives the scores that its model gives of a page, at the page's own size."""
import cv2
import mmcv
import numpy as np
import pytest
import torch

from mmseg.apis import inference_segmentor
from mmseg.export import (
    ExportedPredictor,
    Graph,
    describe_trace,
    export_onnx,
    normalization,
    save_onnx,
    save_traced,
    trace_segmentor,
    with_input,
)
from mmseg.inference.predictor import PageArrays
from mmseg.layout import ErosionParams
from mmseg.layout.read import region_options
from mmseg.utils import InputError

NORM = dict(mean=[100., 110., 120.], std=[20., 30., 40.], to_rgb=True)


def config(transforms=(), **test_cfg):
    """A config whose test pipeline fits pages into 48 x 36."""
    return mmcv.Config(dict(
        model=dict(test_cfg=test_cfg),
        data=dict(test=dict(pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='MultiScaleFlipAug', img_scale=(48, 36), flip=False, transforms=[
                dict(type='Resize', keep_ratio=True), dict(type='RandomFlip'),
                dict(type='Normalize', **NORM), *transforms,
                dict(type='ImageToTensor', keys=['img']),
                dict(type='Collect', keys=['img'])])]))))


@pytest.fixture
def pages():
    """Pages in BGR: one that is made smaller, one that is made larger, landscape and portrait."""
    rng = np.random.default_rng(0)
    return [cv2.GaussianBlur(rng.integers(0, 255, (*size, 3), np.uint8), (0, 0), 2)
            for size in ((60, 100), (20, 31), (60, 100), (90, 44))]


@pytest.fixture
def export(make_model, page, tmp_path):
    """Return a function that writes a model and returns it with the file."""

    def write(kind, graph=None, cfg=None, fixed=False, **model):
        model = make_model(**model)
        model.cfg, graph = cfg or config(), graph or Graph()
        model.test_cfg = model.cfg.model.test_cfg
        if graph.normalization:
            page_ = (page * 25).to(torch.uint8)
        else:
            page_ = page
        info = describe_trace(model, model.cfg, graph)
        if fixed:
            info = with_input(info, page.shape[2:], pages=1)
        path = tmp_path / f'model.{kind}'
        if kind == 'pt':
            save_traced(trace_segmentor(model, page_, graph), path, info)
        else:
            save_onnx(export_onnx(model, page_, graph, any_size=not fixed), path, info)
        return model, path

    return write


GRAPHS = [Graph(), Graph(output='logits'), Graph(normalization=normalization(config()))]


@pytest.mark.parametrize('kind', ['pt', 'onnx'])
@pytest.mark.parametrize('graph', GRAPHS, ids=['scores', 'logits', 'normalising'])
def test_same_scores_as_the_model(export, pages, kind, graph):
    model, path = export(kind, graph)
    predictor = ExportedPredictor(path)
    assert (predictor.classes, predictor.page_classes) == (('red', 'green', 'blue'),
                                                           ('warm', 'cold'))
    found = predictor.predict(pages)
    for page, wanted in zip(found, inference_segmentor(model, pages, scores=True), strict=True):
        assert isinstance(page, PageArrays) and page.seg.dtype == np.float32
        assert page.seg.shape == wanted.seg.shape
        np.testing.assert_allclose(page.seg, wanted.seg, atol=1e-5)
        np.testing.assert_allclose(page.cls, wanted.cls, atol=1e-5)
    assert found[0].seg.std() > 0.01  # flat scores would agree whatever they are


def test_sliding_windows_are_those_of_the_model(export, pages):
    model, path = export('onnx', cfg=config(mode='slide', crop_size=(20, 24), stride=(12, 16)))
    for page, wanted in zip(ExportedPredictor(path).predict(pages),
                            inference_segmentor(model, pages, scores=True), strict=True):
        np.testing.assert_allclose(page.seg, wanted.seg, atol=1e-5)
        np.testing.assert_allclose(page.cls, wanted.cls, atol=1e-5)


def test_a_single_channel(export, pages):
    model, path = export('pt', cls_head=False, head='SingleChannelHead')
    found, = ExportedPredictor(path).predict(pages[:1])
    wanted, = inference_segmentor(model, pages[0], scores=True)
    assert found.cls is None and found.seg.shape == (1, 60, 100)
    np.testing.assert_allclose(found.seg, wanted.seg, atol=1e-5)


def test_a_fixed_file_takes_pages_of_any_size(export, pages):
    _, path = export('onnx', fixed=True)
    for page, found in zip(pages, ExportedPredictor(path).predict(pages)):
        assert found.seg.shape == (3, *page.shape[:2])
        np.testing.assert_allclose(found.seg.sum(axis=0), 1, atol=1e-5)


def test_regions_of_shrunk_labels_grow_back(export):
    cfg = config()
    cfg.data.train = dict(pipeline=[dict(type='LabelErosion', per_class={1: dict(pixels=2)})])
    _, path = export('pt', cfg=cfg)
    erosion = region_options(ExportedPredictor(path)).erosion
    assert erosion == ErosionParams({1: ('pixels', 2)}, None)
    assert region_options(ExportedPredictor(export('pt')[1])).erosion is None


def test_what_a_predictor_cannot_take(export, tmp_path, pages):
    (tmp_path / 'notes.onnx').write_text('hello')
    with pytest.raises(InputError, match='ONNX Runtime does not take .*notes.onnx'):
        ExportedPredictor(tmp_path / 'notes.onnx')
    with pytest.raises(InputError, match='gone.pt not found'):
        ExportedPredictor(tmp_path / 'gone.pt')
    torch.save({'state_dict': {}}, tmp_path / 'checkpoint.pth')
    with pytest.raises(InputError, match='checkpoint.pth is not a file of a traced network'):
        ExportedPredictor(tmp_path / 'checkpoint.pth')
    _, path = export('pt', Graph(output='pred'))
    with pytest.raises(InputError, match='labels without scores; export it with --output scores'):
        ExportedPredictor(path)
    _, path = export('pt', cfg=config([dict(type='Pad', size_divisor=32)]))
    with pytest.raises(InputError, match='does not say how a page becomes its input'):
        ExportedPredictor(path)
    _, path = export('pt')
    with pytest.raises(InputError, match=r'\(H, W, 3\) uint8 in BGR, got \(60, 100\)'):
        ExportedPredictor(path).predict([pages[0][..., 0]])


@pytest.mark.parametrize('run', [
    lambda img: [][0], lambda img: [], lambda img: [img, 'warm'],
    lambda img: torch.ones(2) @ torch.ones(3)])
def test_a_file_that_gives_something_else_is_a_sentence(export, pages, run):
    predictor = ExportedPredictor(export('pt')[1])
    predictor.network.run = run
    with pytest.raises(InputError, match='does not give what its description says for pages of'):
        predictor.predict(pages[:1])


def test_onnx_from_elsewhere_without_a_json(export, tmp_path):
    import onnx

    _, path = export('onnx')
    proto = onnx.load(str(path))
    del proto.metadata_props[:]
    onnx.save(proto, str(path))
    assert ExportedPredictor(path).classes == ('red', 'green', 'blue')  # of the JSON next to it
    (tmp_path / 'model.json').unlink()
    with pytest.raises(InputError, match='model.json is missing'):
        ExportedPredictor(path)
