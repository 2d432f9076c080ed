"""Tables, rules and separators of PDFs."""

import pytest

from .labelled import BACKGROUND, FIGURE, LINE, TABLE, TEXT, classes_in, finish, labels_of


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


@pytest.mark.parametrize('after, bottom', [
    ([(105, 'words'), (210, 'more'), (320, 'most')], 300),
    ([(105, 'words'), (320, 'most')], 300),
    ([(105, 'A sentence that goes on across the columns')], 280),
    ([(105, 'words')], 280)])
def test_a_row_without_a_stripe_before_or_after_the_others_is_of_the_table(draw, after, bottom):
    page = draw('a.pdf')
    page.text(105, 194, 'A title above the table that is not a row')
    for row in range(1, 4):
        if row % 2 == 1:
            page.rect(100, 200 + 20 * row, 400, 220 + 20 * row, fill=(.85, .85, .9), stroke=False)
        for x, word in ((105, 'first'), (210, 'second'), (320, 'third')):
            page.text(x, 214 + 20 * row, f'{word} {row}')
    for x, word in ((105, 'one'), (210, 'two'), (320, 'three')):
        page.text(x, 214, word)
    for x, word in after:
        page.text(x, 294, word)
    label = finish(page)
    assert classes_in(label, 101, 201, 399, bottom - 1) == {TABLE}
    assert classes_in(label, 0, bottom + 1, 500, 400) == (
        {BACKGROUND} if bottom == 300 else {BACKGROUND, TEXT})
    assert TABLE not in classes_in(label, 0, 170, 500, 199)


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
