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


def write_voc(folder):
    """Write the folder: pages a, b, c; split train (a, b) and val (c); page classes 0, 1, 0."""
    for name in ('JPEGImages', 'SegmentationClassPNG', 'ImageSets/Segmentation'):
        (folder / name).mkdir(parents=True)
    for number, (name, values) in enumerate(LABELS.items()):
        grey = np.full((4, 6, 3), 50 * (number + 1), dtype=np.uint8)
        Image.fromarray(grey).save(folder / 'JPEGImages' / f'{name}.jpg')
        write_mask(folder / 'SegmentationClassPNG' / f'{name}.png', values)
    (folder / 'ImageSets/Segmentation/train.txt').write_text('a\nb\n')
    (folder / 'ImageSets/Segmentation/val.txt').write_text('c\n')
    (folder / 'cls_label.json').write_text(json.dumps({'a.jpg': 0, 'b': 1, 'c.jpg': 0}))


@pytest.fixture
def voc(tmp_path):
    """The folder that :func:`write_voc` writes."""
    write_voc(tmp_path)
    return tmp_path
