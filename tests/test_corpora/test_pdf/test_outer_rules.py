"""Dashed rules, and tables that have rules around their rows only."""
import numpy as np
import pytest

pytest.importorskip('pypdfium2')

from .labelled import LINE, TABLE, TEXT
from .test_written_by_hand import labels_of, words

PARAGRAPH = ''.join(words(50, y, 'words of a line of a paragraph') for y in (560, 544, 528))
ROWS = (400, 384, 368, 352, 336)
TWO_RULES = '1 w 50 420 m 450 420 l S 50 325 m 450 325 l S\n'
FRAME = '1 w 50 325 400 95 re S\n'
DASHED_GRID = '1 w [3 2] 0 d ' + ''.join(
    f'50 {y} m 450 {y} l S\n' for y in (420, 395, 380, 364, 348, 325)) + ''.join(
    f'{x} 325 m {x} 420 l S\n' for x in (50, 150, 250, 350, 450)) + '[] 0 d '
DASHES = range(50, 450, 10)


def box_of(label, value):
    """Left, top, right and bottom of what has the value."""
    rows, columns = np.nonzero(label == value)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@pytest.mark.parametrize('rule, right', [
    ('1 w [6 4] 0 d 50 500 m 450 500 l S [] 0 d\n', 450),
    ('3 w [6 4] 0 d 50 500 m 450 500 l S [] 0 d\n', 450),
    ('1 w [5] 0 d 50 500 m 450 500 l S [] 0 d\n', 450),
    ('1 w ' + ''.join(f'{x} 500 m {x + 6} 500 l S\n' for x in DASHES), 446),
    ('1 w ' + ''.join(f'{x} 500 m {x + 6} 500 l\n' for x in DASHES) + 'S\n', 446),
    (''.join(f'{x} 499.5 6 1 re f\n' for x in DASHES), 446)])
def test_a_dashed_rule_is_a_separator(tmp_path, rule, right):
    label = labels_of(tmp_path, PARAGRAPH + rule + words(50, 480))
    assert box_of(label, LINE) == (50, 99, right, 102)
    assert label[110:121, 50:120].any() and set(np.unique(label)) == {0, TEXT, LINE}


def test_dashes_below_each_other_are_a_separator(tmp_path):
    dashes = ''.join(f'250 {y} m 250 {y + 6} l S\n' for y in range(100, 480, 10))
    columns = ''.join(words(x, y) for y in range(110, 470, 16) for x in (50, 300))
    label = labels_of(tmp_path, f'{PARAGRAPH}1 w {dashes}{columns}')
    assert box_of(label, LINE) == (249, 124, 252, 500)


@pytest.mark.parametrize('rules', [TWO_RULES, FRAME, DASHED_GRID])
def test_short_cells_in_rows_and_columns_between_outer_rules_are_a_table(tmp_path, rules):
    cells = ''.join(words(x, y, text) for y in ROWS
                    for x, text in zip((60, 160, 260, 360), ('alpha', 'beta', '12.5', '7')))
    label = labels_of(tmp_path, PARAGRAPH + rules + cells)
    assert box_of(label, TABLE) == (50, 180, 450, 275)
    assert set(np.unique(label)) == {0, TEXT, TABLE}


@pytest.mark.parametrize('rules', [TWO_RULES, FRAME])
@pytest.mark.parametrize('columns, rows', [
    ({60: 'some words of a boxed paragraph that runs on and on'}, ROWS),
    ({60: '-', 75: 'an item of a list, which is rather long'}, ROWS),
    ({60: '1', 85: 'for each of the pages do something'}, ROWS),
    ({55: 'a line of some words', 190: 'a line of some words', 325: 'a line of some words'}, ROWS),
    ({200: 'x = y + z', 420: '(1)'}, ROWS),
    ({60: 'Ada Smith', 200: 'Bob Lee', 340: 'Cy Orr'}, ROWS[:2])])
def test_text_between_outer_rules_stays_text(tmp_path, rules, columns, rows):
    content = ''.join(words(x, y, text) for y in rows for x, text in columns.items())
    label = labels_of(tmp_path, PARAGRAPH + rules + content)
    assert TABLE not in label and label[196, 62] == TEXT or label[196, 205] == TEXT
