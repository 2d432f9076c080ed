"""What stands in a traced file beside the network, and files that are none."""
import pytest
import torch

from mmseg.export import (
    TraceInfo,
    describe_trace,
    load_traced,
    preparation,
    save_traced,
    trace_segmentor,
)
from mmseg.utils import InputError

PIPELINE = [
    dict(type='LoadImageFromFile'),
    dict(type='MultiScaleFlipAug', img_scale=(768, 1024), flip=False, transforms=[
        dict(type='Resize', keep_ratio=True),
        dict(type='RandomFlip'),
        dict(type='Normalize', mean=[1, 2, 3], std=[4, 5, 6.5], to_rgb=True),
        dict(type='ImageToTensor', keys=['img']),
        dict(type='Collect', keys=['img'])])]


def test_preparation_of_a_pipeline():
    assert preparation(PIPELINE) == {'scale': (768, 1024, 1), 'mean': (1, 2, 3),
                                     'std': (4, 5, 6.5), 'to_rgb': (1,)}


def test_a_pipeline_with_further_steps_has_no_short_form():
    padded = [PIPELINE[0], dict(PIPELINE[1], transforms=[
        *PIPELINE[1]['transforms'], dict(type='Pad', size_divisor=32)])]
    assert preparation(padded) == {}


def test_file_gives_back_network_and_info(make_model, page, tmp_path):
    model = make_model()
    views = dict(scales=(0.5, 1), flip=True, layers={'green': 1.0})
    traced = trace_segmentor(model, page, **views)
    save_traced(traced, tmp_path / 'new' / 'model.pt', describe_trace(model, PIPELINE, **views))
    loaded, info = load_traced(tmp_path / 'new' / 'model.pt')
    assert info == TraceInfo(
        classes=('red', 'green', 'blue'), page_types=('warm', 'cold'), scales=(0.5, 1.0),
        flip=True, layers={'green': (1.0,)}, preparation=preparation(PIPELINE))
    assert all(torch.equal(a, b) for a, b in zip(loaded(page), traced(page)))
    assert [path.name for path in (tmp_path / 'new').iterdir()] == ['model.pt']


def test_info_without_names():
    assert TraceInfo.from_files(TraceInfo().to_files()) == TraceInfo()


def test_without_cls_head_there_are_no_page_types(make_model):
    assert describe_trace(make_model(cls_head=False)).page_types == ()


def test_the_old_file_survives_a_failed_write(make_model, page, tmp_path, monkeypatch):
    (tmp_path / 'model.pt').write_text('old')

    def full_disk(module, path, _extra_files):
        open(path, 'w').write('half')
        raise RuntimeError('no space left')

    monkeypatch.setattr(torch.jit, 'save', full_disk)
    with pytest.raises(InputError, match='cannot write .*model.pt .no space left'):
        save_traced(trace_segmentor(make_model(), page), tmp_path / 'model.pt', TraceInfo())
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {'model.pt': 'old'}


def test_what_is_no_traced_file(tmp_path):
    with pytest.raises(InputError, match='gone.pt not found'):
        load_traced(tmp_path / 'gone.pt')
    torch.save({'state_dict': {}}, tmp_path / 'checkpoint.pth')
    with pytest.raises(InputError, match='checkpoint.pth is no file of a traced network'):
        load_traced(tmp_path / 'checkpoint.pth')
