import io
import sys

import numpy as np
import pytest

from mmseg.utils.errors import InputError
from mmseg.utils.pdf_pages import count_pages, render_pages

canvas = pytest.importorskip('reportlab.pdfgen.canvas')
pytest.importorskip('pypdfium2')


def make_pdf(pages=1, size=(200, 100), **options) -> bytes:
    """Pages with a red square of 20 points at their upper left corner."""
    stream = io.BytesIO()
    pdf = canvas.Canvas(stream, pagesize=size, invariant=True, **options)
    for _ in range(pages):
        pdf.setFillColorRGB(1, 0, 0)
        pdf.rect(0, size[1] - 20, 20, 20, stroke=0, fill=1)
        pdf.showPage()
    pdf.save()
    return stream.getvalue()


def test_pages_are_counted_from_bytes_and_from_a_file(tmp_path):
    (tmp_path / 'three.pdf').write_bytes(make_pdf(pages=3))
    assert count_pages(make_pdf(pages=2)) == 2
    assert count_pages(tmp_path / 'three.pdf') == 3
    assert count_pages(str(tmp_path / 'three.pdf')) == 3


def test_pixels_are_bgr_where_the_page_has_them():
    page, = render_pages(make_pdf(), longer_side=400)
    assert page.shape == (200, 400, 3) and page.dtype == np.uint8
    assert page[20, 20].tolist() == [0, 0, 255]
    assert page[20, 45].tolist() == page[45, 20].tolist() == [255, 255, 255]
    assert page.flags.owndata  # the document is closed by now


def test_size_by_dpi_or_by_the_longer_side_is_exact():
    assert next(render_pages(make_pdf(), dpi=72)).shape == (100, 200, 3)
    assert next(render_pages(make_pdf(), dpi=36)).shape == (50, 100, 3)
    a4 = make_pdf(size=(595.2756, 841.8898))
    assert next(render_pages(a4, longer_side=1120)).shape[0] == 1120
    assert next(render_pages(a4, longer_side=1119)).shape[0] == 1119


def test_a_poster_is_rendered_smaller():
    page, = render_pages(make_pdf(size=(14400, 7200)), dpi=600, max_pixels=20_000)
    assert page.shape == (100, 200, 3)


def test_a_page_whose_box_has_no_area_is_a_sentence():
    data = (b'%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type '
            b'/Pages /Kids [3 0 R] /Count 1 >>\nendobj\n3 0 obj\n<< /Type /Page /Parent 2 0 R '
            b'/MediaBox [0 0 500 600] /CropBox [700 700 900 900] >>\nendobj\n'
            b'trailer << /Root 1 0 R /Size 4 >>\n%%EOF\n')
    for size in ({'dpi': 72}, {'longer_side': 600}):
        with pytest.raises(InputError, match='^the page shows nothing: its box has no area$'):
            list(render_pages(data, **size))


def test_only_the_pages_that_were_asked_for():
    pages = list(render_pages(make_pdf(pages=3), longer_side=50, numbers=[2, 0]))
    assert len(pages) == 2
    with pytest.raises(InputError, match='has pages 0 to 2, not 3'):
        list(render_pages(make_pdf(pages=3), numbers=[3]))


@pytest.mark.parametrize('data, message', [
    (b'', 'empty'),
    (b'no PDF at all', 'the PDF is not a PDF'),
    (make_pdf()[:300], 'is not a PDF, or a broken one'),
    (make_pdf(encrypt='secret'), 'the PDF is encrypted'),
])
def test_files_that_are_none_are_named_in_a_sentence(data, message, tmp_path):
    with pytest.raises(InputError, match=message):
        count_pages(data)
    file = tmp_path / 'bad.pdf'
    file.write_bytes(data)
    with pytest.raises(InputError, match=r'bad\.pdf is '):
        list(render_pages(file))


def test_other_mistakes_are_named_too(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r'none\.pdf is not a file'):
        count_pages(tmp_path / 'none.pdf')
    with pytest.raises(InputError, match='upload.pdf is empty'):
        count_pages(b'', name='upload.pdf')
    with pytest.raises(InputError, match='not both'):
        list(render_pages(make_pdf(), longer_side=100, dpi=72))
    with pytest.raises(InputError, match='above 0'):
        list(render_pages(make_pdf(), longer_side=0))
    monkeypatch.setitem(sys.modules, 'pypdfium2', None)
    with pytest.raises(InputError, match="extra 'pdf'"):
        count_pages(make_pdf())
