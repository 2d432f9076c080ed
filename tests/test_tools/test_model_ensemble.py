"""The mean of several networks, as a user asks for it."""
import json

import numpy as np
import pytest
import torch
from PIL import Image

from mmseg.apis import init_segmentor
from mmseg.apis.ensemble import mean_scores
from mmseg.inference import PageScores

TOOL = 'tools/model_ensemble.py'
LAYOUT = ('background', 'figure', 'text', 'table', 'validline')


@pytest.fixture
def network(config_file, tmp_path):
    """A function that writes a network with these logits everywhere, of pixels and page types."""
    def write(name, seg, page, classes=LAYOUT):
        model = init_segmentor(config_file, device='cpu')
        for layer, logits in ((model.decode_head.conv_seg, seg), (model.cls_head.fc, page)):
            torch.nn.init.zeros_(layer.weight)
            layer.bias.data = torch.tensor(logits).log()
        file = tmp_path / f'{name}.pth'
        torch.save(dict(state_dict=model.state_dict(), meta=dict(CLASSES=classes)), file)
        return file
    return write


def test_scores_are_averaged_not_votes(command_line, network, config_file, pages, tmp_path):
    # two networks lean to figures, one is sure of text
    files = [network('a', [.1, .45, .4, .04, .01], [.6, .4]),
             network('b', [.1, .45, .4, .04, .01], [.6, .4]),
             network('c', [.02, .02, .9, .04, .02], [.1, .9])]
    out = tmp_path / 'out'
    said = command_line(TOOL, '--config', *[config_file] * 3, '--checkpoint', *files, '--out', out)
    assert said.code == 0 and '3 label maps of 3 networks' in said.out
    names = sorted(path.stem for path in out.glob('*.png'))
    split = (pages / 'ImageSets/Segmentation/val.txt').read_text().split()
    assert names == sorted(split)
    found = Image.open(out / f'{names[0]}.png')
    page = Image.open(next((pages / 'JPEGImages').glob(f'{names[0]}.*')))
    assert found.size == page.size and np.unique(np.asarray(found)).tolist() == [2]
    assert found.getpalette()[6:9] == [0, 128, 0]
    types = json.loads((out / 'page_types.json').read_text())[f'{names[0]}.png']
    assert types['label'] == 1 and types['name'] == 'slide'
    assert types['scores'] == pytest.approx([(.6 + .6 + .1) / 3, (.4 + .4 + .9) / 3], abs=1e-5)


def test_several_views(command_line, network, config_file, tmp_path):
    file = network('a', [.1, .2, .4, .2, .1], [.6, .4])
    said = command_line(TOOL, '--config', config_file, '--checkpoint', file, '--aug-test', '--out',
                        tmp_path / 'out')
    assert said.code == 0
    assert np.asarray(Image.open(next((tmp_path / 'out').glob('*.png')))).max() == 2


def test_a_network_without_page_types_does_not_water_them_down():
    one = PageScores(torch.tensor([[[.2]], [[.8]]]), torch.tensor([.3, .7]))
    other = PageScores(torch.tensor([[[.6]], [[.4]]]), None)
    mean = mean_scores([other, one])
    assert mean.seg.flatten().tolist() == pytest.approx([.4, .6])
    assert mean.cls.tolist() == pytest.approx([.3, .7])


def test_networks_that_do_not_go_together(command_line, network, config_file, tmp_path):
    files = [network('a', [.2] * 5, [.5, .5]),
             network('b', [.2] * 5, [.5, .5], ('background', 'text', 'figure', 'table', 'line'))]
    said = command_line(TOOL, '--config', config_file, config_file, '--checkpoint', *files,
                        '--out', tmp_path / 'out')
    assert said.code == 1 and 'need the same classes' in said.err and 'a.pth has' in said.err
    said = command_line(TOOL, '--config', config_file, '--checkpoint', *files)
    assert said.code == 1 and '1 configs and 2 checkpoints' in said.err
    assert not (tmp_path / 'out').exists()
