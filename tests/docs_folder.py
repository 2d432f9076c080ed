"""A folder in which the documents' commands find what they name, small enough to run them all."""
import re
import shutil

import cv2
import numpy as np
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from mmseg.corpora.sample_pages import make_sample_pages, sample_page

from .test_corpora.test_annotations import test_corpora as corpora
from .test_corpora.test_annotations.test_labelme import shape, write
from .test_corpora.test_archives import originals

SIZE = 128
COPIED = ('configs', 'demo', 'docs', 'tools', 'trace_tools')
# What makes a training long: pages, crops, iterations, processes.
SHORTER = [(r'(crop_size ?= ?|\bsize=)\(\d+, \d+\)', r'\1(64, 64)'),
           (r'img_scale( ?= ?)\(\d+, \d+\)', rf'img_scale\1({SIZE}, {SIZE})'),
           (r'max_iters=\d+', 'max_iters=2'), (r'max_epochs=\d+', 'max_epochs=1'),
           (r'samples_per_gpu=\d+', 'samples_per_gpu=2'), (r'\binterval=\d+', 'interval=2'),
           (r'workers_per_gpu=\d+', 'workers_per_gpu=0')]
THIN = """
model['backbone'].update(stem_channels=8, base_channels=4, strides=(1, 2, 2, 2),
                         dilations=(1, 1, 1, 1))
model['decode_head'].update(in_channels=32, channels=8, c1_in_channels=4, c1_channels=4,
                            dilations=(1, 2, 3, 4))
model['auxiliary_head'].update(in_channels=16, channels=4)
"""
LINE = 'Pages of documents have lines of text in their middle and more below'


def make_folder(folder, repository):
    """Fill ``folder`` with the tools, shortened configs, and data under their documented names."""
    _copy(folder, repository)
    make_sample_pages(str(folder / 'data/mine'), 5, 3, seed=0, size=SIZE)
    _rename(folder / 'data/mine', 'val_00000', 'page_001')
    (folder / 'FOLDER').symlink_to('data/mine')
    for name in ('page', 'page_001', 'page_002'):
        shutil.copy(folder / 'data/mine/JPEGImages/page_001.jpg', folder / f'{name}.jpg')
    _page_types(folder)
    _papers(folder / 'papers')
    _labelled_scans(folder / 'scans/labelled')
    _video(folder / 'talk.avi')
    _corpora(folder)
    _data_sets_of_0x(folder)


def _copy(folder, repository):
    for name in COPIED:
        shutil.copytree(repository / name, folder / name,
                        ignore=shutil.ignore_patterns('__pycache__'))
    (folder / 'mmseg').symlink_to(repository / 'mmseg')
    base = folder / 'configs/_base_'
    for file in [*(folder / 'configs/layout').glob('*.py'), *base.glob('datasets/layout*.py'),
                 *base.glob('datasets/page_types.py'), *base.glob('schedules/page_types_*.py'),
                 *(folder / 'configs/deformable_detr').glob('*_layout.py'),
                 *(folder / 'configs/classification').glob('*.py'),
                 base / 'schedules/layout_20k.py', base / 'default_runtime.py']:
        text = file.read_text()
        for pattern, short in SHORTER:
            text = re.sub(pattern, short, text)
        file.write_text(text)
    with (base / 'models/layout_deeplabv3plus_r18.py').open('a') as model:
        model.write(THIN)
    # the larger one under its name: its weights would only cost time
    (folder / 'configs/layout/deeplabv3plus_r50-d16_512x512_20k_layout.py').write_text(
        "_base_ = './deeplabv3plus_r18-d16_512x512_20k_layout.py'\n")


def _rename(root, old, new):
    """Call a page by another name, wherever it is named."""
    for file in [*root.glob(f'*/{old}.*')]:
        file.rename(file.with_name(new + file.suffix))
    for file in [root / 'cls_label.json', *root.glob('ImageSets/Segmentation/*.txt')]:
        file.write_text(file.read_text().replace(old, new))


def _page_types(folder):
    """Documents and slides in a folder each, and some of which the type alone is known."""
    for part, count in (('train', 4), ('val', 2)):
        for kind in ('document', 'slide'):
            there = folder / 'data/types' / part / kind
            there.mkdir(parents=True)
            for number in range(count):
                shutil.copy(folder / 'page.jpg', there / f'{number}.jpg')
    only = folder / 'data/page_types_only'
    (only / 'JPEGImages').mkdir(parents=True)
    shutil.copy(folder / 'page.jpg', only / 'JPEGImages/a.jpg')
    (only / 'cls_label.json').write_text('{"a.jpg": "document"}')


def _papers(folder):
    """Documents of one and two columns with a rule and a picture, and one of slides."""
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 40, 3), np.uint8))
    for name, size in (('one', (500, 700)), ('two', (500, 700)), ('slides/talk', (640, 400))):
        file = folder / f'{name}.pdf'
        file.parent.mkdir(parents=True, exist_ok=True)
        canvas = Canvas(str(file), pagesize=size, invariant=True)
        for page in range(2):
            canvas.setFont('Helvetica', 11)
            for number in range(8):
                canvas.drawString(50, size[1] - 60 - 14 * number, f'{name} {page} {number} {LINE}')
            canvas.line(50, size[1] - 200, size[0] - 50, size[1] - 200)
            canvas.drawInlineImage(picture, 60, 60, 150, 100)
            canvas.showPage()
        canvas.save()


def _labelled_scans(folder):
    for index, name in enumerate(('a', 'b', 'c')):
        picture, _, page_type = sample_page(index, size=SIZE)
        height, width = picture.shape[:2]
        write(folder, shape('text', [[5, 5], [width - 5, height // 3]], 'rectangle'),
              shape('table', [[5, height // 2], [width - 5, height - 5]], 'rectangle'),
              name=f'{name}.json', imagePath=f'{name}.jpg', imageWidth=width, imageHeight=height)
        cv2.imwrite(str(folder / f'{name}.jpg'), picture)


def _video(file):
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter_fourcc(*'MJPG'), 5, (SIZE, SIZE))
    for shade in (60, 120, 180):
        writer.write(np.full((SIZE, SIZE, 3), shade, np.uint8))
    writer.release()


def _corpora(folder):
    for name, make in (('publaynet', corpora.publaynet), ('prima', corpora.prima),
                       ('iiit', corpora.iiit_ar_13k), ('slides', corpora.slides)):
        make(folder / name, lambda *arguments: None, None)


def _data_sets_of_0x(folder):
    downloads, data = folder / 'downloads', folder / 'data'
    for make in (originals.chase_db1, originals.drive, originals.hrf, originals.stare):
        make(downloads)
    for name in ('potsdam', 'vaihingen'):
        getattr(originals, name)(downloads / name)
    originals.loveda(downloads / 'loveDA')
    originals.isaid(downloads / 'iSAID')
    originals.cityscapes(data / 'cityscapes')
    originals.coco_stuff10k(data / 'coco_stuff10k')
    originals.coco_stuff164k(data / 'coco_stuff164k')
    originals.voc_devkit(data / 'VOCdevkit')
    originals.sbd(data / 'VOCdevkit/VOCaug')
    _, regions = originals.pascal_context(data / 'VOCdevkit')
    regions.rename(data / 'VOCdevkit/VOC2010' / regions.name)
