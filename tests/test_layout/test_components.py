"""Parts of a label map, and parts that grow back."""
import numpy as np
import pytest

from mmseg.core.components import Box
from mmseg.core.erosion import ErosionParams
from mmseg.datasets.pipelines.layout import LabelErosion
from mmseg.layout.components import find_components, unclip_offset
from mmseg.utils.runs import label_parts

TEXT, TABLE = 2, 3


def page(*boxes, size=(60, 80)):
    """A label map with (label, left, top, right, bottom)."""
    labels = np.zeros(size, np.uint8)
    for label, left, top, right, bottom in boxes:
        labels[top:bottom, left:right] = label
    return labels


def test_parts_by_class_with_eight_neighbours():
    labels = page((TEXT, 2, 2, 6, 6), (TEXT, 6, 6, 9, 9), (TABLE, 9, 2, 12, 8))
    found = find_components(labels)
    assert found.labels.tolist() == [0, TEXT, TABLE]
    assert found.boxes[1:] == [Box(2, 2, 9, 9), Box(9, 2, 12, 8)]
    assert (found.ids == 1).sum() == 25 and (found.ids == 2).sum() == 18
    assert found.mask(1).sum() == 25


def test_specks_short_lines_and_ignored_pixels_are_not_parts():
    labels = page((TEXT, 0, 0, 5, 5), (TEXT, 20, 20, 25, 26), (4, 0, 40, 9, 44),
                  (4, 20, 40, 60, 42), (255, 60, 0, 80, 20))
    found = find_components(labels, min_area=30, min_lengths={4: 10})
    assert found.boxes[1:] == [Box(20, 20, 25, 26), Box(20, 40, 60, 42)]
    assert set(np.unique(found.ids)) == {0, 1, 2}


def test_a_class_may_have_a_larger_smallest_area():
    labels = page((TEXT, 0, 0, 5, 6), (TABLE, 20, 0, 25, 6), (TABLE, 20, 20, 30, 30))
    found = find_components(labels, min_area=30, min_areas={TABLE: 100})
    assert found.boxes[1:] == [Box(0, 0, 5, 6), Box(20, 20, 30, 30)]
    # the larger of both counts
    assert len(find_components(labels, min_area=31, min_areas={TABLE: 20}).labels) == 2


def test_parts_that_are_known_are_not_looked_for():
    parts = label_parts(page((TEXT, 2, 2, 6, 6), (TABLE, 10, 2, 14, 8)))
    found = find_components(np.zeros((60, 80), np.uint8), min_area=20, parts=parts)
    assert found.labels.tolist() == [0, TABLE] and found.boxes[1:] == [Box(10, 2, 14, 8)]
    assert (found.ids == 1).sum() == 24


@pytest.mark.parametrize('way', [
    dict(pixels=2), dict(pixels=4), dict(vatti_ratio=.6), dict(vatti_ratio=.9), dict(ratio=.8)])
def test_growing_undoes_label_erosion(way):
    labels = page((TEXT, 5, 5, 45, 35), (TABLE, 50, 10, 78, 55))
    erosion = LabelErosion(**way)
    eroded = erosion.erode(labels)
    assert (eroded != labels).any()
    found = find_components(eroded, erosion=ErosionParams(erosion.methods))
    grown = found.labels[found.ids]
    # whole pixels were taken off, so fractions of one are lost
    assert found.boxes[1:] == [pytest.approx(box, abs=1)
                               for box in ((5, 5, 45, 35), (50, 10, 78, 55))]
    if 'pixels' in way:
        assert np.array_equal(grown, labels)


def test_touching_parts_stay_two_and_share_nothing():
    """Two lines of text that touch: the erosion of labels drove them apart."""
    labels = page((TEXT, 5, 10, 75, 20), (TEXT, 5, 20, 75, 30))
    eroded = page((TEXT, 7, 12, 73, 18), (TEXT, 7, 22, 73, 28))
    found = find_components(eroded, erosion=ErosionParams({TEXT: ('pixels', 2)}))
    assert found.boxes[1:] == [Box(5, 10, 75, 20), Box(5, 20, 75, 30)]
    assert ((found.ids > 0) == (labels > 0)).all()
    # where they would grow into each other, each takes the half that is nearer
    further = find_components(eroded, erosion=ErosionParams({TEXT: ('pixels', 5)}))
    assert further.boxes[1] == Box(2, 7, 78, 20) and further.boxes[2] == Box(2, 20, 78, 33)


def test_parts_do_not_grow_over_others_that_stay():
    labels = page((TEXT, 10, 10, 50, 20), (4, 0, 22, 80, 24))
    found = find_components(labels, erosion=ErosionParams({TEXT: ('pixels', 6)}))
    assert found.boxes[1].bottom <= 22 and (found.ids == 2).sum() == 160
    assert found.boxes[2] == Box(0, 22, 80, 24)


def test_pixels_are_those_of_the_page_that_was_eroded():
    labels = page((TEXT, 20, 20, 40, 30), size=(60, 80))
    # pages were resized to fit (40, 40) before the erosion: this one to half its size
    found = find_components(labels, erosion=ErosionParams({TEXT: ('pixels', 2)}, scale=(40, 40)))
    assert found.boxes[1] == Box(16, 16, 44, 34)


def test_a_part_below_the_area_of_specks_counts_as_grown():
    labels = page((TEXT, 20, 20, 24, 24))
    erosion = ErosionParams({TEXT: ('pixels', 3)})
    assert find_components(labels, min_area=100, erosion=erosion).boxes[1] == Box(17, 17, 27, 27)
    found = find_components(labels, min_area=101, erosion=erosion)
    assert len(found.labels) == 1 and not found.ids.any()


def test_parts_one_pixel_wide_and_at_the_edge_of_the_page_grow():
    labels = page((TEXT, 10, 10, 30, 11), (TEXT, 79, 50, 80, 51))
    found = find_components(labels, erosion=ErosionParams({TEXT: ('pixels', 2)}))
    assert found.boxes[1] == Box(8, 8, 32, 13)
    assert found.boxes[2] == Box(77, 48, 80, 53)
    bent = page((TEXT, 10, 10, 12, 11), (TEXT, 12, 11, 13, 20))
    found = find_components(bent, erosion=ErosionParams({TEXT: ('pixels', 3)}))
    assert found.boxes[1] == pytest.approx((7, 7, 16, 23), abs=1)


def test_holes_shrink_when_a_part_grows():
    labels = page((TEXT, 10, 10, 50, 50))
    labels[20:40, 20:40] = 0
    found = find_components(labels, erosion=ErosionParams({TEXT: ('pixels', 3)}))
    assert found.boxes[1] == Box(7, 7, 53, 53)
    assert (found.ids == 0)[23:37, 23:37].all() and (found.ids[7:53, 7:53] == 0).sum() == 14 * 14


def test_the_offset_of_a_rectangle():
    # 40 x 20: A = 800, L = 120; r = 0.5 gives d = 800 * 0.75 / 120 = 5, which leaves 30 x 10
    assert unclip_offset(('vatti_ratio', .5), np.array(300.), np.array(80.)) == pytest.approx(5)
    assert unclip_offset(('pixels', 2), np.array(300.), np.array(80.), unit=1.5) == 3
