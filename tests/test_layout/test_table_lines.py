"""Lines of tables; text is 20 high, cells are 100 wide."""
import numpy as np
import shapely

from mmseg.layout.lines import FoundLine
from mmseg.layout.region import Region
from mmseg.layout.table_lines import Rules, find_rules, order_in_table, table_lines

NONE = Rules(np.empty(0), np.empty((0, 3)))


def grid(rows, columns, size=(260, 340)):
    """A white page with rules at these y and x, 2 thick."""
    image = np.full((*size, 3), 255, np.uint8)
    for y in rows:
        image[y:y + 2, columns[0]:columns[-1]] = 0
    for x in columns:
        image[rows[0]:rows[-1], x:x + 2] = 0
    return image


def write(image, *places):
    for x, base, letters in places:
        for left in range(x, x + 12 * letters, 12):
            image[base - 14:base, left:left + 8] = 0


def read(image, *boxes):
    polygon = shapely.box(10, 10, 330, 250)
    table = Region(3, 'table', polygon, .8, np.zeros((4, 2)))
    found = table_lines([FoundLine(shapely.box(*box), .9, 3) for box in boxes], table, image)
    return [tuple(round(edge) for edge in line.polygon.bounds) for line in found]


def test_rules_of_a_grid():
    dark = grid((20, 80, 140), (20, 120, 220, 320))[..., 0] == 0
    rules = find_rules(dark, 20)
    assert np.allclose(rules.across, [21, 81, 141], atol=1)
    assert np.allclose(rules.down, [[21, 20, 140], [121, 20, 140], [221, 20, 140],
                                    [321, 20, 140]], atol=2)
    assert find_rules(np.zeros((50, 50), bool), 20).across.tolist() == []


def test_lines_of_a_cell_are_read_together_where_rules_part_the_rows():
    rules = Rules(np.array([0., 50, 100, 150, 200]), np.empty((0, 3)))
    boxes = [(x, y + step, x + 80, y + step + 18) for y in (5, 55, 105, 155) for x in (0, 100)
             for step in (0, 20)]
    by_row = np.array(boxes, float)[[
        0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15]]
    order = order_in_table(by_row, rules)
    assert by_row[order].tolist() == np.array(boxes, float).tolist()
    assert order_in_table(by_row, NONE) == list(range(16))


def test_rules_below_the_header_alone_leave_the_rows():
    rules = Rules(np.array([0., 25, 100]), np.empty((0, 3)))
    boxes = np.array([(0, 5, 80, 20), (100, 5, 180, 20), (0, 30, 80, 48), (100, 30, 180, 48),
                      (0, 52, 80, 70), (0, 75, 80, 93), (100, 75, 180, 93)], float)
    assert order_in_table(boxes, rules) == [0, 1, 2, 3, 4, 5, 6]
    walls = Rules(rules.across, np.array([[90., 0, 100]]))
    assert order_in_table(boxes, walls) == [0, 1, 2, 4, 5, 3, 6]


def test_groups_of_options_between_rules_are_read_row_by_row():
    rules = Rules(np.array([0., 100, 200, 300, 400]), np.empty((0, 3)))
    # an option and three lines of its description, another option and one line
    group = np.array([(0, 5, 80, 20), (100, 5, 300, 20), (100, 25, 300, 40), (100, 45, 300, 60),
                      (0, 65, 80, 80), (100, 65, 300, 80)], float)
    boxes = np.concatenate([group + (0, top, 0, top) for top in (0, 100, 200, 300)])
    assert order_in_table(boxes, rules) == list(range(24))


def test_headings_between_rules_come_before_the_cells_below():
    rules = Rules(np.array([0., 100, 200, 300, 400]), np.empty((0, 3)))
    group = np.array([(110, 5, 190, 20), (0, 25, 80, 40), (0, 45, 80, 60), (100, 25, 300, 40),
                      (100, 45, 300, 60)], float)
    boxes = np.concatenate([group + (0, top, 0, top) for top in (0, 100, 200, 300)])
    assert order_in_table(boxes, rules) == list(range(20))
    # above the first cell, but at the left of the second: the beginning of its text
    boxes[::5, [0, 2]] = 100, 130
    assert order_in_table(boxes, rules)[:5] == [1, 2, 0, 3, 4]


def test_words_of_a_cell_between_rules_stay_in_their_line():
    rules = Rules(np.array([0., 60]), np.array([[0., 0, 60], [200, 0, 60], [300, 0, 60]]))
    boxes = np.array([(10, 5, 50, 20), (70, 5, 110, 20), (130, 5, 190, 20), (10, 30, 90, 45),
                      (210, 5, 240, 20), (265, 5, 290, 20)], float)
    assert order_in_table(boxes, rules) == [0, 1, 2, 3, 4, 5]
    assert order_in_table(boxes, NONE) == [0, 1, 2, 4, 5, 3]


def test_rows_of_arabic_begin_at_the_right():
    boxes = np.array([(0, 5, 80, 20), (100, 5, 180, 20), (0, 30, 80, 48)], float)
    assert order_in_table(boxes, NONE, right_to_left=True) == [1, 0, 2]


def test_a_line_over_a_rule_becomes_two():
    image = grid((20, 80, 140), (20, 120, 220, 320))
    write(image, (30, 50, 6), (130, 50, 3))
    assert read(image, (26, 33, 170, 53)) == [(26, 33, 120, 53), (122, 33, 170, 53)]


def test_letters_without_a_line_become_one():
    image = grid((20, 80, 140), (20, 120, 220, 320))
    write(image, (30, 50, 6), (130, 50, 1), (230, 50, 2), (130, 110, 1))
    found = read(image, (26, 33, 104, 53))
    assert found == [(26, 33, 104, 53), (129, 35, 139, 51), (229, 35, 251, 51),
                     (129, 95, 139, 111)]


def test_hyphens_and_dots_at_letters_without_a_line_belong_to_them():
    image = grid((20, 80, 140), (20, 120, 220, 320))
    write(image, (30, 50, 6), (140, 50, 1))
    image[42:44, 130:136] = 0
    image[70:72, 130:136] = 0  # without a letter
    assert read(image, (26, 33, 104, 53)) == [(26, 33, 104, 53), (129, 35, 149, 51)]


def test_letters_next_to_a_line_belong_to_it():
    image = grid((20, 80, 140), (20, 120, 220, 320))
    write(image, (30, 50, 6))
    assert read(image, (50, 33, 104, 53)) == [(29, 33, 104, 53)]


def test_a_table_without_lines_has_none():
    assert read(grid((20, 80), (20, 120))) == []


def test_a_line_on_a_part_of_a_letter_becomes_the_letter():
    image = np.full((260, 340, 3), 255, np.uint8)
    write(image, (30, 60, 6), (200, 60, 2))
    assert read(image, (28, 44, 104, 64), (201, 52, 212, 58)) == [(28, 44, 104, 64),
                                                                 (199, 45, 221, 61)]
