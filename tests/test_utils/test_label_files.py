import io

import numpy as np
from PIL import Image

from mmseg.utils.label_files import label_png, write_label_map

LABEL = np.array([[0, 1, 2], [255, 1, 0]], np.uint8)


def test_labels_come_back_with_their_colours():
    picture = Image.open(io.BytesIO(label_png(LABEL, [(0, 0, 0), (9, 8, 7)])))
    assert picture.mode == 'P' and np.array_equal(np.array(picture), LABEL)
    colours = np.array(picture.convert('RGB'))
    assert colours[0, 1].tolist() == [9, 8, 7] and colours[0, 2].tolist() == [0, 0, 0]
    assert label_png(LABEL, [(0, 0, 0)])[24] == 8  # bits a pixel, also for few colours


def test_without_a_palette_it_is_grey(tmp_path):
    write_label_map(tmp_path / 'new' / 'label.png', LABEL.astype(np.int64))
    picture = Image.open(tmp_path / 'new' / 'label.png')
    assert picture.mode == 'L' and np.array_equal(np.array(picture), LABEL)
    assert [path.name for path in (tmp_path / 'new').iterdir()] == ['label.png']
