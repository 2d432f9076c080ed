"""Structure trees of tagged PDFs are read as the author wrote them, up to a limit."""
import pytest

from mmseg.utils import pdf_structure
from mmseg.utils.pdf_pages import load_page, open_pdf
from mmseg.utils.pdf_structure import Element, read_elements

from ..tagged_pdf import write

pytest.importorskip('pypdfium2')

ELEMENTS = [('Table', 0, []), ('TR', 1, [0, 1]), ('TD', 2, [2]), ('P', 0, [3])]
CONTENT = [(mark, 50, 100 + 20 * mark, 'words') for mark in range(4)]


def read(folder, elements=ELEMENTS, content=CONTENT):
    with open_pdf(write(folder, elements, content)) as document:
        return read_elements(load_page(document, 0))


def test_elements_have_their_kinds_contents_and_children(tmp_path):
    assert read(tmp_path) == [
        Element('Table', [], [Element('TR', [0, 1], [Element('TD', [2], [])])]),
        Element('P', [3], [])]


def test_a_page_without_structure_has_none(tmp_path):
    assert read(tmp_path, [], [(None, 50, 100, 'words')]) == []


@pytest.mark.parametrize(('limit', 'value', 'expected'), [
    ('_DEEPEST', 1, [Element('Table', [], [Element('TR', [0, 1], [])]), Element('P', [3], [])]),
    ('_MOST', 2, [Element('Table', [], [Element('TR', [0, 1], [])])])])
def test_trees_are_read_up_to_a_limit(tmp_path, monkeypatch, limit, value, expected):
    monkeypatch.setattr(pdf_structure, limit, value)
    assert read(tmp_path) == expected
