"""Parts of text pixels are split into lines where rows have no ink."""
import numpy as np
from shapely.geometry import box

from mmseg.layout.ink import split_lines


def test_each_part_is_split_into_its_own_lines():
    image = np.full((100, 200), 250, np.uint8)
    for top in (12, 32, 62):  # letters of 8 rows, 4 columns wide
        for left in range(12, 90, 8):
            image[top:top + 8, left:left + 4] = 20
    image[62:70, 110:180:8] = 20
    parts = [box(10, 10, 92, 42), box(10, 60, 92, 72), box(105, 50, 185, 80), box(10, 80, 92, 98)]
    two, low, one, blank = split_lines(parts, image, np.eye(2))
    # halfway between the rows of ink, which end at 20 and begin at 32
    assert [line.bounds for line in two] == [(10, 10, 92, 26), (10, 26, 92, 42)]
    assert (low, one, blank) == ([parts[1]], [parts[2]], [parts[3]])
    assert split_lines([], image, np.eye(2)) == []
