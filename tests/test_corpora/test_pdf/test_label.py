import numpy as np
import pytest

from mmseg.corpora.pdf.label import SkippedPage
from mmseg.corpora.pdf.pages import lines_json
from mmseg.corpora.pdf.pdfium import Letters
from mmseg.corpora.pdf.text import read_lines

from .labelled import BACKGROUND, FIGURE, LINE, TABLE, TEXT, classes_in, finish, labels_of, page_of


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
