"""The picture of where a network looks."""
import cv2
import numpy as np
import pytest

from mmseg.apis import init_segmentor
from mmseg.utils.checkpoint import save_atomically


def test_the_picture(command_line, config_file, tmp_path):
    save_atomically(dict(state_dict=init_segmentor(config_file, device='cpu').state_dict()),
                    tmp_path / 'model.pth')
    cv2.imwrite(str(tmp_path / 'page.png'), np.full((60, 40, 3), 200, np.uint8))
    said = command_line('tools/class_activation.py', tmp_path / 'page.png', config_file,
                        tmp_path / 'model.pth', '--page-type', '--save-path', tmp_path / 'heat.png')
    assert said.code == 0 and 'of the page' in said.out
    picture = cv2.imread(str(tmp_path / 'heat.png'))
    assert picture.shape[1] > 3 * 600 and picture.shape[0] > 900
    said = command_line('tools/class_activation.py', tmp_path / 'page.png', config_file,
                        tmp_path / 'model.pth')
    assert said.code == 1 and said.err.startswith('error: give --target, one of ')
    for targets in (['--target', '1', '--target', '0'], ['--target-category', '1', '0']):
        said = command_line('tools/class_activation.py', tmp_path / 'page.png', config_file,
                            tmp_path / 'model.pth', *targets, '--out-file', tmp_path / 'two.png',
                            '--target-layers', 'backbone.layer1', 'backbone.layer4')
        assert said.code == 0 and len([line for line in said.out.splitlines()
                                       if line.endswith('two.png')]) == 4
        height, width = cv2.imread(str(tmp_path / 'two.png')).shape[:2]
        assert (height, width) == (4 * picture.shape[0], picture.shape[1])


@pytest.mark.parametrize('words, name', [
    (['--target-category', '1'], 'slide'), (['--target-category', 'document'], 'document'),
    (['--page-type', 'slide'], 'slide'), ([], '')])
def test_the_classes_of_a_classifier_are_types_of_the_page(command_line, tmp_path, words, name):
    config = tmp_path / 'config.py'
    config.write_text("""
_base_ = 'configs/classification/resnet18_224x224_20e_page_types.py'
model = dict(backbone=dict(base_channels=4, stem_channels=4), head=dict(in_channels=32))
""")
    weights = init_segmentor(str(config), device='cpu').state_dict()
    save_atomically(dict(state_dict=weights, meta=dict(PAGE_CLASSES=['document', 'slide'])),
                    tmp_path / 'model.pth')
    cv2.imwrite(str(tmp_path / 'page.png'), np.full((60, 40, 3), 200, np.uint8))
    said = command_line('tools/class_activation.py', tmp_path / 'page.png', config,
                        tmp_path / 'model.pth', *words, '--save-path', tmp_path / 'heat.png')
    assert (said.code, said.err) == (0, '')
    line = said.out.splitlines()[-1]
    assert line.startswith(name) and 'of the page' in line
    assert (tmp_path / 'heat.png').is_file()
