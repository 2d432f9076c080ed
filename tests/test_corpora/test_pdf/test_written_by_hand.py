"""Labels of PDFs that programs for making them do not write: tags, layers, odd boxes."""
import numpy as np
import pytest

pytest.importorskip('pypdfium2')

from mmseg.corpora.pdf.label import label_page
from mmseg.utils.pdf_pages import load_page, open_pdf

BACKGROUND, FIGURE, TEXT, TABLE, LINE = range(5)


def labels_of(tmp_path, content, page='/MediaBox [0 0 500 600]', more=(), catalog='') -> np.ndarray:
    """Label map, 600 pixels high, of a page whose content stream is given.

    Args:
        tmp_path: For the file.
        content: Of the page; its font is ``/F``.
        page: Entries of its dictionary.
        more: Objects from number 6.
        catalog: Entries of the catalog.
    """
    objects = [f'<< /Type /Catalog /Pages 2 0 R {catalog} >>',
               '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
               f'<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F 5 0 R >> '
               f'/Properties << /L 6 0 R >> >> {page} >>',
               f'<< /Length {len(content)} >>\nstream\n{content}\nendstream',
               '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>', *more]
    body = ''.join(f'{number} 0 obj\n{text}\nendobj\n' for number, text in enumerate(objects, 1))
    file = tmp_path / 'a.pdf'
    file.write_bytes(f'%PDF-1.7\n{body}trailer << /Root 1 0 R /Size {len(objects) + 1} >>\n'
                     '%%EOF\n'.encode())
    with open_pdf(file) as document:
        return label_page(load_page(document, 0), 600).label


def words(x, y, text='words of a line'):
    return f'BT /F 12 Tf {x} {y} Td ({text}) Tj ET\n'


def test_the_author_says_what_is_a_table(tmp_path):
    cells = ''.join(f'/TD << /MCID {number} >> BDC\n{words(100 + 150 * (number % 2), y)}EMC\n'
                    for number, y in enumerate((400, 400, 370, 370)))
    page = labels_of(
        tmp_path, f'/P << /MCID 4 >> BDC\n{words(50, 500)}EMC\n{cells}',
        '/MediaBox [0 0 500 600] /StructParents 0',
        ['<< >>', '<< /Type /StructTreeRoot /K [8 0 R 9 0 R] /ParentTree 10 0 R >>',
         '<< /Type /StructElem /S /P /P 7 0 R /Pg 3 0 R /K 4 >>',
         '<< /Type /StructElem /S /Table /P 7 0 R /K [11 0 R] >>',
         '<< /Nums [0 [11 0 R 11 0 R 11 0 R 11 0 R 8 0 R]] >>',
         '<< /Type /StructElem /S /TR /P 9 0 R /Pg 3 0 R /K [0 1 2 3] >>'],
        '/MarkInfo << /Marked true >> /StructTreeRoot 7 0 R')
    assert page[95, 60] == TEXT
    assert set(np.unique(page[195:228, 105:320])) == {TABLE}


TREE = ['<< >>', '<< /Type /StructTreeRoot /K [8 0 R 9 0 R] /ParentTree 10 0 R >>',
        '<< /Type /StructElem /S /P /P 7 0 R /Pg 3 0 R /K 0 >>',
        '<< /Type /StructElem /S /Figure /P 7 0 R /Pg 3 0 R /K 1 >>',
        '<< /Nums [0 [8 0 R 9 0 R]] >>']
TAGGED = {'page': '/MediaBox [0 0 500 600] /StructParents 0', 'more': TREE,
          'catalog': '/MarkInfo << /Marked true >> /StructTreeRoot 7 0 R'}
PARAGRAPH = f'/P << /MCID 0 >> BDC\n{words(50, 500)}EMC\n'
CURVE = '60 {0} m 100 {1} 200 {1} 240 {0} c f\n'


def test_the_author_says_what_is_a_figure(tmp_path):
    sketch = '/Figure << /MCID 1 >> BDC\n' + ''.join(
        words(x, y, 'A = B') for x, y in ((100, 400), (250, 330))) + 'EMC\n'
    page = labels_of(tmp_path, PARAGRAPH + sketch, **TAGGED)
    assert page[95, 60] == TEXT
    assert set(np.unique(page[192:268, 105:270])) == {FIGURE}
    assert set(np.unique(labels_of(tmp_path, PARAGRAPH + sketch))) == {BACKGROUND, TEXT}


@pytest.mark.parametrize('start', ['/Artifact BMC', '/Artifact << /Type /Background >> BDC'])
def test_artifacts_are_not_figures(tmp_path, start):
    drawing = CURVE.format(300, 400)
    page = labels_of(tmp_path, f'{PARAGRAPH}{start}\n{drawing}EMC\n', **TAGGED)
    assert set(np.unique(page)) == {BACKGROUND, TEXT}
    assert FIGURE in labels_of(tmp_path, PARAGRAPH + drawing, **TAGGED)


def test_rules_and_words_that_are_artifacts_keep_their_labels(tmp_path):
    content = (f'{PARAGRAPH}/Artifact BMC\n{words(50, 560, "a running head")}'
               '1 w 50 550 m 450 550 l S\nEMC\n')
    page = labels_of(tmp_path, content, **TAGGED)
    assert page[36, 60] == TEXT
    assert page[50, 200] == LINE


def test_what_is_in_a_layer_that_is_off_is_not_labelled(tmp_path):
    content = words(50, 500) + '/OC /L BDC\n1 0 0 rg 100 100 300 200 re f\n' + words(
        50, 400) + 'EMC\n'
    page = labels_of(tmp_path, content, more=['<< /Type /OCG /Name (layer) >>'],
                     catalog='/OCProperties << /OCGs [6 0 R] /D << /OFF [6 0 R] >> >>')
    assert page[95, 60] == TEXT and not page[110:].any()


@pytest.mark.parametrize('box, x, y', [
    ('/MediaBox [0 600 500 0]', 60, 95),
    ('/MediaBox [-100 -50 400 550]', 160, 45),
    ('/MediaBox [0 0 500 600] /UserUnit 2', 60, 95)])
def test_boxes_that_are_upside_down_or_moved(tmp_path, box, x, y):
    page = labels_of(tmp_path, words(50, 500), box)
    assert page.shape == (600, 500) and page[y, x] == TEXT
    assert not page[:y - 10].any() and not page[y + 10:].any()


def test_a_page_without_mediabox_is_a_letter(tmp_path):
    page = labels_of(tmp_path, words(50, 700), '')
    assert page.shape == (600, 464)  # 792 x 612 points
    rows, columns = np.nonzero(page == TEXT)
    assert (columns.min(), rows.mean()) == pytest.approx((38, 600 - 704 / 792 * 600), abs=2)
