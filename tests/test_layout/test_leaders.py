"""Tables of contents; lines are 20 pixels high."""
import cv2
import numpy as np
import pytest
import shapely

from mmseg.layout.leaders import Leaders
from mmseg.layout.lines import FoundLine
from mmseg.layout.region import Region

TEXT, TABLE, LINE = 1, 2, 3


def page(rows, pitch=8):
    """A page with rows of words, dots and a number; ``rows`` are where dots begin and end."""
    image = np.full((60 + 40 * len(rows), 600), 255, np.uint8)
    for number, (first, last) in enumerate(rows):
        y = 40 + 40 * number
        cv2.putText(image, 'Title', (20, y), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 0, 2)
        for x in range(first, last, pitch):
            image[y - 3:y, x:x + 3] = 0
        cv2.putText(image, '12', (550, y), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 0, 2)
    return image


def line(left, top, right, bottom, label=TEXT):
    return FoundLine(shapely.box(left, top, right, bottom), 0.9, label)


def row(number, label=TEXT):
    y = 40 + 40 * number
    return [line(20, y - 18, 80, y + 2, label), line(545, y - 18, 580, y + 2, label)]


def bounds(lines):
    return sorted(tuple(map(round, found.polygon.bounds)) for found in lines)


@pytest.mark.parametrize('pitch', [6, 12, 20])
def test_title_dots_and_number_are_one_line(pitch):
    image, lines = page([(90, 540), (90, 540)], pitch), row(0) + row(1)
    found = Leaders(lines, image).joined(lines)
    assert bounds(found) == [(20, 22, 580, 42), (20, 62, 580, 82)]


def test_pieces_of_dots_are_of_the_line():
    image, lines = page([(90, 540)]), [*row(0), line(200, 32, 300, 41), line(320, 30, 420, 41)]
    assert bounds(Leaders(lines, image).joined(lines)) == [(20, 22, 580, 42)]


def test_numbers_may_be_apart_or_found_by_their_ink_alone():
    image = page([(120, 510)])
    cv2.putText(image, '1', (60, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 0, 2)
    lines = [line(20, 22, 30, 42), line(60, 22, 112, 42)]
    found, = Leaders(lines, image).joined(lines)
    left, _, right, _ = found.polygon.bounds
    assert left == 20 and 570 < right < 582
    assert bounds(Leaders(lines, image[:, :540]).joined(lines))[0][2] < 515


def test_rows_without_dots_and_the_next_column_stay_apart():
    image = page([(90, 100), (90, 500)])
    image[:, 540:] = 255  # numbers of the first column are at 510
    lines = row(0)[:1] + row(1)[:1] + [line(510, 62, 530, 82), line(575, 62, 599, 82)]
    assert bounds(Leaders(lines, image).joined(lines)) == [
        (20, 22, 80, 42), (20, 62, 530, 82), (575, 62, 599, 82)]


def region(name, label, *box):
    return Region(label=label, name=name, polygon=shapely.box(*box), confidence=0.9,
                  rotated_box=np.zeros((4, 2)))


def test_rows_of_dots_are_no_table_and_dots_no_separator():
    image, lines = page([(90, 540)] * 3), row(0, TABLE) + row(1, TABLE) + row(2, TABLE)
    leaders = Leaders(lines, image)
    lines = leaders.joined(lines)
    table = region('table', TABLE, 300, 10, 590, 140)
    dots = region('validline', LINE, 95, 33, 400, 43)
    rule, figure = region('validline', LINE, 20, 50, 580, 53), region('figure', 4, 0, 0, 600, 180)
    assert leaders.without_dotted([table, dots, rule, figure], lines) == [rule, figure]
    assert leaders.within([found.polygon for found in lines]).tolist() == [True] * 3


def test_a_table_with_a_dotted_rule_stays_one():
    image = page([(90, 100)] * 3)
    image[48:51, 20:580:8] = image[48:51, 21:580:8] = image[48:51, 22:580:8] = 0
    lines = row(0, TABLE) + row(1, TABLE) + row(2, TABLE)
    leaders = Leaders(lines, image)
    assert len(leaders.boxes) == 1 and leaders.joined(lines) == lines
    table = region('table', TABLE, 10, 10, 590, 140)
    assert leaders.without_dotted([table], lines) == [table]


def test_letters_of_curved_lines_are_no_dots():
    image = np.full((200, 600), 255, np.uint8)
    for x in range(20, 560, 14):  # letters 8 pixels high, on an arc
        y = 100 + int(40 * np.sin(x / 580 * np.pi))
        image[y - 8:y, x:x + 7] = 0
    x = np.linspace(20, 560, 40)
    y = 100 + 40 * np.sin(x / 580 * np.pi)
    arc = shapely.Polygon(np.concatenate([np.stack([x, y - 12], 1), np.stack([x, y + 2], 1)[::-1]]))
    assert not len(Leaders([FoundLine(arc, 0.9, TEXT)], image).boxes)


def test_a_page_without_lines_or_dots_has_none():
    assert Leaders([], page([])).joined([]) == []
    plain = Leaders(row(0), page([(90, 100)]))
    assert not len(plain.boxes) and plain.without_dotted([], row(0)) == []
    assert plain.within([]).tolist() == []
