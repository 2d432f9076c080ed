"""Regions become pixels."""
import numpy as np
import pytest

from mmseg.corpora.annotations import Shape, fill_polygon, load_class_map, paint
from mmseg.corpora.annotations.rasterize import box_polygon, stroke_polygons

from .conftest import drawn


def filled(*outlines, size=(5, 6), inclusive=False):
    """Pixels of text in 5 rows of 6 pixels."""
    shape = Shape('text', [np.array(outline, float) for outline in outlines], inclusive=inclusive)
    return drawn(paint([shape], size, load_class_map('publaynet')).label)


def test_a_box_covers_the_pixels_between_its_corners():
    assert filled(box_polygon(1, 1, 3, 3)) == ['......', '.tt...', '.tt...', '......', '......']


def test_boxes_side_by_side_share_no_pixel_and_leave_none():
    left, right = box_polygon(0, 0, 2.5, 1), box_polygon(2.5, 0, 6, 1)
    masks = []
    for box in (left, right):
        (top, start), mask = fill_polygon(box, (5, 6))
        masks.append((top, start, mask.sum()))
    # the centre of pixel 2 lies right on the edge: it belongs to the right
    assert masks == [(0, 0, 2), (0, 2, 4)]


def test_centres_decide_by_hand():
    # the slanted edge from (0, 0) to (4, 4) goes right through the centres: they belong to the
    # region on its right
    triangle = [(0, 0), (4, 0), (4, 4)]
    assert filled(triangle) == ['tttt..', '.ttt..', '..tt..', '...t..', '......']
    # from (0.6, 0) on, centre 0.5 lies outside; up to 1.5 centre 1.5 does not belong any more
    assert filled(box_polygon(.6, 0, 1.5, 1))[0] == '......'
    assert filled(box_polygon(.5, 0, 1.6, 1))[0] == 'tt....'


@pytest.mark.parametrize('turn', [1, -1])
def test_the_direction_of_an_outline_makes_no_difference(turn):
    assert filled([(1, 1), (5, 1), (5, 4), (3, 4), (3, 2), (1, 2)][::turn]) == [
        '......', '.tttt.', '...tt.', '...tt.', '......']


def test_an_outline_that_crosses_itself_has_no_hole():
    twice = [*box_polygon(0, 0, 4, 4), *box_polygon(0, 0, 4, 4)]
    assert filled(twice)[:4] == ['tttt..'] * 4
    bow = [(0, 0), (6, 4), (6, 0), (0, 4)]
    assert filled(bow) == ['t....t', 'tt..tt', 'tt..tt', 't....t', '......']


def test_what_lies_outside_of_the_page_is_cut_off():
    assert filled(box_polygon(-10, -10, 2, 2)) == ['tt....', 'tt....', *['......'] * 3]
    assert filled(box_polygon(4, 3, 99, 99)) == [*['......'] * 3, '....tt', '....tt']
    page = paint([Shape('text', [box_polygon(10, 10, 20, 20)])], (5, 6),
                 load_class_map('publaynet'))
    assert page.outside == 1 and not page.regions and not page.label.any()


def test_outlines_that_name_pixels_belong_to_the_region():
    assert filled([(1, 1), (3, 1), (3, 3), (1, 3)], inclusive=True) == [
        '......', '.ttt..', '.ttt..', '.ttt..', '......']
    # a separator of one pixel
    assert filled([(0, 2), (5, 2), (5, 2), (0, 2)], inclusive=True)[2] == 'tttttt'


@pytest.mark.parametrize('width, rows', [(1, '-'), (2, '--'), (3, '---')])
def test_a_line_is_as_thick_as_it_is_said_to_be(width, rows):
    outlines = stroke_polygons(np.array([(1., 2.5), (5., 2.5)]), width)
    label = paint([Shape('validline', outlines)], (5, 6), load_class_map('labelme')).label
    columns = [''.join(column) for column in zip(*drawn(label), strict=True)]
    assert columns[1].strip('.') == rows and columns[0] == columns[5] == '.....'


def test_a_line_that_closes_is_a_frame():
    corners = np.array([(1, 1), (5, 1), (5, 4), (1, 4), (1, 1)], float)
    label = paint([Shape('validline', stroke_polygons(corners + .5, 1))], (6, 7),
                  load_class_map('labelme')).label
    assert drawn(label) == ['.......', '.-----.', '.-...-.', '.-...-.', '.-----.', '.......']


def test_separators_lie_over_all_in_the_stated_order():
    shapes = [Shape('validline', [box_polygon(0, 2, 6, 3)]), Shape('table', [box_polygon(
        1, 0, 5, 4)]), Shape('text', [box_polygon(0, 0, 2, 5)]), Shape('figure', [box_polygon(
            0, 0, 6, 5)])]
    for order in (shapes, shapes[::-1]):
        assert drawn(paint(order, (5, 6), load_class_map('labelme')).label) == [
            'tbbbbf', 'tbbbbf', '------', 'tbbbbf', 'ttffff']


def test_what_is_ignored_lies_above_or_below_as_the_map_says():
    shapes = [Shape('advertisement', [box_polygon(0, 0, 4, 2)]),
              Shape('figure', [box_polygon(2, 0, 6, 1)])]
    assert drawn(paint(shapes, (3, 6), load_class_map('m6doc')).label) == [
        'xxffff', 'xxxx..', '......']
    shapes[0].label = '__ignore__'
    assert drawn(paint(shapes, (3, 6), load_class_map('labelme')).label) == [
        'xxxxff', 'xxxx..', '......']


def test_the_rest_is_background_only_where_that_is_labelled():
    shapes = [Shape('Table', [box_polygon(1, 0, 3, 1)])]
    assert drawn(paint(shapes, (2, 4), load_class_map('tablebank')).label) == ['xbbx', 'xxxx']
    assert drawn(paint(shapes, (2, 4), load_class_map('doclaynet')).label) == ['.bb.', '....']


def test_masks_and_counts():
    mask = np.array([[True, False], [True, True]])
    page = paint([Shape('figure', mask=mask, corner=(-1, 3)), Shape('text', mask=mask),
                  Shape('stamp', mask=mask)], (2, 4), load_class_map('publaynet'))
    assert drawn(page.label) == ['t..f', 'tt..']
    assert (page.regions, page.unknown) == ({'figure': 1, 'text': 1}, {'stamp': 1})
