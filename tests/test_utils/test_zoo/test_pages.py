"""Pages and metafiles of the methods of 0.x's model zoo."""
import re
from pathlib import Path

import pytest
import yaml

from mmseg.cli import main
from mmseg.utils.errors import UnknownNameError
from mmseg.utils.zoo import zoo_names
from mmseg.utils.zoo.pages import metafile, method_page, zoo_methods

CONFIGS = Path(__file__).parents[3] / 'configs'
ZOO = 'https://download.openmmlab.com/mmsegmentation/v0.5'
PSPNET = ('pspnet/pspnet_r50-d8_512x1024_40k_cityscapes/'
          'pspnet_r50-d8_512x1024_40k_cityscapes_20200605_003338-2966598c.pth')


def test_the_pages_in_configs_are_those_of_the_tables():
    papers = dict(re.findall(r'^\| \[\w+\]\((\w+)\) \| (.+) \|$',
                             (CONFIGS / 'README.md').read_text(encoding='utf-8'), re.M))
    old = [method for method in zoo_methods()
           if (CONFIGS / method / 'README.md').read_text(encoding='utf-8')
           != method_page(method, method, papers[method])]
    assert old == [], 'python tools/zoo_pages.py writes them'


def test_every_composed_config_has_a_row_in_the_page_of_its_folder():
    pages = {method: (CONFIGS / method / 'README.md').read_text(encoding='utf-8')
             for method in zoo_methods()}
    assert [name for name, folder in zoo_names().items()
            if not re.search(rf'^\| \[?{re.escape(name)}[ \]]', pages[folder], re.M)] == []


@pytest.mark.parametrize('method, row', [
    ('pspnet', '| pspnet_r50-d8_512x1024_40k_cityscapes | Cityscapes | 40000 | 77.85 | 79.18 | '
               f'[file]({ZOO}/{PSPNET}) |'),
    ('fastscnn', '| [fast_scnn_lr0.12_512x512_160k_ade20k](fast_scnn_lr0.12_512x512_160k_ade20k.py)'
                 ' | ADE20K | 160000 | – | – | – |'),
    ('pspnet', '| pspnet_r50-d8_512x1024_40k_dark | Dark Zurich | 40000 | – | – | – |')])
def test_a_row_says_what_the_name_and_the_zoo_say(method, row):
    assert row in method_page(method, method, 'A paper').splitlines()


def test_vessels_are_scored_by_dice():
    assert 'The scores are mIoU (Dice for the data sets of vessels) in' in method_page(
        'unet', 'unet', '')
    model = metafile('unet')['Models'][0]
    assert model['Name'] == 'deeplabv3_unet_s5-d16_128x128_40k_chase_db1'
    assert model['Results'] == [{'Task': 'Semantic Segmentation', 'Dataset': 'CHASE_DB1',
                                 'Metrics': {'mDice': 80.47}}]


def test_metafile_of_a_method(capsys, tmp_path):
    main(['config', '--metafile', 'pspnet'])
    printed = yaml.safe_load(capsys.readouterr().out)
    assert len(printed['Models']) == 54
    assert {model['Name']: model for model in printed['Models']}[
        'pspnet_r50-d8_512x1024_40k_cityscapes'] == {
            'Name': 'pspnet_r50-d8_512x1024_40k_cityscapes', 'In Collection': 'pspnet',
            'Metadata': {'crop size': '(512,1024)', 'lr schd': 40000},
            'Results': [{'Task': 'Semantic Segmentation', 'Dataset': 'Cityscapes',
                         'Metrics': {'mIoU': 77.85, 'mIoU(ms+flip)': 79.18}}],
            'Config': 'configs/pspnet/pspnet_r50-d8_512x1024_40k_cityscapes.py',
            'Weights': f'{ZOO}/{PSPNET}'}
    main(['config', '--metafile', 'pspnet', '--out', str(tmp_path / 'pspnet.yml')])
    assert yaml.safe_load((tmp_path / 'pspnet.yml').read_text(encoding='utf-8')) == printed


def test_a_wrong_method_gets_the_nearest_ones():
    with pytest.raises(UnknownNameError, match="no method 'psp_net'; the nearest are pspnet"):
        metafile('psp_net')
