"""Rich sample pages: what each part draws is labelled as what it is, and nothing else."""
import cv2
import numpy as np
import pytest

from mmseg.core.visualization import fonts
from mmseg.corpora.sample_pages import CLASSES, make_sample_pages, sample_page
from mmseg.corpora.sample_pages import rich_blocks as parts
from mmseg.corpora.sample_pages.canvas import (
    BACKGROUND,
    FIGURE,
    TABLE,
    TEXT,
    VALIDLINE,
    Box,
    PageCanvas,
    Style,
)
from mmseg.corpora.sample_pages.rich import DOCUMENTS, SLIDES
from mmseg.corpora.sample_pages.rich_figures import KINDS, label_seen, rich_figure, signature, stamp
from mmseg.corpora.sample_pages.rich_tables import rich_table
from mmseg.corpora.sample_pages.typefaces import FAMILIES, covers, installed

BOX = Box(40, 40, 560, 560)


def blank(seed=0, size=(600, 600)):
    style = Style()
    page = PageCanvas(size, np.random.default_rng(seed), style, 'english')
    page.unit = 1.0  # lengths as on a page of 1120 pixels
    return page


def changed(page):
    return (page.image != 255).any(-1)


def labels_of(block, seeds=range(8)):
    """All labels that a block draws on some pages, having drawn something on most."""
    found, drawn = set(), 0
    for seed in seeds:
        page = blank(seed)
        bottom = block(page, BOX)
        if bottom is not None:
            drawn += 1
            assert BOX.top < bottom <= BOX.bottom + 5
            found |= set(np.unique(page.label).tolist())
    assert drawn >= len(seeds) // 2
    return found


@pytest.mark.parametrize('block, labels', [
    (parts.text_box, {BACKGROUND, TEXT}),
    (parts.listing, {BACKGROUND, TEXT}),
    (parts.mathematics, {BACKGROUND, TEXT}),
    (parts.contents, {BACKGROUND, TEXT}),
    (parts.fields, {BACKGROUND, TEXT, VALIDLINE}),
    (parts.check_boxes, {BACKGROUND, TEXT}),
    (parts.rules, {BACKGROUND, VALIDLINE}),
    (parts.signed, {BACKGROUND, FIGURE, TEXT, VALIDLINE}),
    (parts.note, {BACKGROUND, TEXT}),
])
def test_each_block_has_its_labels(block, labels):
    assert labels_of(block, range(12)) == labels


def test_a_block_without_room_draws_nothing():
    for block in (parts.text_box, parts.mathematics, parts.contents, parts.signed, rich_table):
        page = blank()
        assert block(page, Box(40, 40, 560, 50)) is None
        assert not changed(page).any() and not page.label.any()


def test_a_tinted_box_is_background_but_for_its_lines():
    page = blank(2)
    parts.text_box(page, BOX)
    tinted = changed(page) & (page.label == BACKGROUND)
    assert tinted.sum() > 3 * (page.label == TEXT).sum() * 0.2
    assert not (page.label == FIGURE).any()


def test_a_table_is_labelled_as_far_as_it_is_seen():
    ruled = 0
    for seed in range(30):
        page = blank(seed)
        if rich_table(page, BOX) is None:
            continue
        rows, columns = np.nonzero(page.label == TABLE)
        box = Box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert (page.label[box.top:box.bottom, box.left:box.right] == TABLE).all()
        seen = changed(page)
        for edge in (seen[box.top:box.top + 3], seen[box.bottom - 3:box.bottom]):
            assert edge[:, box.left:box.right].any()
        outside = seen & (page.label == BACKGROUND)
        assert outside.sum() < 60  # antialiased rims of captions
        ruled += seen[box.top, box.left:box.right].all()
    assert 3 < ruled < 27  # some tables begin with a rule, some with text


@pytest.mark.parametrize('kind', KINDS)
def test_a_figure_is_labelled_by_what_it_shows(kind):
    page = blank(3)
    before = page.picture.copy()
    kind(page, BOX)
    label_seen(page, BOX, before)
    rows, columns = np.nonzero(page.label)
    assert set(page.label[page.label > 0]) == {FIGURE}
    assert BOX.left <= columns.min() and columns.max() < BOX.right
    ink = np.abs(page.image.astype(int) - 255).max(-1) > 12
    assert (page.label[ink] == FIGURE).all()
    assert ink[rows.min()].any() and ink[:, columns.min()].any()
    assert ink[rows.max()].any() and ink[:, columns.max()].any()


def test_small_figures_are_pictures_or_emblems():
    page = blank(1)
    rich_figure(page, Box(40, 40, 90, 90))
    assert (page.label[45:85, 45:85] == FIGURE).mean() > 0.8


@pytest.mark.parametrize('draw', [stamp, signature])
def test_stamps_and_signatures_are_figures(draw):
    for seed in range(6):
        page = blank(seed)
        draw(page, Box(100, 100, 300, 220))
        assert set(np.unique(page.label)) == {BACKGROUND, FIGURE}
        assert (page.label == FIGURE).sum() < 200 * 200 + 1


@pytest.mark.parametrize('design', sorted({*DOCUMENTS, *SLIDES}, key=lambda d: d.__name__))
def test_every_design_draws_at_any_size(design):
    for seed, size in enumerate([(560, 400), (400, 560), (160, 120), (120, 160)]):
        page = PageCanvas(size, np.random.default_rng(seed), Style(), 'english')
        design(page)
        assert page.label.max() < len(CLASSES)


def test_pages_repeat_and_hold_every_class():
    held = np.zeros(len(CLASSES), int)
    for index in range(24):
        image, label, _ = sample_page(index, size=320, style='rich')
        held += [(label == value).any() for value in range(len(CLASSES))]
        if index < 4:
            again = sample_page(index, size=320, style='rich')
            np.testing.assert_array_equal(image, again[0])
            np.testing.assert_array_equal(label, again[1])
    assert held.min() >= 5
    plain = sample_page(3, size=320)
    assert plain[0].shape != image.shape or (plain[0] != image).any()


def test_rich_pages_are_drawn_without_any_font_on_the_machine(monkeypatch):
    monkeypatch.setattr(fonts, '_installed', dict)
    text = [(sample_page(index, size=320, style='rich')[1] == TEXT).any() for index in range(12)]
    assert sum(text) >= 10


def test_a_typeface_without_the_letters_is_not_taken(monkeypatch):
    serif = fonts.find_font(('DejaVuSerif.ttf',))
    if serif is None:
        pytest.skip('needs DejaVu Serif')
    assert covers(serif, 'äжΣ∑') and not covers(serif, '中')
    assert not covers(None, 'ж')
    monkeypatch.setitem(FAMILIES, 'old', (('NoSuchFont.ttf', 'NoSuchFont-Bold.ttf'),))
    assert installed('old', 'ж')[0].regular == serif


def test_the_folder_records_its_style(tmp_path):
    out = make_sample_pages(tmp_path / 'pages', 2, 0, seed=5, size=256, style='rich')
    stored = cv2.imread(str(out / 'JPEGImages/train_00001.jpg'))
    drawn = sample_page(1, 5, 256, style='rich')[0]
    assert np.abs(stored.astype(int) - drawn).mean() < 8
