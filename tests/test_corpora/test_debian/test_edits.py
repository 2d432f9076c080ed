"""Corrections of label maps."""
import numpy as np
import pytest

from mmseg.corpora.debian.edits import Edit, apply_edits, read_edits
from mmseg.utils.errors import InputError

LABEL = np.array([[0, 1, 1, 2],
                  [0, 1, 1, 2],
                  [3, 3, 0, 0]], np.uint8)


@pytest.mark.parametrize('old, new, box, right', [
    ('figure', 'table', (0, 0, 4, 2), [[0, 3, 3, 2], [0, 3, 3, 2], [3, 3, 0, 0]]),
    ('*', 'background', (1, 0, 2, 3), [[0, 0, 1, 2], [0, 0, 1, 2], [3, 0, 0, 0]]),
    ('figure', 'lines', (0, 0, 9, 9), [[0, 2, 0, 2], [0, 2, 0, 2], [3, 3, 0, 0]])])
def test_an_edit_changes_its_class_in_its_box(old, new, box, right):
    lines = [{'polygon': [[1, 0], [2, 0], [2, 2], [1, 2]]}]
    assert apply_edits(LABEL, [Edit('p', old, new, box)], lines).tolist() == right


def test_edits_are_done_in_their_order():
    edits = [Edit('p', 'figure', 'text', (0, 0, 4, 3)), Edit('p', 'text', 'table', (3, 0, 4, 3))]
    assert apply_edits(LABEL, edits).tolist() == [[0, 2, 2, 3], [0, 2, 2, 3], [3, 3, 0, 0]]


def test_a_list_of_edits(tmp_path):
    path = tmp_path / 'edits.txt'
    path.write_text('# wrong pages\na_p0001 figure lines 1 2 30 40\na_p0001 * text 0 0 5 6\n')
    assert read_edits(path) == {'a_p0001': [Edit('a_p0001', 'figure', 'lines', (1, 2, 30, 40)),
                                            Edit('a_p0001', '*', 'text', (0, 0, 5, 6))]}


@pytest.mark.parametrize('line, said', [
    ('a figure text 1 2 3', 'expected page, old class, new class and four whole numbers'),
    ('a figur text 1 2 3 4', 'expected classes out of'),
    ('a figure text 5 2 3 4', 'a box that is not empty')])
def test_a_wrong_line_is_named(tmp_path, line, said):
    (tmp_path / 'edits.txt').write_text(f'\n{line}\n')
    with pytest.raises(InputError, match=f'edits.txt, line 2: .*{said}'):
        read_edits(tmp_path / 'edits.txt')
