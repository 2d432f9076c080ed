"""Confusion matrices out of results on disk."""
import json
import pickle

import cv2
import numpy as np
import pytest
from PIL import Image

pytest.importorskip('matplotlib')

from mmseg.core.visualization.matrix import draw_confusion
from mmseg.utils.plotting import pyplot

TOOL = 'tools/confusion_matrix.py'
CONFIG = """
data = dict(test=dict(type='CustomDataset', data_root={root!r}, img_dir='images', ann_dir='labels',
                      classes={classes!r}, reduce_zero_label={reduce}, pipeline=[]))
"""


@pytest.fixture
def two_pages(tmp_path):
    """Labels of two pages of 2 x 3 pixels, 0 being background."""
    for name, label in (('a', [[0, 1, 1], [2, 2, 2]]), ('b', [[0, 0, 1], [1, 2, 255]])):
        for folder in ('images', 'labels'):
            (tmp_path / folder).mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / 'images' / f'{name}.jpg'), np.zeros((2, 3, 3), np.uint8))
        Image.fromarray(np.array(label, np.uint8)).save(tmp_path / 'labels' / f'{name}.png')
    return tmp_path


def config(folder, classes, reduce=False):
    file = folder / 'config.py'
    file.write_text(CONFIG.format(root=str(folder), classes=classes, reduce=reduce))
    return file


def results(folder, *maps):
    (folder / 'results.pkl').write_bytes(pickle.dumps([np.array(found) for found in maps]))
    return folder / 'results.pkl'


def counts(folder):
    return json.loads((folder / 'out' / 'confusion_matrix.json').read_text())['pixels']


def test_a_background_that_is_left_out_is_left_out_once(command_line, two_pages):
    # 1 and 2 are the classes 0 and 1; predictions are of these already
    pkl = results(two_pages, [[0, 0, 1], [1, 1, 1]], [[1, 1, 0], [0, 0, 0]])
    said = command_line(TOOL, config(two_pages, ['figure', 'text'], True), pkl, two_pages / 'out')
    assert said.code == 0 and '25.0 % of figure is taken for text' in said.out
    # figure: 2 of a, 2 of b, one of them taken for text; text: 3 of a, 1 of b taken for figure
    assert counts(two_pages) == [[3, 1], [1, 3]]
    plt = pyplot()
    figure = draw_confusion(plt, np.array([[3, 1], [1, 1200]]), ['figure', 'text'], '')
    axis = figure.axes[0]
    assert [label.get_text() for label in axis.get_yticklabels()] == ['figure (4)', 'text (1,201)']
    assert [cell.get_text() for cell in axis.texts] == ['75.0\n3', '25.0\n1', '0.1\n1',
                                                        '99.9\n1,200']
    picture = cv2.imread(str(two_pages / 'out' / 'confusion_matrix.png'))
    # the ends of 'winter' are blue and green; 75 and 25 % lie between
    assert (picture == (160, 191, 0)).all(axis=2).any()  # 75 %: (0, .75, .625)


PAGE_TYPES = """
data = dict(test=dict(type='PageTypeDataset', data_root={root!r}, data_prefix='pages',
                      ann_file='types.json', classes=('form', 'letter'), multi_label={several}))
"""


@pytest.mark.parametrize('several', [False, True])
def test_page_types_of_a_classifier(command_line, tmp_path, several):
    (tmp_path / 'pages').mkdir()
    labels = dict(a=0, b=0, c=1, d=1)
    for name in labels:
        cv2.imwrite(str(tmp_path / f'pages/{name}.png'), np.zeros((2, 3, 3), np.uint8))
    (tmp_path / 'types.json').write_text(json.dumps(
        {name: [label] if several else label for name, label in labels.items()}))
    (tmp_path / 'config.py').write_text(PAGE_TYPES.format(root=str(tmp_path), several=several))
    pkl = results(tmp_path, [.9, .1], [.2, .8], [.4, .6], [.3, .7])
    said = command_line(TOOL, tmp_path / 'config.py', pkl, tmp_path / 'out')
    if several:
        assert said.code == 1 and 'pages of several types have no confusion matrix' in said.err
        return
    assert said.code == 0 and '50.0 % of form is taken for letter' in said.out
    assert json.loads((tmp_path / 'out/confusion_matrix.json').read_text()) == dict(
        page_classes=['form', 'letter'], pages=[[1, 1], [0, 2]])
    assert (tmp_path / 'out/confusion_matrix_page_types.png').is_file()
    assert not (tmp_path / 'out/confusion_matrix.png').exists()
    said = command_line(TOOL, tmp_path / 'config.py', results(tmp_path, [.9, .1]),
                        tmp_path / 'out')
    assert said.code == 1 and 'expected 2 scores for each of 4 pages' in said.err


def test_label_maps_in_a_folder(command_line, two_pages):
    cfg = config(two_pages, ['background', 'figure', 'text'])
    folder = two_pages / 'maps'
    folder.mkdir()
    Image.fromarray(np.zeros((2, 3), np.uint8)).save(folder / 'a.png')
    said = command_line(TOOL, cfg, folder, two_pages / 'out')
    assert said.code == 1 and 'no label map for b.jpg' in said.err
    assert not (two_pages / 'out').exists()
    np.save(folder / 'b.npy', np.full((2, 3), 2))
    assert command_line(TOOL, cfg, folder, two_pages / 'out').code == 0
    assert counts(two_pages) == [[1, 0, 2], [2, 0, 2], [3, 0, 1]]


def test_results_of_a_test_with_page_types(command_line, config_file, tmp_path):
    import torch

    from mmseg.apis import init_segmentor
    torch.save(dict(state_dict=init_segmentor(config_file, device='cpu').state_dict()),
               tmp_path / 'model.pth')
    assert command_line('tools/test.py', config_file, tmp_path / 'model.pth', '--out',
                        tmp_path / 'results.pkl').code == 0
    said = command_line(TOOL, config_file, tmp_path / 'results.pkl', tmp_path / 'out', '--title',
                        'Pages', '--color-theme', 'Blues')
    assert said.code == 0 and 'confusion_matrix_page_types.png' in said.out
    written = json.loads((tmp_path / 'out' / 'confusion_matrix.json').read_text())
    assert np.sum(written['pages']) == 3 and written['page_classes'] == ['document', 'slide']
    assert (tmp_path / 'out' / 'confusion_matrix_page_types.png').stat().st_size > 5000


@pytest.mark.parametrize('options, message', [
    (['--color-theme', 'wintre'], "no colour map 'wintre' (did you mean 'winter'?)"),
    (['--show'], 'no window can open here')])
def test_mistakes_are_one_sentence(command_line, two_pages, monkeypatch, options, message):
    monkeypatch.delenv('DISPLAY', raising=False)
    pkl = results(two_pages, np.zeros((2, 3), int), np.zeros((2, 3), int))
    said = command_line(TOOL, config(two_pages, ['figure', 'text'], True), pkl, two_pages / 'out',
                        *options)
    assert said.code == 1 and message in said.err
    assert not (two_pages / 'out').exists()
