import cv2
import numpy as np
import pytest

from mmseg.inference import PageBoxes
from mmseg.layout import RegionOptions, page_layout
from mmseg.utils.errors import InputError

CLASSES = ('background', 'figure', 'text', 'table', 'validline')


def page(*rows, size=(200, 160)):
    """Boxes of rows (class, score, left, top, right, bottom)."""
    return PageBoxes(np.array([row[2:] for row in rows], np.float32).reshape(-1, 4),
                     np.array([CLASSES.index(row[0]) for row in rows], int),
                     np.array([row[1] for row in rows], np.float32), size)


def test_results_by_class_become_one_list():
    result = [np.zeros((0, 5)), np.array([[1, 2, 3, 4, .5]]), np.zeros((0, 5)),
              np.array([[0, 0, 9, 2, .75], [0, 4, 9, 6, .25]])]
    found = PageBoxes.of_result(result, (20, 10))
    assert found.labels.tolist() == [2, 4, 4]
    assert found.scores.tolist() == [.5, .75, .25]
    assert found.boxes.tolist() == [[1, 2, 3, 4], [0, 0, 9, 2], [0, 4, 9, 6]]


def test_boxes_are_regions_in_reading_order():
    layout = page_layout(page(('table', .6, 10, 120, 150, 190), ('figure', .9, 10, 10, 150, 100)),
                         CLASSES)
    assert [(region.name, region.box, region.confidence) for region in layout.regions] == [
        ('figure', (10, 10, 150, 100), pytest.approx(.9)),
        ('table', (10, 120, 150, 190), pytest.approx(.6))]
    assert layout.size == (200, 160)
    assert layout.page_type is None


def test_weak_boxes_and_specks_are_left_out():
    boxes = page(('figure', .2, 10, 10, 150, 100), ('figure', .9, 10, 120, 11, 121),
                 ('validline', .9, 10, 150, 14, 152), ('table', .9, 10, 160, 80, 190))
    assert [region.name for region in page_layout(boxes, CLASSES).regions] == ['table']
    weak = page_layout(boxes, CLASSES, options=RegionOptions(box_score=.1))
    assert [region.name for region in weak.regions] == ['figure', 'table']


def test_of_two_boxes_in_one_place_the_better_one_is_a_region():
    layout = page_layout(page(('figure', .5, 10, 10, 150, 100), ('table', .8, 10, 10, 150, 104),
                              ('text', .4, 10, 10, 150, 60)), CLASSES)
    assert sorted(region.name for region in layout.regions) == ['table', 'text']


def test_a_box_stops_at_the_border_of_the_page():
    layout = page_layout(page(('figure', .5, -4, -2, 170, 100)), CLASSES)
    assert layout.regions[0].box == (0, 0, 160, 100)


def test_separators_have_a_centreline():
    layout = page_layout(page(('validline', .9, 10, 50, 150, 54), ('validline', .9, 100, 60, 104,
                                                                   190)), CLASSES)
    lines = {tuple(map(tuple, region.centreline)): region.thickness for region in layout.regions}
    assert lines == {((10, 52), (150, 52)): 4, ((102, 60), (102, 190)): 4}


def test_text_has_the_lines_that_its_ink_shows():
    image = np.full((200, 160, 3), 255, np.uint8)
    for top in (20, 50, 80):
        cv2.rectangle(image, (15, top), (140, top + 10), (0, 0, 0), cv2.FILLED)
    boxes = page(('text', .9, 10, 10, 150, 100))
    region = page_layout(boxes, CLASSES, image=image).regions[0]
    assert len(region.lines) == 3
    assert [round(line.box[1]) for line in region.lines] == sorted(
        round(line.box[1]) for line in region.lines)
    assert len(page_layout(boxes, CLASSES).regions[0].lines) == 1


def test_the_score_of_boxes_is_checked():
    with pytest.raises(InputError, match='box_score is a score between 0 and 1, got 2'):
        RegionOptions(box_score=2)
