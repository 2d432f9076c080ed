"""Labels of PDFs that programs for making them do not write: tags, layers, odd boxes."""
import numpy as np
import pytest

pytest.importorskip('pypdfium2')

from mmseg.corpora.pdf.label import label_page
from mmseg.utils.errors import InputError
from mmseg.utils.pdf_pages import load_page, open_pdf

BACKGROUND, FIGURE, TEXT, TABLE, LINE = range(5)


def write(tmp_path, content, page='/MediaBox [0 0 500 600]', more=(), catalog='',
          kids='[3 0 R]', kind='/Type /Page', font='/Subtype /Type1 /BaseFont /Helvetica',
          resources=''):
    """A PDF with a page whose content stream is given.

    Args:
        tmp_path: For the file.
        content: Of the page; its font is ``/F``.
        page: Entries of its dictionary.
        more: Objects from number 6.
        catalog: Entries of the catalog.
        kids: The pages.
        kind: What the page says that it is.
        font: Entries of the font.
        resources: Further entries of the page's resources.
    """
    objects = [f'<< /Type /Catalog /Pages 2 0 R {catalog} >>',
               f'<< /Type /Pages /Kids {kids} /Count {kids.count(" R") + kids.count("null")} >>',
               f'<< {kind} /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F 5 0 R >> '
               f'/Properties << /L 6 0 R >> {resources} >> {page} >>',
               f'<< /Length {len(content)} >>\nstream\n{content}\nendstream',
               f'<< /Type /Font {font} >>', *more]
    body = ''.join(f'{number} 0 obj\n{text}\nendobj\n' for number, text in enumerate(objects, 1))
    file = tmp_path / 'a.pdf'
    file.write_bytes(f'%PDF-1.7\n{body}trailer << /Root 1 0 R /Size {len(objects) + 1} >>\n'
                     '%%EOF\n'.encode('latin-1'))
    return file


def page_of(file, number=0):
    with open_pdf(file) as document:
        return label_page(load_page(document, number), 600)


def labels_of(tmp_path, *content, **options) -> np.ndarray:
    """Label map, 600 pixels high, of the page that ``write`` writes."""
    return page_of(write(tmp_path, *content, **options)).label


def stream(entries, content):
    return f'<< {entries} /Length {len(content)} >>\nstream\n{content}\nendstream'


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


SECOND = '<< {} /Parent 2 0 R /Contents 7 0 R /MediaBox [0 0 500 600] >>'
OTHER = stream('', words(50, 100, 'of another page'))


@pytest.mark.parametrize('kids, kind, good', [
    ('[3 0 R 6 0 R]', '', {0: 95, 1: 495}),
    ('[3 0 R null 6 0 R]', '/Type /Page', {0: 95, 2: 495}),
    ('[3 0 R 99 0 R 6 0 R]', '/Type /Page', {0: 95, 2: 495}),
    ('[3 0 R 3 0 R 6 0 R]', '/Type /Page', {0: 95, 1: 95, 2: 495}),
    ('[3 0 R 6 0 R]', '/Type /Template', {1: 495})])
def test_each_page_has_its_own_labels_or_is_broken(tmp_path, kids, kind, good):
    """Whatever a page tree holds."""
    file = write(tmp_path, words(50, 500), more=[SECOND.format('/Type /Page' if kind else ''),
                                                 OTHER], kids=kids, kind=kind)
    for number in range(3 if kids.count(' ') > 6 else 2):
        if number in good:
            rows, _ = np.nonzero(page_of(file, number).label == TEXT)
            assert abs(rows.mean() - good[number]) < 5
        else:
            with pytest.raises(InputError, match=f'page {number + 1} of the PDF is broken'):
                page_of(file, number)


WIDTHS = '/FirstChar 32 /LastChar 126 /Widths [' + '556 ' * 95 + ']'
FONT = ('/Subtype /{} /BaseFont /{} /Encoding /WinAnsiEncoding ' + WIDTHS + ' /FontDescriptor << '
        '/Type /FontDescriptor /FontName /{} /Flags 32 /ItalicAngle 0 /StemV 80 {} >>')
ASCII = '1 beginbfrange <20> <7e> <0020> endbfrange '
MAP = '/Subtype /Type1 /BaseFont /Times-Roman /ToUnicode 6 0 R'


@pytest.mark.parametrize('font, codes', [
    *((FONT.format('TrueType', 'SomeSans', 'SomeSans', box), '') for box in (
        '/FontBBox [-200 -650 1300 1100] /Ascent 1100 /Descent -650',
        '/FontBBox [0 0 0 0] /Ascent 0 /Descent 0',
        '/FontBBox [-200 -250 1300 3000] /Ascent 3000 /Descent 250', '')),
    *((FONT.format('TrueType', name, name, '/FontBBox [0 -200 1000 900]'), '') for name in (
        'TimesNewRoman', 'ArialMT', 'Courier', 'Symbol')),
    *((MAP, codes) for codes in (
        ASCII + '1 beginbfchar <6f> <006600660069> endbfchar',  # three letters for one
        ASCII + '1 beginbfchar <6f> <> endbfchar',
        ASCII + '2 beginbfchar <6f> <0020> <65> <00a0> endbfchar',
        ASCII + '2 beginbfchar <6f> <200b> <65> <feff> endbfchar',
        ASCII + '1 beginbfrange <61> <7a> <fffd> endbfrange',
        '1 beginbfrange <20> <7e> <e020> endbfrange',
        '95 beginbfchar ' + ' '.join(f'<{code:02x}> <0000>' for code in range(32, 127))
        + ' endbfchar'))])
def test_lines_are_as_long_and_high_as_their_ink_whatever_the_font_says(tmp_path, font, codes):
    """Its ascender, its name, and what characters its letters are."""
    lines = ''.join(words(50, y, 'the pages of a book are read by all of us') for y in (500, 480))
    page = page_of(write(tmp_path, lines, font=font, more=[stream(
        '', 'begincmap 1 begincodespacerange <00> <FF> endcodespacerange ' + codes
        + ' endcmap')]))
    ink = page.image.max(axis=2) < 128
    assert (page.label[ink] == TEXT).all()
    rows = np.flatnonzero((page.label == TEXT).any(axis=1))
    parts = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    assert len(parts) == 2
    for part in parts:
        columns = np.flatnonzero((page.label[part] == TEXT).any(axis=0))
        dark = np.argwhere(page.image[part].max(axis=2) < 250)
        assert [len(part), *columns[[0, -1]]] == pytest.approx(
            [dark[:, 0].max() + 1, dark[:, 1].min(), dark[:, 1].max()], abs=2)


IMAGE = stream('/Type /XObject /Subtype /Image /Width 20 /Height 20 /ColorSpace /DeviceGray '
               '/BitsPerComponent 8 {}',
               bytes(np.random.default_rng(0).integers(0, 255, 400, np.uint8)).decode('latin-1'))
DRAWN = 'q {} 300 0 0 200 100 150 cm /I Do Q\n'
CIRCLE = ('200 300 m 200 330 175 355 145 355 c 115 355 100 330 100 300 c 100 270 115 245 145 245 c '
          '175 245 200 270 200 300 c W n')


@pytest.mark.parametrize('clip, entries, catalog, box', [
    ('', '', '', (100, 250, 400, 450)),
    ('150 200 80 60 re W n', '', '', (150, 340, 230, 400)),
    (CIRCLE, '', '', (100, 250, 200, 355)),
    ('100 150 100 100 re W n 150 200 200 200 re W n', '', '', (150, 350, 200, 400)),
    ('600 700 10 10 re W n', '', '', None),
    ('', '/Mask [0 255]', '', None),
    ('', '/OC 7 0 R', '/OFF [7 0 R]', None),
    ('', '/OC 8 0 R', '/OFF [7 0 R]', None),  # a policy about layers
    ('', '/OC 7 0 R', '/BaseState /OFF', None),
    ('', '/OC 7 0 R', '/ON [7 0 R]', (100, 250, 400, 450))])
def test_a_picture_is_a_figure_where_it_is_seen(tmp_path, clip, entries, catalog, box):
    page = labels_of(tmp_path, words(50, 500) + DRAWN.format(clip), more=[
        IMAGE.replace('{}', entries), '<< /Type /OCG /Name (layer) >>',
        '<< /Type /OCMD /OCGs [7 0 R] /P /AllOn >>'], resources='/XObject << /I 6 0 R >>',
        catalog=f'/OCProperties << /OCGs [7 0 R] /D << {catalog} >> >>')
    rows, columns = np.nonzero(page == FIGURE)
    if box is None:
        assert not len(rows)
    else:
        assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == pytest.approx(
            box, abs=2)


GRADIENT = ('<< /ShadingType 2 /ColorSpace /DeviceRGB /Coords [100 0 300 0] /Function << '
            '/FunctionType 2 /Domain [0 1] /C0 [1 0 0] /C1 [0 0 1] /N 1 >> >>')


@pytest.mark.parametrize('paint, resources', [
    ('q 100 200 200 150 re W n /S sh Q', f'/Shading << /S {GRADIENT} >>'),
    ('/Pattern cs /P scn 100 200 200 150 re f',
     f'/Pattern << /P << /PatternType 2 /Shading {GRADIENT} >> >>'),
    ('/Pattern cs /P scn 100 200 200 150 re f', '/Pattern << /P 6 0 R >>')])
def test_shadings_and_patterns_are_figures(tmp_path, paint, resources):
    tile = stream('/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 8 8] '
                  '/XStep 8 /YStep 8 /Resources << >>', '0 0 m 8 8 l S')
    page = labels_of(tmp_path, words(50, 500) + paint, resources=resources, more=[tile])
    rows, columns = np.nonzero(page == FIGURE)
    assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == pytest.approx(
        (100, 250, 300, 400), abs=2)
