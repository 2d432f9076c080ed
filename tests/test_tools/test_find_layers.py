"""The search for layers, as a user starts it."""
import json

from mmseg.apis import init_segmentor
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
