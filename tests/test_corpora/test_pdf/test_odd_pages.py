"""Pages as programs write them now and then: turned, nested, masked, scaled, damaged."""
import numpy as np
import pytest

pytest.importorskip('pypdfium2')

from .labelled import FIGURE, TABLE, TEXT
from .test_outer_rules import box_of
from .test_written_by_hand import labels_of, page_of, stream, words, write

LINE_OF_TEXT = words(50, 500)
BOX = '1 0 0 rg 200 100 100 100 re f\n'
TYPE3 = ('/Subtype /Type3 /FontBBox [0 0 1000 1000] /FontMatrix [0.001 0 0 0.001 0 0] /CharProcs '
         '<< /a 7 0 R >> /Encoding << /Type /Encoding /Differences [97 /a] >> /FirstChar 97 '
         '/LastChar 97 /Widths [600] /Resources << >>')
FORM = '/Type /XObject /Subtype /Form /BBox [0 0 500 600] /Resources << /Font << /F 5 0 R >> >>'
IMAGE = '/Type /XObject /Subtype /Image /Height 2'
GREY = f'{IMAGE} /Width 2 /BitsPerComponent 8 /ColorSpace /DeviceGray'
PAINT = 'q 1 0 0 rg 100 0 0 100 200 100 cm /I Do Q\n'


@pytest.mark.parametrize('turn, shape, figure', [
    (90, (512, 600), (67, 200, 178, 312)), (180, (600, 512), (200, 67, 312, 178)),
    (270, (512, 600), (422, 200, 533, 312)), (-90, (512, 600), (422, 200, 533, 312)),
    (450, (512, 600), (67, 200, 178, 312))])
def test_a_turned_page_with_a_crop_box_that_is_off(tmp_path, turn, shape, figure):
    label = labels_of(tmp_path, LINE_OF_TEXT + BOX, '/MediaBox [0 0 500 600] '
                      f'/CropBox [20 40 480 580] /Rotate {turn}')
    assert label.shape == shape and box_of(label, FIGURE) == figure
    assert TEXT in label


@pytest.mark.parametrize('content, options, text', [
    (words(50, 500, 'aaaa aaa aaaa'), {'font': TYPE3, 'more': [
        '<< >>', stream('', '600 0 0 0 500 700 d1 0 0 500 700 re f')]}, (50, 91, 128, 100)),
    (LINE_OF_TEXT + '/X Do\n1 0 0 1 0 -200 cm\n/X Do', {
        'resources': '/XObject << /X 7 0 R >>',
        'more': ['<< >>', stream(FORM, words(50, 400, 'in the form twice'))]}, (50, 91, 137, 401)),
    (LINE_OF_TEXT + '/X Do', {
        'resources': '/XObject << /X 7 0 R >>', 'more': ['<< >>', stream(
            f'{FORM} /Matrix [0.5 0 0 0.5 100 100]', words(50, 400, 'in the form small'))]},
     (50, 91, 169, 300)),
    ('BT /F -12 Tf 300 500 Td (words of a line) Tj ET', {}, (222, 99, 300, 109)),
    ('BT /F 12 Tf -1 0 0 1 300 500 Tm (words of a line) Tj ET', {}, (222, 91, 300, 101)),
    ('BT /F 1 Tf 1 5 Td (words) Tj ET', {'page': '/MediaBox [0 0 10 10]'}, (61, 257, 218, 301)),
    ('BT /F 400 Tf 1000 9000 Td (words of a line) Tj ET', {
        'page': '/MediaBox [0 0 14400 14400]'}, (42, 213, 149, 226))])
def test_text_is_labelled_where_it_is_seen(tmp_path, content, options, text):
    label = labels_of(tmp_path, content, **options)
    assert box_of(label, TEXT) == text and set(np.unique(label)) == {0, TEXT}


@pytest.mark.parametrize('content, options', [
    ('/OC /L BDC\n' + words(50, 400) + 'EMC\n', {
        'more': ['<< /Type /OCG /Name (x) >>'],
        'catalog': '/OCProperties << /OCGs [6 0 R] /D << /BaseState /OFF >> >>'}),
    ('/OC /L BDC\n' + words(50, 400) + 'EMC\n', {
        'more': ['<< /Type /OCMD /OCGs [7 0 R] /P /AllOn >>', '<< /Type /OCG /Name (x) >>'],
        'catalog': '/OCProperties << /OCGs [7 0 R] /D << /OFF [7 0 R] >> >>'}),
    ('q 0 0 0 0 re W n ' + words(50, 400) + BOX + 'Q', {}),
    ('3 Tr ' + words(50, 400) + '0 Tr', {}),
    ('/G gs ' + words(50, 400), {'resources': '/ExtGState << /G << /ca 0 >> >>'}),
    (PAINT, {'resources': '/XObject << /I 7 0 R >>', 'more': [
        '<< >>', stream(f'{GREY} /SMask 8 0 R', '\x10\x20\x30\x60'),
        stream(GREY, '\x00\x00\x00\x00')]}),
    ('', {'page': '/MediaBox [0 0 500 600] /Annots [<< /Type /Annot /Subtype /Square '
                  '/Rect [100 100 300 300] /C [1 0 0] >>]'})])
def test_what_nobody_sees_has_no_label(tmp_path, content, options):
    label = labels_of(tmp_path, LINE_OF_TEXT + content, **options)
    assert box_of(label, TEXT) == (50, 91, 127, 101) and set(np.unique(label)) == {0, TEXT}


@pytest.mark.parametrize('content, options, figure', [
    ('q 100 0 0 100 200 100 cm BI /W 2 /H 2 /BPC 8 /CS /G ID \x10\xf0\x80\x30 EI Q', {},
     (200, 400, 300, 500)),
    (PAINT, {'resources': '/XObject << /I 7 0 R >>', 'more': ['<< >>', stream(
        f'{IMAGE} /ImageMask true /Width 8 /BitsPerComponent 1 /Decode [1 0]', '\x55\x33')]},
     (212, 400, 300, 500))])
def test_images_of_every_kind_are_figures(tmp_path, content, options, figure):
    label = labels_of(tmp_path, LINE_OF_TEXT + content, **options)
    assert box_of(label, FIGURE) == figure


def test_a_name_of_the_authors_own_may_mean_a_table(tmp_path):
    label = labels_of(
        tmp_path, f'/Grid << /MCID 0 >> BDC\n{words(100, 400)}{words(250, 400)}EMC\n'
        f'/P << /MCID 1 >> BDC\n{LINE_OF_TEXT}EMC\n', '/MediaBox [0 0 500 600] /StructParents 0',
        ['<< >>', '<< /Type /StructTreeRoot /K [8 0 R 9 0 R] /RoleMap << /Grid /Table >> '
         '/ParentTree 10 0 R >>', '<< /Type /StructElem /S /Grid /P 7 0 R /Pg 3 0 R /K 0 >>',
         '<< /Type /StructElem /S /P /P 7 0 R /Pg 3 0 R /K 1 >>', '<< /Nums [0 [8 0 R 9 0 R]] >>'],
        '/MarkInfo << /Marked true >> /StructTreeRoot 7 0 R')
    assert box_of(label, TABLE) == (100, 191, 327, 200) and label[95, 60] == TEXT


def test_boxes_and_turns_may_be_inherited(tmp_path):
    file = write(tmp_path, LINE_OF_TEXT, page='/Kind 1')
    file.write_bytes(file.read_bytes().replace(
        b'/Type /Pages ', b'/Type /Pages /MediaBox [0 0 500 600] /Rotate 90 '
        b'/CropBox [0 100 500 600] '))
    label = page_of(file).label
    assert label.shape == (600, 600) and box_of(label, TEXT) == (479, 60, 491, 153)


@pytest.mark.parametrize('before, behind', [(b'', b'startxref\n99999\n%%EOF'),
                                            (b'something else\n', b''), (b'', b'\0' * 500)])
def test_a_file_without_a_good_table_of_objects(tmp_path, before, behind):
    file = write(tmp_path, LINE_OF_TEXT)
    file.write_bytes(before + file.read_bytes() + behind)
    assert box_of(page_of(file).label, TEXT) == (50, 91, 127, 101)


def test_a_table_over_two_pages_has_on_each_its_own_text(tmp_path):
    def page(*kinds):
        return ''.join(f'/{kind} << /MCID {mark} >> BDC\n{words(100, 500 - 200 * mark)}EMC\n'
                       for mark, kind in enumerate(kinds))

    file = write(
        tmp_path, page('TD', 'P'), '/MediaBox [0 0 500 600] /StructParents 0',
        ['<< >>', '<< /Type /Page /Parent 2 0 R /Contents 8 0 R /MediaBox [0 0 500 600] '
         '/StructParents 1 /Resources << /Font << /F 5 0 R >> >> >>', stream('', page('P', 'TD')),
         '<< /Type /StructTreeRoot /K [10 0 R 12 0 R] /ParentTree 13 0 R >>',
         '<< /Type /StructElem /S /Table /P 9 0 R /K [11 0 R] >>',
         '<< /Type /StructElem /S /TD /P 10 0 R /Pg 3 0 R /K [0 << /Type /MCR /Pg 7 0 R '
         '/MCID 1 >>] >>',
         '<< /Type /StructElem /S /P /P 9 0 R /Pg 3 0 R /K [1 << /Type /MCR /Pg 7 0 R '
         '/MCID 0 >>] >>',
         '<< /Nums [0 [11 0 R 12 0 R] 1 [12 0 R 11 0 R]] >>'],
        '/MarkInfo << /Marked true >> /StructTreeRoot 9 0 R', '[3 0 R 7 0 R]')
    for number, kinds in enumerate([(TABLE, TEXT), (TEXT, TABLE)]):
        label = page_of(file, number).label
        assert (label[95, 105], label[295, 105]) == kinds
