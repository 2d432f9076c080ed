"""Each corpus as it is released, small: converted by its tool and read by its config."""
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmseg.datasets import LayoutDataset, MixedDataset, build_dataset
from mmseg.utils.config import load_config

from .conftest import drawn, write_image
from .test_labelme import shape, write
from .test_xml_files import NEW, OLD, VOC

CONFIGS = Path(__file__).parents[3] / 'configs'
RANDOM = ('Resize', 'RandomCrop', 'RandomFlip')
EMPTY = '........'


def polygon(x0, y0, x1, y1):
    return [[x0, y0, x1, y0, x1, y1, x0, y1]]


def coco(folder, file, image, categories, *regions, **more):
    """A COCO file of one image of 8x5 pixels; each region is (category, its keys)."""
    write_image(folder / image, 8, 5)
    content = dict(
        images=[dict(id=3, file_name=Path(image).name, width=8, height=5, **more)],
        annotations=[dict(dict(id=number, image_id=3, iscrowd=0, area=1, category_id=category),
                          **keys) for number, (category, keys) in enumerate(regions)],
        categories=[dict(supercategory='', id=number, name=name)
                    for number, name in categories.items()])
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(json.dumps(content))
    return folder / file, (folder / image).parent


def publaynet(folder, run, out):
    files = coco(folder, 'train.json', 'train/PMC1_00001.jpg',
                 {1: 'text', 2: 'title', 3: 'list', 4: 'table', 5: 'figure'},
                 (5, dict(segmentation=polygon(4, 0, 8, 3), bbox=[4, 0, 4, 3])),
                 (2, dict(segmentation=polygon(0, 0, 3, 1), bbox=[0, 0, 3, 1])),
                 (3, dict(segmentation=polygon(3.2, 2, 5, 3), bbox=[3.2, 2, 1.8, 1])),
                 (4, dict(segmentation=polygon(0, 4, 8, 5), bbox=[0, 4, 8, 1])))
    run('coco_layout', *files, out, '--map', 'publaynet')
    return ['ttt.ffff', '....ffff', '...ttfff', EMPTY, 'bbbbbbbb'], 'document'


def doclaynet(folder, run, out):
    names = ['Caption', 'Footnote', 'Formula', 'List-item', 'Page-footer', 'Page-header', 'Picture',
             'Section-header', 'Table', 'Text', 'Title']
    files = coco(folder, 'COCO/train.json', 'PNG/0a1b.png', dict(enumerate(names, start=1)),
                 (7, dict(segmentation=polygon(0, 0, 4, 2), bbox=[0, 0, 4, 2])),
                 (9, dict(segmentation=polygon(5, 0, 8, 2), bbox=[5, 0, 3, 2])),
                 (5, dict(segmentation=polygon(2, 4, 6, 5), bbox=[2, 4, 4, 1])),
                 doc_category='patents', collection='ann_reports_00_04_fancy', doc_name='x.pdf',
                 page_no=9, precedence=0)
    run('coco_layout', *files, out, '--map', 'doclaynet')
    return ['ffff.bbb', 'ffff.bbb', EMPTY, EMPTY, '..tttt..'], 'document'


def d4la(folder, run, out):
    files = coco(folder, 'json/train.json', 'train_images/51.png',
                 {1: 'DocTitle', 17: 'Table', 18: 'Figure', 12: 'RegionKV', 13: 'Regionlist'},
                 (18, dict(segmentation=[], bbox=[0, 0, 2, 5])),
                 (12, dict(segmentation=[], bbox=[3, 0, 5, 2])),
                 (17, dict(segmentation=[], bbox=[3, 3, 5, 1])))
    run('coco_layout', *files, out, '--map', 'd4la')
    return ['ff.ttttt', 'ff.ttttt', 'ff......', 'ff.bbbbb', 'ff......'], None


def m6doc(folder, run, out):
    files = coco(folder, 'annotations/instances_train2017.json', 'train2017/a_1.jpg',
                 {0: '_background_', 1: 'QR code', 2: 'advertisement', 53: 'sealing line',
                  48: 'paragraph', 71: 'underscore', 63: 'table'},
                 (53, dict(segmentation=polygon(1, 0, 2, 5), bbox=[1, 0, 1, 5])),
                 (48, dict(segmentation=polygon(0, 0, 4, 2), bbox=[0, 0, 4, 2])),
                 (1, dict(segmentation=polygon(6, 3, 7, 4), bbox=[6, 3, 1, 1])),
                 (2, dict(segmentation=polygon(5, 2, 8, 5), bbox=[5, 2, 3, 3])))
    run('coco_layout', *files, out, '--map', 'm6doc')
    return ['t-tt....', 't-tt....', '.-...xxx', '.-...xfx', '.-...xxx'], 'document'


def tablebank(folder, run, out):
    files = coco(folder, 'annotations/tablebank_word_train.json', 'images/a_0.jpg', {1: 'table'},
                 (1, dict(segmentation=polygon(1, 1, 7, 3), bbox=[1, 1, 6, 2])))
    run('coco_layout', *files, out, '--map', 'tablebank')
    return ['xxxxxxxx', 'xbbbbbbx', 'xbbbbbbx', 'xxxxxxxx', 'xxxxxxxx'], 'document'


def cdla(folder, run, out):
    write_image(folder / 'train/train_0001.jpg', 8, 5)
    write(folder / 'train', shape('Figure', [[0, 0], [4, 0], [4, 3], [0, 3]]),
          shape('Figure caption', [[0, 3], [4, 3], [4, 4], [0, 4]]),
          shape('Equation', [[6, 0], [8, 0], [8, 1], [6, 1]]),
          shape('__ignore__', [[7, 0], [8, 0], [8, 5], [7, 5]]),
          name='train_0001.json', imagePath='train_0001.jpg', imageWidth=8, imageHeight=5)
    run('labelme', folder / 'train', out, '--map', 'cdla')
    return ['ffff..tx', 'ffff...x', 'ffff...x', 'tttt...x', '.......x'], 'document'


def labelme(folder, run, out):
    write_image(folder / 'b.jpg', 8, 5)
    write(folder, shape('table', [[0, 0], [3, 2]], 'rectangle'),
          shape('validline', [[0, 4.5], [8, 4.5]], 'line'), name='b.json', imagePath='b.jpg',
          flags={'slide': True}, imageWidth=8, imageHeight=5)
    run('labelme', folder, out, '--line-width', 1)
    return ['bbb.....', 'bbb.....', EMPTY, EMPTY, '--------'], 'slide'


def prima(folder, run, out):
    for number, text in enumerate([OLD, NEW]):
        write_image(folder / f'Images/0000000{number}.tif', 8, 5)
        (folder / 'XML').mkdir(exist_ok=True)
        text = text.replace('scans/', '').replace('a.tif', f'0000000{number}.tif')
        (folder / 'XML' / f'pc-0000000{number}.xml').write_text(text)
    run('prima', folder / 'XML', folder / 'Images', out)
    return ['ttt.....', 'ttt.....', EMPTY, '--------', EMPTY], 'document'


def iiit_ar_13k(folder, run, out):
    write_image(folder / 'training_images/a.jpg', 8, 5)
    (folder / 'training_xml').mkdir()
    (folder / 'training_xml/a.xml').write_text(VOC.replace('a.tif', 'a.jpg'))
    run('voc_layout', folder / 'training_xml', folder / 'training_images', out)
    return ['xxxxxfff', 'xbbbxfff', 'xbbbxxxx', 'xxxxxxxx', 'xxxxxxxx'], 'document'


def slides(folder, run, out):
    write_image(folder / 'img/7.jpg', 8, 5)
    (folder / 'masks/7').mkdir(parents=True)
    for name, rows in (('title', [1, 0, 0, 0, 0]), ('diagram', [1, 1, 1, 0, 0])):
        mask = np.repeat(np.array(rows, np.uint8)[:, None] * 255, 8, axis=1)
        mask[:, :2] = 0
        Image.fromarray(mask).save(folder / f'masks/7/{name}.png')
    run('slides', folder / 'img', folder / 'masks', out)
    return ['..tttttt', '..ffffff', '..ffffff', EMPTY, EMPTY], 'slide'


CORPORA = [publaynet, doclaynet, d4la, m6doc, tablebank, cdla, labelme, prima, iiit_ar_13k, slides]


def first_page(dataset):
    """What the network would get of the first page: its labels without the padding, its type."""
    page = dataset[0]
    label = page['gt_semantic_seg'].data[0].numpy()
    assert (label[5:] == 255).all() and (label[:, 8:] == 255).all()
    assert page['img'].data.shape == (3, 512, 512)
    return drawn(label[:5, :8]), page['img_metas'].data['cls_label']


def without_chance(cfg):
    cfg.pipeline = [step for step in cfg.pipeline if step['type'] not in RANDOM]
    return cfg


@pytest.mark.parametrize('corpus', CORPORA, ids=lambda corpus: corpus.__name__)
def test_a_corpus_from_its_release_to_the_network(tmp_path, run_tool, corpus):
    out = tmp_path / 'out'
    expected, kind = corpus(tmp_path / 'in', run_tool, out)
    cfg = load_config(str(CONFIGS / f'_base_/datasets/layout_{corpus.__name__}.py'),
                      {'data_root': str(out)})
    assert cfg.data.val.data_root == cfg.data.test.data_root == str(out)
    dataset = build_dataset(without_chance(cfg.data.train))
    assert first_page(dataset) == (expected, {'document': 0, 'slide': 1, None: 255}[kind])
    evaluated = drawn(dataset.get_gt_seg_map_by_idx(0))
    assert evaluated == expected


def test_every_class_map_has_a_config():
    names = {corpus.__name__ for corpus in CORPORA}
    maps = Path(__file__).parents[3] / 'mmseg/corpora/annotations/maps'
    assert {path.stem for path in maps.glob('*.yaml')} == names
    assert {path.stem.removeprefix('layout_') for path in
            (CONFIGS / '_base_/datasets').glob('layout_*.py')} == {*names, 'lines', 'scanned'}


def test_corpora_mixed_by_the_config(tmp_path, run_tool):
    expected = {}
    for corpus in (labelme, publaynet, tablebank, slides):
        expected[corpus.__name__], _ = corpus(tmp_path / 'in' / corpus.__name__, run_tool,
                                              tmp_path / corpus.__name__)
    file = CONFIGS / 'layout/deeplabv3plus_r18-d16_mixed_512x512_20k_layout.py'
    train = load_config(str(file)).data.train
    for part in train.datasets:
        name = Path(part.data_root).name
        part.data_root = str(tmp_path / ('labelme' if name == 'layout' else name))
        without_chance(part)
    dataset = build_dataset(train)
    assert isinstance(dataset, MixedDataset) and isinstance(dataset.datasets[0], LayoutDataset)
    # one page each, in shares of 4, 2, 1, 1
    assert dataset.shares == [4, 2, 1, 1]
    pages = [dataset[index] for index in range(len(dataset))]
    assert [drawn(page['gt_semantic_seg'].data[0, :5, :8]) for page in pages] == [
        *[expected['labelme']] * 4, *[expected['publaynet']] * 2, expected['tablebank'],
        expected['slides']]
    assert [page['img_metas'].data['cls_label'] for page in pages] == [1] * 4 + [0, 0, 0, 1]
