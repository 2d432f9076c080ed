"""Numbers that mmcls 0.25.0 gives, for weights drawn from names and for fixed inputs."""
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from mmseg.core.evaluation import page_scores
from mmseg.models import build_classifier
from mmseg.models.classifiers.augments import AUGMENT
from mmseg.models.classifiers.builder import build_part

VECTORS = json.loads((Path(__file__).parents[2] / 'data/classification_vectors.json').read_text())
LARGE = ('swin_tiny', 'vit_base')


def given(key):
    value = torch.tensor({'hard': [0, 3, 1, 1, 2], **VECTORS}[key])
    return value.float() if key == 'many' else value


@pytest.mark.parametrize('name', [
    pytest.param(name, marks=pytest.mark.slow if name in LARGE else ())
    for name in VECTORS['networks']])
def test_networks_have_the_names_and_logits_of_mmcls(name, filled, waves):
    vector = VECTORS['networks'][name]
    model = filled(build_classifier(vector['model']))
    state = model.state_dict()
    names = '\n'.join(f'{key} {list(value.shape)}' for key, value in sorted(state.items()))
    assert len(state) == vector['names']
    assert hashlib.sha256(names.encode()).hexdigest() == vector['sha256']
    img = waves(1, 3, vector['side'], vector['side'])
    with torch.no_grad():
        logits = model.logits(img)[0]
        scores, = model(img, return_loss=False)
    np.testing.assert_allclose(logits[:32], vector['logits'], rtol=1e-4,
                               atol=1e-4 * float(logits.std()))
    np.testing.assert_allclose(scores, logits.softmax(dim=0), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize('vector', VECTORS['losses'], ids=lambda v: str(v['cfg'])[:60])
def test_losses_are_those_of_mmcls(vector):
    options = dict(vector['kwargs'])
    if 'weight' in options:
        options['weight'] = torch.tensor([1., .5, 0., 2., 1.])
    found = build_part(vector['cfg'])(given('logits'), given(vector['label']), **options)
    np.testing.assert_allclose(found.ravel(), vector['value'], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize('vector', VECTORS['heads'], ids=lambda v: v['cfg']['type'])
def test_heads_give_the_losses_and_scores_of_mmcls(vector, filled, waves):
    cfg = {key: tuple(value) if key == 'topk' else value for key, value in vector['cfg'].items()}
    head = filled(build_part(cfg))
    features = waves(5, 6)
    inputs = ([features, features], ) if 'Vision' in cfg['type'] else (features, )
    losses = head.forward_train(inputs, given(vector['label']))
    losses.update(losses.pop('accuracy', {}))
    assert losses.keys() == vector['losses'].keys()
    np.testing.assert_allclose(losses['loss'].detach(), vector['losses']['loss'][0], rtol=1e-5)
    if cfg.get('cal_acc'):  # there logits below 0 never count as right
        assert (losses['top-1'], losses['top-3']) == (20, 80)
    np.testing.assert_allclose(np.ravel(head.simple_test(inputs)), vector['scores'], rtol=1e-5)


@pytest.mark.parametrize('vector', VECTORS['augments'], ids=lambda v: str(v['cfg'])[9:80])
def test_mixtures_are_those_of_mmcls_for_the_same_seeds(vector, waves):
    np.random.seed(3)
    torch.manual_seed(4)
    pages = waves(5, 3, 12, 10)
    img, label = AUGMENT.build(vector['cfg'])(pages.clone(), given('hard'))
    found = [img.sum(), img.abs().sum(), (img**3).sum(), img[0, 0, 5, 5], img[2, 1, 3, 7]]
    np.testing.assert_allclose(label.ravel(), vector['label'], rtol=1e-5)
    np.testing.assert_allclose(found, vector['img'], rtol=1e-4, atol=1e-4)


def test_measures_are_those_of_mmcls():
    scores, labels = np.array(VECTORS['scores']), np.array(VECTORS['labels'])
    wanted = VECTORS['metrics']
    assert [page_scores.accuracy_of_pages(scores, labels, k) for k in (1, 2)] == pytest.approx(
        wanted['accuracy'])
    assert [page_scores.accuracy_of_pages(scores, labels, 1, bar) for bar in (0., .5, .9)
            ] == pytest.approx(wanted['accuracy_thr'])
    found = page_scores.precision_recall_f1(scores, labels)
    assert list(found.values()) == pytest.approx(wanted['prf'])
    found = page_scores.precision_recall_f1(scores, labels, 'none', .5)
    np.testing.assert_allclose(list(found.values()), wanted['prf_none'], rtol=1e-5)
    assert page_scores.support_of_pages(labels, 4) == wanted['support']
    assert page_scores.support_of_pages(labels, 4, 'none').tolist() == wanted['support_none']
    assert page_scores.confusion_of_pages(scores, labels).tolist() == wanted['confusion']


def test_measures_of_several_types_a_page_are_those_of_mmcls():
    scores, labels = np.array(VECTORS['scores']), np.array(VECTORS['multi_labels'])
    wanted = VECTORS['metrics']
    assert page_scores.mean_average_precision(scores, labels) == pytest.approx(wanted['mAP'])
    assert list(page_scores.average_performance(scores, labels, .3).values()) == pytest.approx(
        wanted['thr'])
    assert list(page_scores.average_performance(scores, labels, k=2).values()) == pytest.approx(
        wanted['k'])
