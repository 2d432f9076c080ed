"""Paragraphs of tagged PDFs; the page has 500 x 600 points."""
import numpy as np
import pytest

from mmseg.utils.pdf_paragraphs import read_tagged

from ..tagged_pdf import write

pytest.importorskip('pypdfium2')

PAGE = np.array([500, 600, 500, 600])


def paragraphs(folder, elements, content):
    """Left and top of each paragraph in points, rounded to 10, and the number of other texts."""
    page, = read_tagged(write(folder, elements, content))
    corners = np.round(page.paragraphs * PAGE / 10)[:, :2].astype(int) * 10
    return corners.tolist(), len(page.others)


def test_a_box_is_around_the_lines_of_a_paragraph(tmp_path):
    page, = read_tagged(write(tmp_path, [('P', 0, [0]), ('H1', 0, [1])], [
        (0, 50, 100, 'words of a line'), (0, 50, 115, 'and of the next'), (1, 50, 200, 'Title'),
        (None, 50, 20, 'a running head')]))
    assert page.others.shape == (1, 4)
    (left, top, right, bottom), (_, title, _, _) = page.paragraphs * PAGE
    assert 50 <= left < 52 and 88 < top < 93 and 115 <= bottom < 119
    assert 110 < right < 150 and 188 < title < 193


def test_items_of_lists_are_paragraphs_and_lists_of_contents_one(tmp_path):
    elements = [('L', 0, []), ('LI', 1, []), ('Lbl', 2, [0]), ('LBody', 2, []), ('P', 4, [1]),
                ('L', 4, []), ('LI', 6, [2]), ('P', 4, [3]), ('TOC', 0, []), ('TOCI', 9, [4]),
                ('TOCI', 9, [5])]
    lines = [(0, 50, 100, '-'), (1, 60, 100, 'an item'), (3, 60, 160, 'its second paragraph'),
             (2, 80, 130, 'one of its own list'), (4, 50, 300, 'One'), (5, 50, 320, 'Two')]
    found, others = paragraphs(tmp_path, elements, lines)
    assert [(x, round(y, -1)) for x, y in found] == [(50, 90), (80, 120), (60, 150), (50, 290)]
    assert others == 0


def test_text_of_tables_and_figures_is_none_of_the_page(tmp_path):
    elements = [('Table', 0, []), ('TD', 1, [0]), ('P', 2, [1]), ('Figure', 0, [2]),
                ('Caption', 4, [3])]
    lines = [(0, 50, 100, 'a'), (1, 50, 120, 'b'), (2, 50, 140, 'c'), (3, 50, 200, 'Figure 1')]
    assert paragraphs(tmp_path, elements, lines) == ([[50, 190]], 3)


def test_a_paragraph_over_two_columns_is_one_in_each(tmp_path):
    lines = [(0, 50, y, 'left') for y in (500, 515, 530)]
    lines += [(0, 300, y, 'right') for y in (100, 115)]
    found, _ = paragraphs(tmp_path, [('P', 0, [0])], lines)
    assert [(x, round(y, -1)) for x, y in found] == [(50, 490), (300, 90)]


def test_a_page_without_structure_has_none(tmp_path):
    assert paragraphs(tmp_path, [], [(None, 50, 100, 'words')]) == ([], 1)


def test_an_element_within_itself_ends(tmp_path):
    file = write(tmp_path, [('Sect', 0, []), ('P', 1, [0])], [(0, 50, 100, 'words')])
    text = file.read_text()
    file.write_text(text.replace('/S /P /P 7 0 R /Pg 3 0 R /K [0 ]',
                                 '/S /P /P 7 0 R /Pg 3 0 R /K [0 7 0 R]'))
    page, = read_tagged(file)
    assert len(page.paragraphs) == 1
