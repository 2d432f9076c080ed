"""A folder of three small pages in VOC layout."""
import json

import numpy as np
import pytest
from PIL import Image

# label maps (4, 6), worth counting by hand
LABELS = {
    'a': [[0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1], [2, 2, 2, 3, 3, 3], [2, 2, 2, 3, 3, 255]],
    'b': [[0] * 6, [0] * 6, [0] * 6, [4] * 6],
    'c': [[0] * 6, [1] * 6, [1] * 6, [0] * 6],
}


def write_mask(path, values, mode='P'):
    picture = Image.fromarray(np.array(values, dtype=np.uint8), mode='L')
    if mode == 'P':
        # all 256 colours: Pillow saves fewer bits a pixel for a shorter palette
        picture.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0] + [7] * 753 + [224, 224, 192] * 2)
    picture.save(path)


@pytest.fixture
def voc(tmp_path):
    """The folder: pages a, b, c; split train (a, b) and val (c); page classes 0, 1, 0."""
    for name in ('JPEGImages', 'SegmentationClassPNG', 'ImageSets/Segmentation'):
        (tmp_path / name).mkdir(parents=True)
    for number, (name, values) in enumerate(LABELS.items()):
        grey = np.full((4, 6, 3), 50 * (number + 1), dtype=np.uint8)
        Image.fromarray(grey).save(tmp_path / 'JPEGImages' / f'{name}.jpg')
        write_mask(tmp_path / 'SegmentationClassPNG' / f'{name}.png', values)
    (tmp_path / 'ImageSets/Segmentation/train.txt').write_text('a\nb\n')
    (tmp_path / 'ImageSets/Segmentation/val.txt').write_text('c\n')
    (tmp_path / 'cls_label.json').write_text(json.dumps({'a.jpg': 0, 'b': 1, 'c.jpg': 0}))
    return tmp_path
