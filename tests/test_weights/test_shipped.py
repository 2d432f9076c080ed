"""The networks in the package still read pages as they did when they were made."""
import json

import cv2
import numpy as np
import pytest

from mmseg import weights
from mmseg.apis import CheckpointPredictor, init_segmentor, open_predictor
from mmseg.cli import main
from mmseg.core.evaluation import mean_iou
from mmseg.core.visualization import fonts
from mmseg.corpora.sample_pages import CLASSES, PAGE_CLASSES, sample_page
from mmseg.export import ExportedPredictor
from mmseg.export.packaged import describe_packaged
from mmseg.utils.errors import InputError

PAGES = range(6)
# mIoU in percent and right page types on these pages
SCORES = {'page-lite0': (75.66, 6)}


@pytest.fixture(scope='module')
def pages():
    with pytest.MonkeyPatch.context() as patch:
        # with Pillow's own font: machines have others
        patch.setattr(fonts, 'find_font', lambda names: None)
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


@pytest.mark.parametrize('name', SCORES)
@pytest.mark.parametrize('backend, same', [('onnxruntime', .9999), ('int8', .97)])
def test_exported_files_give_the_labels_of_the_network(name, backend, same, pages):
    images = [image for image, _, _ in pages]
    network, exported = (open_predictor(name, backend=kind) for kind in ('pytorch', backend))
    assert isinstance(network, CheckpointPredictor) and isinstance(exported, ExportedPredictor)
    for attribute in ('classes', 'palette', 'page_classes', 'erosion', 'line_options'):
        assert getattr(exported, attribute) == getattr(network, attribute), attribute
    pairs = list(zip(network.predict(images), exported.predict(images)))
    shares = [(one.seg.argmax(0) == other.seg.argmax(0)).mean() for one, other in pairs]
    assert np.mean(shares) >= same
    for one, other in pairs:
        assert one.cls == pytest.approx(other.cls, abs=1e-4 if backend == 'onnxruntime' else .05)
        # an IoU of text lines, which depend on scores near the threshold
        first, second = (page.lines > .3 for page in (one, other))
        assert (first & second).sum() >= same * .9 * (first | second).sum()


@pytest.mark.parametrize('name', SCORES)
def test_exported_files_say_what_the_config_says(name):
    # after a change of the config: mmseg make-weights, or the files answer as before the change
    network = init_segmentor(name, device='cpu')
    for kind, (file, _) in weights.find_weights(name).exported.items():
        assert ExportedPredictor(file).info == describe_packaged(network, kind == 'int8')


def test_onnx_runtime_runs_a_name_on_a_cpu_where_it_is_installed(monkeypatch):
    name = weights.default_name()
    assert isinstance(open_predictor(), ExportedPredictor)
    monkeypatch.setattr('mmseg.apis.predictors.find_spec', lambda package: None)
    assert isinstance(open_predictor(name), CheckpointPredictor)
    with pytest.raises(InputError, match='runs with pytorch, onnxruntime, int8, not tensorrt'):
        open_predictor(name, backend='tensorrt')
    with pytest.raises(InputError, match='a config goes with the backend pytorch'):
        open_predictor(name, config='page-lite0', backend='int8')
