"""Lines and blocks of whole pages, and what their ink says, on pages painted by hand."""
import cv2
import numpy as np
import pytest
import shapely
import shapely.affinity
from shapely.geometry import Polygon

from mmseg.core.text_lines import LineOptions
from mmseg.inference.predictor import PageArrays
from mmseg.layout import RegionOptions, page_layout
from mmseg.layout.baseline import find_baseline
from mmseg.layout.lines import FoundLine, level, skew, which_vertical
from mmseg.layout.reading_order import reading_order
from mmseg.layout.region import Region, TextLine
from mmseg.layout.region_order import region_order
from mmseg.layout.text_blocks import around, text_blocks
from mmseg.utils.errors import InputError

CLASSES = ('background', 'figure', 'text', 'table', 'validline')
OPTIONS = RegionOptions(reference_size=None, min_area=4, min_line_length=4)


def arrays(label, lines=None):
    seg = np.stack([(label == k).astype(np.float32) for k in range(len(CLASSES))])
    return PageArrays(seg, None, lines)


def layout(label, lines=None, image=None, **options):
    return page_layout(arrays(label, lines), CLASSES, options=OPTIONS.changed(**options),
                       image=image)


def paint(shape, *boxes):
    label = np.zeros(shape, np.uint8)
    for value, left, top, right, bottom in boxes:
        label[top:bottom, left:right] = value
    return label


def test_parts_of_the_text_become_a_block_with_lines():
    label = paint((100, 200), (2, 10, 10, 190, 20), (2, 10, 24, 190, 34), (2, 10, 38, 100, 48))
    region, = layout(label).regions
    assert region.name == 'text' and region.box == (10, 10, 190, 48)
    assert [line.box for line in region.lines] == [(10, 10, 190, 20), (10, 24, 190, 34),
                                                   (10, 38, 100, 48)]
    assert region.polygon.is_valid and region.confidence == 1
    assert len(layout(label, blocks=False).regions) == 3
    assert layout(label, blocks=False).regions[0].lines == ()


def test_lines_of_a_line_head_part_what_the_pixels_join():
    label = paint((100, 200), (2, 10, 10, 190, 34))
    scores = np.zeros((100, 200), np.float32)
    scores[13:17, 14:186] = scores[27:31, 14:186] = .9
    options = LineOptions(epsilon_ratio=.002)
    region, = layout(label, scores, line_options=options).regions
    assert len(region.lines) == 2
    assert region.lines[0].box[3] < 24 < region.lines[1].box[1] + 4
    assert region.lines[0].confidence == pytest.approx(.9)


def test_text_that_the_line_head_missed_is_kept():
    label = paint((100, 200), (2, 10, 10, 190, 20), (2, 10, 60, 190, 70))
    scores = np.zeros((100, 200), np.float32)
    scores[13:17, 14:186] = .9
    options = LineOptions(epsilon_ratio=.002)
    found = layout(label, scores, line_options=options).regions
    assert [region.lines[0].confidence for region in found] == pytest.approx([.9, 1])


def test_lines_in_a_table_belong_to_it():
    label = paint((100, 200), (3, 10, 10, 190, 60))
    scores = np.zeros((100, 200), np.float32)
    scores[14:18, 20:90] = scores[14:18, 110:180] = scores[40:44, 20:90] = .9
    table, = layout(label, scores, line_options=LineOptions(epsilon_ratio=.002)).regions
    assert table.name == 'table' and len(table.lines) == 3
    assert [round(line.box[0] / 90) for line in table.lines] == [0, 1, 0]


def test_no_block_goes_across_a_separator():
    label = paint((60, 200), (2, 10, 10, 190, 20), (4, 10, 22, 190, 23), (2, 10, 26, 190, 36))
    names = [region.name for region in layout(label).regions]
    assert names == ['text', 'validline', 'text']


def test_a_caption_stays_with_its_figure():
    label = paint((300, 400), (1, 20, 20, 180, 150), (2, 30, 154, 170, 164),
                  (2, 220, 20, 380, 30), (2, 220, 34, 380, 44), (2, 20, 200, 180, 210),
                  (2, 20, 214, 180, 224))
    found = [(region.name, region.box[1]) for region in layout(label).regions]
    assert found[:2] == [('figure', 20), ('text', 154)]


def region_with_line(label, *box):
    polygon = shapely.box(*box)
    line = TextLine(polygon, 1., np.array([[box[0], box[3]], [box[2], box[3]]]))
    lines = () if CLASSES[label] == 'figure' else (line, )
    return Region(label, CLASSES[label], polygon, 1., np.zeros((4, 2)), lines=lines)


@pytest.mark.parametrize('left, right, is_caption', [
    (45, 100, False),  # the last line of a cell, whose first is within the table
    (20, 50, True), (150, 180, True), (70, 130, True), (26, 140, True)])
def test_a_caption_is_at_an_edge_or_in_the_middle_or_as_wide(left, right, is_caption):
    table, within = region_with_line(3, 20, 20, 180, 150), region_with_line(2, 30, 130, 90, 140)
    regions = [table, within, region_with_line(2, left, 154, right, 164)]
    assert region_order(regions, (300, 400)) == ([0, 2, 1] if is_caption else [0, 1, 2])


def test_a_table_with_a_line_in_it_is_no_caption_of_a_figure():
    region = region_with_line
    regions = [region(2, 20, 20, 180, 30), region(3, 20, 34, 180, 46),
               region(1, 20, 50, 180, 130)]
    assert region_order(regions, (300, 200)) == [0, 1, 2]


def test_vertical_lines_are_found_and_read_from_the_right():
    label = paint((200, 200), (2, 160, 10, 172, 180), (2, 140, 10, 152, 180),
                  (2, 120, 10, 132, 90))
    region, = layout(label).regions
    assert [line.direction for line in region.lines] == ['vertical'] * 3
    assert [line.box[0] for line in region.lines] == [160, 140, 120]
    top, bottom = region.lines[0].baseline
    assert top.tolist() == [166, 10] and bottom.tolist() == [166, 180]


def test_right_to_left_by_an_option():
    label = paint((60, 200), (2, 10, 10, 88, 20), (2, 96, 10, 190, 20))
    region, = layout(label, right_to_left=True).regions
    assert [line.box[0] for line in region.lines] == [96, 10]
    first, last = region.lines[0].baseline
    assert region.lines[0].direction == 'rtl' and first[0] > last[0]


def line(left, top, right, bottom, label=2):
    return FoundLine(shapely.box(left, top, right, bottom), 1., label)


def test_a_skewed_page_has_the_blocks_of_the_level_one():
    boxes = [(x, y, x + 300, y + 10) for x in (50, 380) for y in range(100, 240, 14)]
    turned = [FoundLine(shapely.affinity.rotate(shapely.box(*box), 6, (350, 200)), 1., 2)
              for box in boxes]
    assert np.degrees(skew([found.polygon for found in turned])) == pytest.approx(6, abs=.1)
    regions = text_blocks(turned, [], {2: 'text'})
    assert sorted(len(region.lines) for region in regions) == [10, 10]
    frame = level([found.polygon for found in turned])
    assert np.allclose(frame.boxes[:, 3] - frame.boxes[:, 1], 10, atol=.5)


def test_only_long_lines_tell_the_skew():
    word, long = shapely.box(0, 0, 38, 10), shapely.box(0, 0, 42, 10)
    assert skew([shapely.affinity.rotate(word, 20)] * 2) == 0
    for angle in (5, 45):
        turned = shapely.affinity.rotate(long, angle)
        assert np.degrees(skew([word, turned, word])) == pytest.approx(angle, abs=1e-4)
    assert skew([]) == 0


def test_which_lines_are_vertical():
    tall, square, wide = (shapely.box(0, 0, *size) for size in ((10, 90), (10, 10), (90, 10)))
    assert which_vertical([tall, square, tall]).tolist() == [True, True, True]
    assert which_vertical([wide, square, tall, wide]).tolist() == [False, False, True, False]
    digit = shapely.box(0, 0, 5, 14)
    assert which_vertical([shapely.box(0, 0, 100, 10), digit]).tolist() == [False, False]


def written(slope=0., bend=0.):
    """A page with a line whose small letters are 14 high and rest on y = 60 at its middle."""
    image = np.full((120, 420, 3), 255, np.uint8)
    down = []
    for number, x in enumerate(range(10, 400, 12)):
        base = 60 + slope * (x + 4 - 205) + bend * ((x + 4 - 205) / 195) ** 2
        top = base - (22 if number % 5 == 0 else 14)
        foot = base + (6 if number % 7 == 3 else 0)
        image[round(top):round(foot), x:x + 8] = 0
        down.append((x, top, foot))
    upper = [(x + 4, top - 1) for x, top, _ in down]
    lower = [(x + 4, foot + 1) for x, _, foot in down]
    return image, Polygon(upper + lower[::-1]).buffer(6, cap_style='flat').simplify(1)


@pytest.mark.parametrize('slope', [0., .05, -.08])
def test_letters_rest_on_the_baseline(slope):
    image, polygon = written(slope)
    base = find_baseline(polygon, image)
    assert len(base.points) == 2
    x, y = base.points.T
    assert x[0] < 15 and x[1] > 390
    assert y == pytest.approx(60 + slope * (x - 205), abs=1.5)
    assert base.x_height == pytest.approx(14, abs=1.6)


def test_a_curved_line_keeps_its_curve():
    image, polygon = written(bend=25.)
    base = find_baseline(polygon, image)
    assert len(base.points) == 9
    x, y = base.points.T
    assert y == pytest.approx(60 + 25 * ((x - 205) / 195) ** 2, abs=3)


def test_light_letters_on_dark_paper_have_one_too():
    image, polygon = written()
    base = find_baseline(polygon, 255 - image)
    assert base.points[:, 1] == pytest.approx(60, abs=1.5)


def page_of_lines(count, size=(200, 460)):
    """A page with lines of ink, 10 high and 18 apart, with dots above and a descender below."""
    image = np.full((*size, 3), 255, np.uint8)
    for top in range(30, 30 + 18 * count, 18):
        for x in range(30, 420, 12):
            image[top:top + 10, x:x + 7] = 0
            if x % 36 == 6:
                image[top - 4:top - 2, x:x + 7] = 0
            if x % 60 == 18:
                image[top + 10:top + 13, x:x + 3] = 0
    return image


@pytest.mark.parametrize('count', [1, 2, 4])
@pytest.mark.parametrize('angle', [0., 3.])
def test_parts_that_join_lines_are_cut_where_there_is_no_ink(count, angle):
    image = page_of_lines(count)
    label = paint((200, 460), (2, 28, 25, 422, 28 + 18 * count), (2, 28, 150, 422, 154),
                  (2, 28, 170, 422, 174))
    turn = cv2.getRotationMatrix2D((230, 100), angle, 1)
    size = (460, 200)
    image = cv2.warpAffine(image, turn, size, borderValue=(255, 255, 255))
    label = cv2.warpAffine(label, turn, size, flags=cv2.INTER_NEAREST)
    found = layout(label, image=image).regions
    assert [len(region.lines) for region in found][:1] == [count]
    heights = [region.lines[0].polygon.area / 394 for region in found[:1]]
    assert heights == pytest.approx([18], abs=5)
    assert len(layout(label).regions[0].lines) == 1  # without the page nobody knows


def test_without_ink_it_is_the_lower_side():
    box = shapely.box(10, 20, 200, 40)
    for image in (None, np.full((60, 220, 3), 255, np.uint8)):
        base = find_baseline(box, image)
        assert base.points.tolist() == [[10, 40], [200, 40]] and base.x_height is None


def test_the_outline_of_a_block_is_valid_and_holds_its_lines():
    lines = [shapely.box(10, 10, 90, 20), shapely.box(0, 24, 60, 34), shapely.box(0, 38, 30, 48)]
    outline = around([lines])[0]
    assert outline.is_valid and all(outline.covers(part) for part in lines)
    apart = around([[shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)]])[0]
    assert apart.is_valid and apart.area > 2


def test_classes_of_text_are_told_by_their_names_or_by_the_option():
    classes = ('background', 'title', 'figure', 'mine')
    assert RegionOptions().text_labels(classes) == [1]
    assert RegionOptions(text='mine').text_labels(classes) == [3]
    with pytest.raises(InputError, match="names the class 'mien'.*did you mean 'mine'"):
        RegionOptions(text=['mien']).text_labels(classes)
    with pytest.raises(InputError, match='blocks is True or False'):
        RegionOptions(blocks=1)


def test_work_and_memory_of_ordering_grow_with_the_number_of_regions(effort):
    def order(rows):
        boxes = [(x * 800, 2000 + y * 14, x * 800 + 700, 2010 + y * 14)
                 for y in range(rows) for x in range(10)]
        return reading_order(boxes, (12000, 8000))

    (some, few), (more, many) = effort(lambda: order(100)), effort(lambda: order(500))
    assert more < 8 * some and many < 8 * few
    found = order(500)
    assert found[:3] == [0, 10, 20] and sorted(found) == list(range(5000))


def test_a_page_without_text_has_no_lines():
    assert layout(np.zeros((20, 20), np.uint8)).regions == ()
