"""The search for layers, as a user starts it."""
import json

import numpy as np
import torch

from mmseg.apis import init_segmentor
from mmseg.inference.found_layers import FoundLayers
from mmseg.utils.checkpoint import save_atomically

TOOL = 'tools/find_layers.py'


def test_tables_line_and_report(command_line, config_file, tmp_path):
    checkpoint = tmp_path / 'model.pth'
    save_atomically(dict(state_dict=init_segmentor(config_file, device='cpu').state_dict()),
                    checkpoint)
    said = command_line(TOOL, config_file, checkpoint, '--scales', 1.0, 0.5, '--out',
                        tmp_path / 'layers.json')
    assert said.code == 0
    assert 'whose test needs img_ratios=[0.5, 1]' in said.out
    assert 'model = dict(test_cfg=dict(layers={' in said.out and '0.5 1 (all)' in said.out
    report = json.loads((tmp_path / 'layers.json').read_text())
    assert report['pages'] == 3 and report['scales'] == [0.5, 1.0]
    assert report['mIoU'] >= report['mIoU_all_scales'] > 0
    assert [row['scales'] for row in report['same_scales_for_all']] == [[0.5], [1.0], [0.5, 1.0]]
    assert set(report['one_class_alone']) == {'background', 'figure', 'text', 'table', 'validline'}
    said = command_line(TOOL, config_file, checkpoint)
    assert said.code == 1 and 'tests at a single scale' in said.err


def test_nothing_is_recommended_where_no_scale_finds_a_class():
    iou = np.array([[.9, 0, np.nan], [.8, 0, 0], [.85, 0, 0]])
    found = FoundLayers(('background', 'text', 'table'), (.5, 1.), {}, iou[2], iou[2],
                        np.stack([iou] * 3), iou, [(.5, ), (1., ), (.5, 1.)], 4,
                        ('text', 'table'))
    assert found.text().endswith(
        'No scale finds text, table on these pages (IoU 0): their scales mean nothing; no layers '
        'are recommended, train the network first')
    some = found._replace(missing=('table', ))
    assert some.text().endswith('No scale finds table on these pages (IoU 0): their scales mean '
                                'nothing')
    assert 'No scale' not in found._replace(missing=()).text()


def test_a_network_that_sees_one_class_gets_no_layers(command_line, config_file, tmp_path):
    model = init_segmentor(config_file, device='cpu')
    torch.nn.init.zeros_(model.decode_head.conv_seg.weight)
    model.decode_head.conv_seg.bias.data[:] = torch.tensor([5., 0, 0, 0, 0])
    save_atomically(dict(state_dict=model.state_dict()), tmp_path / 'model.pth')
    said = command_line(TOOL, config_file, tmp_path / 'model.pth', '--scales', 1.0, 0.5)
    assert 'no layers are recommended, train the network first' in said.out
    assert 'layers={}' in said.out
