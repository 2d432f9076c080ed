"""The networks in the package still read pages as they did when they were made."""
import json

import cv2
import numpy as np
import pytest

from mmseg import weights
from mmseg.apis import CheckpointPredictor, init_segmentor
from mmseg.cli import main
from mmseg.core.evaluation import mean_iou
from mmseg.corpora.sample_pages import CLASSES, PAGE_CLASSES, sample_page

PAGES = range(6)
# mIoU in percent and right page types on these pages
SCORES = {'page-lite0': (72.08, 6)}


@pytest.fixture(scope='module')
def pages():
    return [sample_page(index, seed=11, size=768, style='rich') for index in PAGES]


def test_every_network_has_scores():
    assert tuple(SCORES) == weights.names()


@pytest.mark.parametrize('name', SCORES)
def test_scores_to_a_tenth_of_a_point(name, pages):
    network = CheckpointPredictor(name, device='cpu')
    assert network.classes == CLASSES and network.page_classes == PAGE_CLASSES
    found = network.predict([image for image, _, _ in pages])
    scores = mean_iou([page.seg.argmax(axis=0) for page in found],
                      [label for _, label, _ in pages], len(CLASSES), 255)
    right = sum(int(np.argmax(page.cls)) == kind for page, (_, _, kind) in zip(found, pages))
    miou, types = SCORES[name]
    assert abs(100 * float(np.mean(scores['IoU'])) - miou) < 0.1
    assert right == types


def test_a_name_is_a_whole_network():
    model = init_segmentor(weights.names()[0], device='cpu')
    assert tuple(model.CLASSES) == CLASSES and tuple(model.PAGE_CLASSES) == PAGE_CLASSES


def test_layout_without_a_network_takes_the_default(tmp_path, pages, capsys):
    cv2.imwrite(str(tmp_path / 'page.png'), pages[0][0])
    main(['layout', str(tmp_path / 'page.png'), '--out', str(tmp_path / 'out'), '--device', 'cpu'])
    assert '1 page' in capsys.readouterr().out
    layout = json.loads((tmp_path / 'out/page.json').read_text())
    assert any(region['name'] == 'text' for region in layout['pages'][0]['regions'])


def test_fine_tuning_starts_from_a_name(tmp_path):
    data, work_dir = str(tmp_path / 'data'), tmp_path / 'tuned'
    main(['sample-pages', data, '--train', '2', '--val', '1', '--size', '300'])
    main(['train', 'page-lite0', '--work-dir', str(work_dir), '--no-validate',
          '--seed', '0', '--cfg-options', f'data_root={data}', 'runner.max_iters=1',
          'checkpoint_config.interval=1', 'data.samples_per_gpu=2', 'data.workers_per_gpu=0'])
    assert (work_dir / 'iter_1.pth').is_file()
    assert "load_from = 'page-lite0'" in (work_dir / 'page-lite0.py').read_text()
