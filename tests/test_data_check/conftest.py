"""A good little data set, and ways to spoil it."""
import json

import mmcv
import numpy as np
import pytest
from PIL import Image

from mmseg.data_check import check_config

CLASSES = ('background', 'figure', 'text')
TRAIN, VAL = ('a', 'b', 'c', 'd'), ('e', 'f')


class Pages:
    """Pages a to d for training and e, f for validation in VOC layout, 64x96 (width x height)."""

    def __init__(self, root):
        self.root = root
        for folder in ('JPEGImages', 'SegmentationClassPNG', 'ImageSets/Segmentation'):
            (root / folder).mkdir(parents=True)
        (root / 'class_names.txt').write_text('\n'.join(CLASSES))
        (root / 'cls_label.json').write_text(json.dumps({f'{name}.jpg': 0 for name in 'abcdef'}))
        self.split('train', TRAIN)
        self.split('val', VAL)
        for seed, name in enumerate(TRAIN + VAL):
            # blocks of 8x8 pixels, different on each page
            blocks = np.random.RandomState(seed).randint(0, 256, (12, 8), dtype=np.uint8)
            Image.fromarray(blocks).resize((64, 96), Image.NEAREST).save(self.image(name))
            mask = np.zeros((96, 64), np.uint8)
            mask[8:40, 8:56] = 2
            mask[48:80, 8:56] = 1
            self.write_mask(name, mask)

    def image(self, name):
        return self.root / 'JPEGImages' / f'{name}.jpg'

    def mask(self, name):
        return self.root / 'SegmentationClassPNG' / f'{name}.png'

    def write_mask(self, name, values):
        Image.fromarray(values).save(self.mask(name))

    def change_mask(self, name, change):
        self.write_mask(name, change(np.array(Image.open(self.mask(name)))))

    def split(self, name, pages):
        (self.root / f'ImageSets/Segmentation/{name}.txt').write_text('\n'.join(pages))

    def page_labels(self, labels):
        (self.root / 'cls_label.json').write_text(json.dumps(labels))

    def part(self, split='train', **kwargs):
        return {'type': 'LayoutDataset', 'data_root': str(self.root), 'split': split,
                'pipeline': [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')],
                **kwargs}

    def config(self, **data):
        parts = dict(train=self.part(), val=self.part('val'), test=self.part('val'))
        return mmcv.Config(dict(data={**parts, **data}))

    def check(self, cfg=None, **kwargs):
        return check_config(cfg or self.config(), **kwargs)


@pytest.fixture
def good(tmp_path):
    return Pages(tmp_path)

