"""One network and one picture."""
import cv2
import mmcv
import numpy as np
import pytest
import torch

from mmseg.apis import inference_segmentor, init_segmentor, show_result_pyplot
from mmseg.apis.inference import names_of_config
from mmseg.models.output_names import name_outputs
from mmseg.utils.errors import InputError


@pytest.fixture
def page(pages):
    return str(next((pages / 'JPEGImages').glob('*.jpg')))


def test_labels_and_scores_agree(config_file, page):
    model = init_segmentor(str(config_file), device='cuda:0')  # there may be none: then the CPU
    result, = inference_segmentor(model, page)
    scores, = inference_segmentor(model, cv2.imread(page), scores=True)
    height, width = cv2.imread(page).shape[:2]
    assert scores.seg.shape == (5, height, width)
    assert scores.seg.sum(axis=0) == pytest.approx(np.ones((height, width)), abs=1e-5)
    assert (scores.seg.argmax(axis=0) == result['seg_map']).mean() > .999
    assert scores.cls == pytest.approx(result['cls_scores'])
    assert result['cls_label'] == scores.cls.argmax()


def test_pages_of_any_size_in_one_list(config_file, page):
    model = init_segmentor(str(config_file), device='cpu')
    pages = [page, np.full((50, 90, 3), 255, np.uint8)]
    results = inference_segmentor(model, pages)
    assert [result['seg_map'].shape for result in results] == [
        cv2.imread(page).shape[:2], (50, 90)]


def test_a_config_without_a_network(tmp_path):
    (tmp_path / 'data.py').write_text('data = dict()')
    with pytest.raises(InputError, match=r"data.py has no 'model'"):
        init_segmentor(tmp_path / 'data.py', device='cpu')


def test_names_come_from_the_checkpoint(config_file, tmp_path):
    model = init_segmentor(str(config_file), device='cpu')
    assert model.CLASSES[4] == 'validline'  # those of the config's data set
    saved = dict(state_dict=model.state_dict(), meta=dict(CLASSES=list('abcde'), PALETTE=None))
    torch.save(saved, tmp_path / 'c.pth')
    assert init_segmentor(str(config_file), str(tmp_path / 'c.pth'), 'cpu').CLASSES == list('abcde')


def test_an_older_checkpoint_loads_without_a_word(config_file, tmp_path, recwarn, capsys):
    model = init_segmentor(str(config_file), device='cpu')
    state = {name.replace('cls_head.fc.', 'classify_head.2.'): value
             for name, value in model.state_dict().items()}
    state['classify_head.2.bias'] = torch.tensor([3., 4.])
    torch.save(dict(state_dict=state, meta={}), tmp_path / 'old.pth')
    capsys.readouterr()
    loaded = init_segmentor(str(config_file), str(tmp_path / 'old.pth'), 'cpu')
    assert loaded.cls_head.fc.bias.tolist() == [3., 4.]
    assert 'WARNING' not in capsys.readouterr().err and not recwarn.list


def test_a_checkpoint_of_another_network(config_file, tmp_path):
    torch.save(dict(state_dict={'other.weight': torch.ones(1)}), tmp_path / 'other.pth')
    with pytest.raises(InputError, match=r'other.pth does not fit .* are missing in the file'):
        init_segmentor(str(config_file), str(tmp_path / 'other.pth'), 'cpu')


def test_show_result_writes_a_picture(config_file, page, tmp_path):
    model = init_segmentor(str(config_file), device='cpu')
    result = inference_segmentor(model, page)
    show_result_pyplot(model, page, result, out_file=str(tmp_path / 'page.png'))
    painted, original = cv2.imread(str(tmp_path / 'page.png')), cv2.imread(page)
    assert painted.shape[1] == original.shape[1]


@pytest.mark.parametrize('content, message', [
    (None, 'gone.jpg not found'), (b'not a picture', 'gone.jpg cannot be read')])
def test_pictures_that_are_none(config_file, tmp_path, content, message):
    model = init_segmentor(str(config_file), device='cpu')
    if content:
        (tmp_path / 'gone.jpg').write_bytes(content)
    with pytest.raises(InputError, match=message):
        inference_segmentor(model, str(tmp_path / 'gone.jpg'))


@pytest.mark.parametrize('test, classes', [
    (dict(type='CustomDataset'), None), (dict(type='LayoutDataset'), 'background'),
    (dict(type='CityscapesDataset'), None), ({}, None),
    (dict(type='CustomDataset', classes=list('abcde')), 'a'),
    (dict(type='RepeatDataset', times=2, dataset=dict(type='LayoutDataset')), 'background'),
    ([dict(type='LayoutDataset')], 'background')])
def test_names_are_not_guessed_from_their_number(test, classes):
    model = torch.nn.Module()
    model.num_classes = 5
    name_outputs(model, *names_of_config(mmcv.Config(dict(data=dict(test=test)))))
    assert (model.CLASSES[0] if model.CLASSES else None) == classes
    assert model.PAGE_CLASSES is None


@pytest.mark.parametrize('count', [5, 19, 21, 150])
def test_no_names_of_other_data_sets(count):
    model = torch.nn.Module()
    model.num_classes = count
    name_outputs(model, *names_of_config(
        mmcv.Config(dict(data=dict(test=dict(type='CustomDataset'))))))
    assert model.CLASSES is None and model.PALETTE is None


def test_classes_in_a_file(tmp_path):
    (tmp_path / 'names.txt').write_text('paper\nletter\n')
    test = dict(type='CustomDataset', classes=str(tmp_path / 'names.txt'))
    assert names_of_config(mmcv.Config(dict(data=dict(test=test))))[0].CLASSES == [
        'paper', 'letter']
    test['classes'] = str(tmp_path / 'gone.txt')
    assert names_of_config(mmcv.Config(dict(data=dict(test=test))))[0].CLASSES is None
