import numpy as np
import pytest

from mmseg.corpora.pdf.label import SkippedPage, label_page
from mmseg.corpora.pdf.pages import lines_json
from mmseg.corpora.pdf.pdfium import Letters
from mmseg.corpora.pdf.text import read_lines
from mmseg.utils.pdf_pages import load_page, open_pdf

BACKGROUND, FIGURE, TEXT, TABLE, LINE = range(5)


def page_of(file, longer_side=600, number=0, **options):
    with open_pdf(file) as document:
        page = label_page(load_page(document, number), longer_side, **options)
        assert page.label.shape == page.image.shape[:2] and page.label.dtype == np.uint8
        return page


def labels_of(file, longer_side=600, **options) -> np.ndarray:
    return page_of(file, longer_side, **options).label


def finish(page, turn=0, **options) -> np.ndarray:
    page.save(turn)
    return labels_of(page.canvas._filename, **options)


def classes_in(label, x0, y0, x1, y1) -> set:
    return set(np.unique(label[y0:y1, x0:x1]).tolist())


def test_a_line_of_text_is_its_box(draw):
    page = draw('a.pdf')
    page.text(50, 100)  # 281 points wide: Helvetica of 12
    label = finish(page)
    assert classes_in(label, 51, 91, 330, 102) == {TEXT}
    assert classes_in(label, 0, 0, 500, 89) == {BACKGROUND}
    assert classes_in(label, 0, 105, 500, 600) == {BACKGROUND}
    assert classes_in(label, 0, 89, 49, 105) == classes_in(label, 332, 89, 500, 105) == {BACKGROUND}


def test_lines_are_apart_unless_paragraphs_are_asked_for(draw):
    page = draw('a.pdf')
    for y in (100, 112, 124):  # the ink of a line ends where that of the next begins
        page.text(50, y, 'left columÄn (of) gjpqy')
    label = finish(page)
    rows = (label[:, 60:150] == TEXT).any(axis=1).astype(int)
    assert (np.diff(rows) == 1).sum() == 3
    assert classes_in(label, 60, 94, 150, 98) == classes_in(label, 60, 106, 150, 110) == {TEXT}
    filled = labels_of(page.canvas._filename, paragraphs=True)
    assert (np.diff((filled[:, 60:150] == TEXT).any(axis=1).astype(int)) == 1).sum() == 1


def test_lines_of_a_paragraph_are_one_region_and_columns_are_not(draw):
    page = draw('a.pdf')
    for y in (100, 115, 130):  # 3 pixels between the boxes
        page.text(50, y, 'left column of text here')
        page.text(250, y, 'right column of text here')
    page.text(50, 180, 'another paragraph')
    label = finish(page, paragraphs=True)
    assert classes_in(label, 55, 93, 150, 129) == {TEXT}
    assert classes_in(label, 255, 93, 350, 129) == {TEXT}
    assert classes_in(label, 200, 80, 245, 190) == {BACKGROUND}
    assert classes_in(label, 55, 135, 450, 168) == {BACKGROUND}


def test_an_image_is_a_figure_and_text_over_it_stays_text(draw, noise):
    page = draw('a.pdf')
    page.text(50, 60)
    page.image(noise, 100, 200, 300, 350)
    page.text(150, 300, 'caption in it')
    label = finish(page)
    assert classes_in(label, 102, 202, 298, 280) == {FIGURE}
    assert classes_in(label, 155, 292, 210, 301) == {TEXT}
    assert BACKGROUND == label[195, 200] == label[355, 200] == label[250, 95] == label[250, 305]


def table(page, x0=100, y0=200, rows=3, columns=3, words=True):
    """Cells of 80 x 20 pixels."""
    for row in range(rows + 1):
        page.line(x0, y0 + 20 * row, x0 + 80 * columns, y0 + 20 * row)
    for column in range(columns + 1):
        page.line(x0 + 80 * column, y0, x0 + 80 * column, y0 + 20 * rows)
    if words:
        for row in range(rows):
            for column in range(columns):
                page.text(x0 + 5 + 80 * column, y0 + 14 + 20 * row, f'cell {row}{column}')


def test_a_ruled_table_is_one_region(draw):
    page = draw('a.pdf')
    page.text(50, 60)
    table(page)
    label = finish(page)
    assert classes_in(label, 101, 201, 339, 259) == {TABLE}
    assert BACKGROUND == label[190, 200] == label[270, 200] == label[230, 90] == label[230, 350]
    assert LINE not in label


def test_rules_of_one_length_with_columns_between_are_a_table(draw):
    page = draw('a.pdf')
    for y in (200, 220, 300):
        page.line(100, y, 400, y)
    for y in (214, 240, 260, 280):
        for x in (105, 210, 320):
            page.text(x, y, 'entry')
    label = finish(page)
    assert classes_in(label, 101, 201, 399, 299) == {TABLE}
    assert BACKGROUND == label[195, 200] == label[305, 200]


def test_a_boxed_paragraph_is_text_and_its_frame_is_nothing(draw):
    page = draw('a.pdf')
    page.rect(90, 180, 420, 230)
    for x0, y0, x1, y1 in ((90, 280, 420, 280), (90, 330, 420, 330), (90, 280, 90, 330),
                           (420, 280, 420, 330)):
        page.line(x0, y0, x1, y1)
    for y in (200, 215, 300, 315):
        page.text(100, y)
    label = finish(page)
    assert set(np.unique(label)) == {BACKGROUND, TEXT}


def test_a_plot_is_a_figure_with_its_axes_and_labels(draw):
    page = draw('a.pdf')
    page.text(50, 60)
    page.line(100, 200, 100, 400)
    page.line(100, 400, 350, 400)
    path = page.canvas.beginPath()
    path.moveTo(100, 600 - 390)
    path.curveTo(150, 600 - 250, 250, 600 - 350, 345, 600 - 210)
    page.canvas.drawPath(path)
    for x in (100, 200, 300):
        page.line(x, 400, x, 404)
        page.text(x - 3, 418, str(x))
    page.text(50, 470, 'Figure 1: a caption further down')
    label = finish(page)
    assert classes_in(label, 102, 215, 340, 415) == {FIGURE}
    assert label[466, 60] == TEXT
    assert LINE not in label and TABLE not in label


def test_a_grid_without_text_is_a_figure(draw):
    page = draw('a.pdf')
    page.text(50, 60)
    table(page, words=False)
    assert classes_in(finish(page), 105, 205, 335, 255) == {FIGURE}


def test_separators_are_thin_and_both_ways(draw):
    page = draw('a.pdf')
    page.text(50, 60)
    page.line(50, 80, 450, 80)
    page.line(250, 120, 250, 500, width=0.5)
    page.rect(50, 540, 450, 541.5, fill=(0, 0, 0), stroke=False)
    label = finish(page)
    assert classes_in(label, 51, 79, 449, 81) == {LINE}
    assert classes_in(label, 249, 121, 251, 499) == {LINE}
    assert classes_in(label, 51, 540, 449, 541) == {LINE}
    assert (label[:, 100] == LINE).sum() == 6  # 3 pixels each of 600
    assert (label[300] == LINE).sum() == 3


def test_a_rule_may_be_an_image_of_one_pixel(draw):
    from PIL import Image
    page = draw('a.pdf')
    page.text(50, 60)
    page.image(Image.new('RGB', (1, 1)), 50, 80, 450, 81)
    label = finish(page)
    assert classes_in(label, 51, 80, 449, 81) == {LINE} and FIGURE not in label


def test_cells_may_be_open_at_the_sides(draw):
    page = draw('a.pdf')
    for row in range(4):
        page.line(100, 200 + 20 * row, 300, 200 + 20 * row)
        page.text(160, 194 + 20 * row + 20, 'an entry')
    page.line(150, 200, 150, 260)
    label = finish(page)
    assert classes_in(label, 101, 201, 299, 259) == {TABLE} and LINE not in label


def test_an_arrow_and_an_axis_with_ticks_are_not_separators(draw):
    page = draw('a.pdf')
    page.text(50, 60)
    page.line(100, 200, 300, 200)
    path = page.canvas.beginPath()
    for point in ((300, 400), (294, 403), (294, 397)):
        (path.lineTo if point[0] < 300 else path.moveTo)(*point)
    path.close()
    page.canvas.drawPath(path, fill=1)
    page.line(100, 400, 300, 400)
    for x in (100, 200, 300):
        page.line(x, 400, x, 404)
    assert LINE not in finish(page)


def test_rules_of_a_text_are_not_separators(draw):
    page = draw('a.pdf')
    page.text(50, 100)
    page.line(50, 102, 340, 102)  # under it
    page.text(50, 150)
    page.line(50, 146, 340, 146)  # through it
    page.text(50, 200, 'Name:')
    page.line(90, 201, 300, 201)  # to write on
    assert LINE not in finish(page)


def test_coloured_boxes_are_ground_of_their_text(draw):
    page = draw('a.pdf')
    page.rect(0, 0, 500, 600, fill=(0.9, 0.95, 1), stroke=False)
    page.rect(0, 20, 500, 80, fill=(0.1, 0.2, 0.5), stroke=False)
    page.canvas.setFillColorRGB(1, 1, 1)
    page.canvas.setFont('Helvetica', 12)
    page.text(50, 55)
    label = finish(page)
    assert set(np.unique(label)) == {BACKGROUND, TEXT}
    assert classes_in(label, 52, 47, 329, 56) == {TEXT}


def test_what_cannot_be_seen_is_not_labelled(draw, noise):
    page = draw('a.pdf')
    page.text(50, 60)
    page.text(600, 100)  # outside of the page
    page.canvas.setFillColorRGB(1, 1, 1)
    page.text(50, 200)
    page.canvas.setStrokeColorRGB(1, 1, 1)
    page.line(50, 300, 450, 300)
    label = finish(page)
    assert classes_in(label, 0, 70, 500, 600) == {BACKGROUND}


@pytest.mark.parametrize('turn, where', [(0, (60, 96)), (90, (504, 60)), (180, (440, 504)),
                                         (270, (96, 440))])
def test_turned_pages_are_labelled_as_they_are_shown(draw, turn, where):
    page = draw('a.pdf')
    page.text(50, 100)
    page.line(300, 300, 300, 500)
    label = finish(page, turn)
    assert label.shape == ((600, 500) if turn in (0, 180) else (500, 600))
    x, y = where
    assert label[y, x] == TEXT
    assert (label == TEXT).sum() == pytest.approx(281 * 12, rel=0.06)
    rows, columns = np.nonzero(label == LINE)
    across = {0: (300, 400), 90: (200, 300), 180: (200, 200), 270: (400, 200)}[turn]
    assert (columns.mean(), rows.mean()) == pytest.approx(across, abs=1)


@pytest.mark.parametrize('turn', [0, 90, 180, 270])
def test_a_crop_box_moves_and_cuts_the_labels(draw, turn):
    page = draw('a.pdf')
    page.canvas.setCropBox((40, 300, 440, 560))  # left, low, right, high: 400 x 260
    page.text(50, 100)  # 60 below the crop's upper edge, 10 from its left one
    page.text(50, 500)  # below the crop
    page.save(turn)
    label = np.rot90(labels_of(page.canvas._filename, 400), turn // 90)
    assert label.shape == (260, 400)
    assert classes_in(label, 12, 52, 289, 62) == {TEXT}
    assert classes_in(label, 0, 66, 400, 260) == {BACKGROUND}


def test_scans_and_empty_pages_say_why_they_are_skipped(draw, noise):
    page = draw('empty.pdf')
    page.canvas.showPage()
    with pytest.raises(SkippedPage, match='empty'):
        finish(page)
    page = draw('outlines.pdf')
    page.line(100, 100, 200, 250)
    with pytest.raises(SkippedPage, match='no text in it'):
        finish(page)
    page = draw('scan.pdf')
    page.image(noise, 0, 0, 500, 600)
    with pytest.raises(SkippedPage, match='a scan: one picture'):
        finish(page)
    page = draw('hidden.pdf')  # as OCR programs write it
    page.image(noise, 0, 0, 500, 600)
    text = page.canvas.beginText(50, 500)
    text.setTextRenderMode(3)
    text.textLine('recognised text')
    page.canvas.drawText(text)
    with pytest.raises(SkippedPage, match='its text is invisible'):
        finish(page)
    page = draw('photo.pdf')
    page.image(noise, 0, 0, 500, 600)
    page.text(50, 300)
    with pytest.raises(SkippedPage, match='picture fills the page'):
        finish(page)


def test_text_on_paper_that_is_an_image_is_text(draw):
    from PIL import Image
    page = draw('a.pdf')
    page.image(Image.new('RGB', (50, 60), (240, 235, 220)), 0, 0, 500, 600)
    page.text(50, 100)
    label = finish(page)
    assert set(np.unique(label)) == {BACKGROUND, TEXT}


def test_of_a_clipped_picture_only_what_is_seen_is_a_figure(draw, noise):
    page = draw('a.pdf')
    page.text(50, 60)
    canvas = page.canvas
    canvas.saveState()
    window = canvas.beginPath()
    window.rect(150, 600 - 260, 100, 60)
    canvas.clipPath(window, stroke=0)
    page.image(noise, 50, 100, 450, 500)
    canvas.restoreState()
    label = finish(page)
    rows, columns = np.nonzero(label == FIGURE)
    assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == (150, 200, 250, 260)
    assert (label == FIGURE).sum() == 100 * 60


def test_a_shading_is_a_figure(draw):
    from reportlab.lib.colors import blue, red
    page = draw('a.pdf')
    page.text(50, 60)
    canvas = page.canvas
    canvas.saveState()
    window = canvas.beginPath()
    window.rect(100, 600 - 300, 200, 100)
    canvas.clipPath(window, stroke=0)
    canvas.linearGradient(100, 300, 300, 300, (red, blue))
    canvas.restoreState()
    assert classes_in(finish(page), 102, 202, 298, 298) == {FIGURE}


def test_text_under_a_picture_or_clipped_away_is_not_labelled(draw, noise):
    page = draw('a.pdf')
    page.text(50, 60)
    page.text(110, 300)
    page.image(noise, 100, 200, 450, 400)
    label = finish(page)
    assert classes_in(label, 105, 205, 445, 395) == {FIGURE}


def test_stripes_with_columns_are_a_table_and_a_striped_listing_is_not(draw):
    page = draw('a.pdf')
    for row in range(4):
        if row % 2 == 0:
            page.rect(100, 200 + 20 * row, 400, 220 + 20 * row, fill=(.85, .85, .9), stroke=False)
        for x, word in ((105, 'first'), (210, 'second'), (320, 'third')):
            page.text(x, 214 + 20 * row, f'{word} {row}')
    for row in range(4):
        if row % 2 == 0:
            page.rect(50, 400 + 20 * row, 450, 420 + 20 * row, fill=(.85, .85, .9), stroke=False)
        page.text(55, 414 + 20 * row, f'{row} a program of one line after another')
    label = finish(page)
    assert classes_in(label, 101, 201, 399, 258) == {TABLE}
    assert classes_in(label, 0, 380, 500, 600) == {BACKGROUND, TEXT}


def test_two_tables_of_one_width_are_not_joined(draw):
    page = draw('a.pdf')
    for top in (100, 350):
        for y in (top, top + 20, top + 60):
            page.line(100, y, 400, y)
        for y in (top + 14, top + 34, top + 54):
            for x in (105, 210, 320):
                page.text(x, y, f'entry {y}')
    label = finish(page)
    assert classes_in(label, 101, 101, 399, 159) == classes_in(label, 101, 351, 399, 409) == {TABLE}
    assert classes_in(label, 0, 165, 500, 345) == {BACKGROUND}


def test_a_plot_with_grid_lines_is_a_figure(draw):
    page = draw('a.pdf')
    page.text(50, 60)
    table(page, rows=5, columns=4, words=False)
    for row in range(3):
        for column in (0, 2, 3):
            page.text(130 + 80 * column, 214 + 20 * row, f'{row}')
    path = page.canvas.beginPath()
    path.moveTo(100, 600 - 295)
    path.curveTo(200, 600 - 210, 300, 600 - 290, 418, 600 - 205)
    page.canvas.drawPath(path)
    label = finish(page)
    assert TABLE not in label and classes_in(label, 105, 205, 415, 295) == {FIGURE}


def test_thick_and_thin_rules_are_separators(draw):
    page = draw('a.pdf')
    page.text(50, 60)
    for y, width in ((200, 1.6), (300, 3.2)):  # 3 and 6 pixels of 1120
        page.line(50, y, 450, y, width)
    page.save()
    label = labels_of(page.canvas._filename, 1120)
    assert label[373, 400] == label[560, 400] == LINE


def test_pieces_of_a_coloured_ground_are_not_a_figure(draw):
    page = draw('a.pdf')
    for row in range(4):
        page.rect(50, 100 + 30 * row, 450, 130 + 30 * row, fill=(.9, .9, .9), stroke=False)
        if row != 1:
            page.text(60, 120 + 30 * row)
    assert set(np.unique(finish(page))) == {BACKGROUND, TEXT}


def test_repeated_lines_are_all_labelled(draw):
    page = draw('a.pdf')  # PDFium takes the second for bold print of the first
    for y in (100, 111):
        page.text(50, y, 'the same')
    page.save()
    assert len(page_of(page.canvas._filename).lines.boxes) == 2


def test_a_page_of_unknown_drawings_is_not_learnt(draw):
    page = draw('a.pdf')
    page.canvas.setFont('Helvetica', 60)
    page.text(150, 300, 'LOGO')
    page.canvas.ellipse(5, 5, 495, 595)  # all of the page: a drawing, or its design?
    with pytest.raises(SkippedPage, match='in doubt'):
        finish(page)


def test_turned_lines_begin_where_they_are_read_from(draw):
    page = draw('a.pdf')
    page.text(50, 60)
    page.canvas.saveState()
    page.canvas.translate(100, 100)
    page.canvas.rotate(90)
    page.canvas.drawString(0, 0, 'up the page')
    page.canvas.restoreState()
    page.save()
    flat, turned = lines_json(page_of(page.canvas._filename).lines)['lines']
    assert flat['direction'] == turned['direction'] == 'ltr'
    (x0, y0), (x1, y1), *_ = turned['polygon']
    assert x0 == x1 and (x0, y0, y1) == pytest.approx((91, 500, 438), abs=2)


def letters_at(boxes, codes):
    """Upright letters of 16 pixels that are one object."""
    letters = Letters.__new__(Letters)
    letters.codes = np.array(codes)
    letters.boxes = np.array(boxes, float)
    letters.origins = letters.boxes[:, [0, 3]]
    letters.along = np.tile([1., 0.], (len(boxes), 1))
    letters.up = np.tile([0., -16.], (len(boxes), 1))
    letters.owners = np.zeros(len(boxes), np.uint64)
    return letters


def test_chinese_letters_below_each_other_are_a_vertical_line_and_hebrew_is_read_to_the_left():
    ink = np.zeros((200, 200), bool)
    columns = [(20, 20 + 20 * row, 34, 34 + 20 * row) for row in range(4)]
    row = [(100 + 12 * column, 100, 110 + 12 * column, 112) for column in range(4)]
    for x0, y0, x1, y1 in columns + row:
        ink[y0:y1, x0:x1] = True
    lines = read_lines(letters_at(columns + row, [0x65e5] * 4 + [0x05d0] * 4), ink)
    assert lines.boxes.tolist() == [[20, 20, 34, 94], [100, 100, 146, 112]]
    assert lines.directions == ['vertical', 'rtl'] and lines.unknown == 0
