"""The picture of where a network looks."""
import cv2
import numpy as np

from mmseg.apis import init_segmentor
from mmseg.utils.checkpoint import save_atomically


def test_the_picture(command_line, config_file, tmp_path):
    save_atomically(dict(state_dict=init_segmentor(config_file, device='cpu').state_dict()),
                    tmp_path / 'model.pth')
    cv2.imwrite(str(tmp_path / 'page.png'), np.full((60, 40, 3), 200, np.uint8))
    said = command_line('tools/class_activation.py', tmp_path / 'page.png', config_file,
                        tmp_path / 'model.pth', '--page-type', '--out-file', tmp_path / 'heat.png')
    assert said.code == 0 and 'of the page' in said.out
    picture = cv2.imread(str(tmp_path / 'heat.png'))
    assert picture.shape[1] > 3 * 600 and picture.shape[0] > 900
    said = command_line('tools/class_activation.py', tmp_path / 'page.png', config_file,
                        tmp_path / 'model.pth')
    assert said.code == 2 and 'one of the arguments --target --target-category' in said.err
    for targets in (['--target', '1', '--target', '0'], ['--target-category', '1', '0']):
        said = command_line('tools/class_activation.py', tmp_path / 'page.png', config_file,
                            tmp_path / 'model.pth', *targets, '--out-file', tmp_path / 'two.png',
                            '--target-layers', 'backbone.layer1', 'backbone.layer4')
        assert said.code == 0 and len([line for line in said.out.splitlines()
                                       if line.endswith('two.png')]) == 4
        height, width = cv2.imread(str(tmp_path / 'two.png')).shape[:2]
        assert (height, width) == (4 * picture.shape[0], picture.shape[1])
