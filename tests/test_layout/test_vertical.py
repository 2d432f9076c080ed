import cv2
import numpy as np
import pytest

from mmseg.inference import PageArrays, PageBoxes
from mmseg.layout import RegionOptions
from mmseg.layout.read import read_layout
from mmseg.layout.vertical import ReadPicture, as_read, predict_pages, runs_down
from mmseg.utils.errors import InputError

CLASSES = ('background', 'figure', 'text', 'table', 'validline')


def drawn(columns: int, letters: int, step: int, column_step: int, size: int = 16) -> np.ndarray:
    """A page (640, 480, 3) of square letters with strokes, in columns from the right."""
    page = np.full((640, 480, 3), 255, np.uint8)
    for column in range(columns):
        for letter in range(letters - (column == 2) * letters // 2):
            left, top = 440 - column * column_step, 40 + letter * step
            cv2.rectangle(page, (left, top), (left + size - 3, top + size - 3), (0, 0, 0), 2)
            cv2.line(page, (left, top), (left + size - 3, top + size // 2), (0, 0, 0), 2)
    return page


VERTICAL = drawn(12, 28, 20, 32)


def test_lines_down_the_page_are_seen_by_their_ink():
    assert runs_down(VERTICAL)
    assert not runs_down(np.rot90(VERTICAL))


def test_letters_wider_apart_than_their_lines_run_across():
    assert not runs_down(drawn(12, 20, 30, 20))


@pytest.mark.parametrize('angle', [-3, 3])
def test_a_skewed_page_runs_down_too(angle):
    turn = cv2.getRotationMatrix2D((240, 320), angle, 1)
    assert runs_down(cv2.warpAffine(VERTICAL, turn, (480, 640), borderValue=(255, ) * 3))


def test_columns_of_a_table_with_close_rows_are_no_lines():
    page = np.full((640, 480, 3), 255, np.uint8)
    for row in range(31):
        for column in range(3):
            cv2.putText(page, f'{row % 9}{column + 3}', (60 + 140 * column, 40 + 19 * row),
                        cv2.FONT_HERSHEY_SIMPLEX, .5, (0, 0, 0))
    assert not runs_down(page)


def test_white_and_nearly_empty_pages_do_not_run_down():
    assert not runs_down(np.full((64, 48, 3), 255, np.uint8))
    assert not runs_down(drawn(1, 4, 20, 32))
    assert not runs_down(np.zeros((1, 1, 3), np.uint8))


def test_a_vertical_page_is_turned_to_the_left_and_others_are_as_they_are():
    picture = as_read(VERTICAL, RegionOptions(), CLASSES)
    assert picture.turned and picture.image.shape == (480, 640, 3)
    assert np.array_equal(picture.image, np.rot90(VERTICAL))
    level = np.ascontiguousarray(np.rot90(VERTICAL))
    assert as_read(level, RegionOptions(), CLASSES).image is level


def test_the_option_is_stronger_than_the_ink():
    assert as_read(VERTICAL, RegionOptions(vertical=False), CLASSES).image is VERTICAL
    assert as_read(np.zeros((2, 3, 3), np.uint8), RegionOptions(vertical=True), CLASSES).turned


def test_pages_of_networks_without_text_are_never_turned():
    assert not as_read(VERTICAL, RegionOptions(), ('background', 'building')).turned


def test_another_value_is_refused():
    with pytest.raises(InputError, match="vertical is True, False or None, got 'down'"):
        RegionOptions(vertical='down')


def test_scores_go_back_to_their_place():
    page = np.arange(6.).reshape(2, 3)
    turned = PageArrays(np.rot90(page)[None], np.array([.5]), np.rot90(10 * page))
    assert turned.lines.tolist() == [[20, 50], [10, 40], [0, 30]]
    found = ReadPicture(np.empty((3, 2, 3), np.uint8), True).back(turned)
    assert found.seg.tolist() == [[[0, 1, 2], [3, 4, 5]]]
    assert found.lines.tolist() == [[0, 10, 20], [30, 40, 50]]
    assert found.cls.tolist() == [.5]


def test_boxes_go_back_to_their_place():
    # a page of 100 x 60 pixels is 60 high and 100 wide when turned
    turned = PageBoxes(np.array([[10., 5, 30, 20]]), np.array([1]), np.array([.5]), (60, 100))
    found = ReadPicture(np.empty((60, 100, 3), np.uint8), True).back(turned)
    assert found.boxes.tolist() == [[40, 10, 55, 30]]
    assert found.size == (100, 60)


class _LevelLines:
    """Finds lines where ink of letters is near, in rows alone, as most networks do."""

    classes, palette, page_classes = CLASSES, ((0, 0, 0), ) * 5, ()
    erosion = threshold = line_options = None

    def predict(self, images):
        found = []
        for image in images:
            ink = (image[..., 0] < 128).astype(np.uint8)
            text = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 25), np.uint8))
            found.append(PageArrays(np.stack([1 - text, 0 * text, text, 0 * text, 0 * text])
                                    .astype(np.float32)))
        return found


def test_lines_of_a_vertical_page_are_read_from_the_right():
    page, = read_layout(_LevelLines(), [VERTICAL])
    lines = [line for region in page.regions for line in region.lines]
    assert {line.direction for line in lines} == {'vertical'}
    assert [round(line.box[0]) for line in lines] == [439 - 32 * column for column in range(12)]
    assert [round(line.box[3]) for line in lines[:3]] == [595, 595, 315]
    # from the top down the middle of each
    assert np.allclose(lines[0].baseline, [[447, 40], [447, 594]], atol=1)


def test_pages_of_both_kinds_go_together():
    level = np.ascontiguousarray(np.rot90(VERTICAL))
    one, two = predict_pages(_LevelLines(), [VERTICAL, level], RegionOptions())
    assert one.seg.shape == (5, 640, 480)
    assert two.seg.shape == (5, 480, 640)
    assert np.array_equal(one.seg, np.rot90(two.seg, -1, axes=(1, 2)))
