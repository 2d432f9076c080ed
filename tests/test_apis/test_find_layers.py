"""The search for layers on small pages."""
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mmseg.apis import find_layers as module
from mmseg.apis import init_segmentor
from mmseg.apis.evaluate import evaluate_checkpoint
from mmseg.apis.find_layers import find_layers
from mmseg.core.evaluation.report import write_json
from mmseg.inference import PageLogits
from mmseg.models.segmentors.encoder_decoder import EncoderDecoder
from mmseg.utils.checkpoint import save_atomically
from mmseg.utils.config import load_config
from mmseg.utils.errors import InputError


def ink_and_edges(model, img, metas):
    """Logits of a page by its darkness and its edges, which a resize smooths away."""
    grey = img.mean(dim=1)
    edges = 6 * (grey - F.avg_pool2d(grey, 5, 1, 2)).abs()
    return PageLogits(torch.stack([grey, .3 - grey, edges - 1, 1 - grey.abs(), edges - grey], 1),
                      img.new_zeros(len(img), 2))


@pytest.fixture
def checkpoint(config_file, tmp_path, monkeypatch):
    """A network whose answers differ from scale to scale."""
    monkeypatch.setattr(EncoderDecoder, 'encode_decode', ink_and_edges)
    model = init_segmentor(config_file, device='cpu')
    save_atomically(dict(state_dict=model.state_dict(), meta={}), tmp_path / 'model.pth')
    return str(tmp_path / 'model.pth')


def test_what_is_found_is_what_a_test_with_it_scores(config_file, checkpoint):
    found = find_layers(load_config(str(config_file)), checkpoint, [1.0, 0.5])
    assert found.scales == (0.5, 1.0) and found.layers and found.pages == 3
    assert found.sets == [(0.5, ), (1.0, ), (0.5, 1.0)]
    scores = {}
    for name, layers in (('before', None), ('after', found.layers)):
        cfg = load_config(str(config_file))
        cfg.data.test.pipeline[1].img_ratios = [0.5, 1.0]
        cfg.model.test_cfg = dict(mode='whole', layers=layers)
        scores[name] = evaluate_checkpoint(cfg, checkpoint, metrics=['mIoU'])
    for name, iou in (('before', found.before), ('after', found.after)):
        assert scores[name]['mIoU'] == pytest.approx(np.nanmean(iou), abs=5e-5)
        for index, label in enumerate(found.classes):
            assert scores[name][f'IoU.{label}'] == pytest.approx(iou[index], abs=5e-5, nan_ok=True)
    assert scores['after']['mIoU'] > scores['before']['mIoU']
    np.testing.assert_array_equal(found.table[2, 2], found.before)  # all scales for text, too


def test_the_line_is_one_for_a_config(config_file, checkpoint, tmp_path):
    found = find_layers(load_config(str(config_file)), checkpoint, [0.5, 1.0])
    file = tmp_path / 'layered.py'
    file.write_text(f"_base_ = '{config_file}'\n{found.line}\n")
    assert load_config(str(file)).model.test_cfg.layers == found.layers
    write_json(found.report(), tmp_path / 'found.json')
    assert 'with these layers' in found.text()


def test_counting_again_where_not_all_was_counted(config_file, checkpoint, monkeypatch):
    exact = find_layers(load_config(str(config_file)), checkpoint, [0.5, 1.0])
    recounts = []
    recount = module._recount

    def watched(pages, counts, choices):
        recounts.append(recount(pages, counts, choices))
        return recounts[-1]

    monkeypatch.setattr(module, '_recount', watched)
    monkeypatch.setattr('mmseg.inference.layer_search.most_rivals', lambda *_: 2)
    found = find_layers(load_config(str(config_file)), checkpoint, [0.5, 1.0])
    assert len(recounts) == 1
    np.testing.assert_allclose(found.before, exact.before)


@pytest.mark.parametrize('scales, message', [
    (None, 'tests at a single scale.*--scales 0.5 1.0 1.5'), ([1.0], 'at a single scale'),
    ([1.0, 1.0], 'different ratios above 0, got 1, 1'), ([0, 1], 'above 0, got 0, 1')])
def test_scales_that_leave_no_choice(config_file, scales, message):
    with pytest.raises(InputError, match=message):
        find_layers(load_config(str(config_file)), 'model.pth', scales)


def test_a_pipeline_without_scales(config_file):
    cfg = load_config(str(config_file))
    cfg.data.val.pipeline = [dict(type='LoadImageFromFile')]
    with pytest.raises(InputError, match='data.val.pipeline does not have'):
        find_layers(cfg, 'model.pth', [0.5, 1.0])
