"""Lines and blocks in the formats of OCR software, valid against their schemas."""
import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from lxml import etree
from pycocotools import mask as mask_tools
from shapely.geometry import Polygon, box

from mmseg.layout import TextLine
from mmseg.layout.crops import line_picture, row_pictures
from mmseg.layout.writers import CocoFile, render
from mmseg.layout.writers.geometry import whole_points
from mmseg.utils.errors import InputError

NAMESPACES = {'p': 'http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15',
              'a': 'http://www.loc.gov/standards/alto/ns-v4#',
              'h': 'http://www.w3.org/1999/xhtml'}


def line(left, top, right, bottom, direction='ltr', **more):
    base = np.array([[left, bottom - 3.], [right, bottom - 2.]])
    if direction == 'vertical':
        base = np.array([[(left + right) / 2, top], [(left + right) / 2, bottom]])
    return TextLine(box(left, top, right, bottom), .75, base, direction=direction, **more)


@pytest.fixture
def lined(page):
    """The page by hand, with lines in its paragraph, its figure and its table."""
    text, rule, figure, table, stamp = page.regions
    return replace(page, regions=(
        replace(text, lines=(line(10, 5, 90, 15, x_height=6.25), line(10, 18, 50, 28, 'rtl'))),
        rule, replace(figure, lines=(line(20, 42, 40, 50), )),
        replace(table, lines=(line(12, 76, 20, 98, 'vertical'), )), stamp))


def found(root, path):
    return root.xpath(path, namespaces=NAMESPACES)


def test_page_xml_has_lines_with_baselines(lined, page_schema):
    root = etree.fromstring(render([lined], 'page'))
    page_schema.assertValid(root)
    first, second = found(root, '//p:TextRegion[@id="r1"]/p:TextLine')
    assert first.get('id') == 'r1_l1' and first.get('readingDirection') == 'left-to-right'
    assert first.get('custom') == 'structure {xHeight:6.2;}'
    assert second.get('readingDirection') == 'right-to-left'
    points = found(first, 'p:Coords/@points')[0].split()
    assert sorted(points) == ['10,15', '10,5', '90,15', '90,5']
    assert found(first, 'p:Baseline/@points') == ['10,12 90,13']
    assert float(found(first, 'p:Coords/@conf')[0]) == .75
    vertical, = found(root, '//p:TableRegion/p:TextRegion/p:TextLine')
    assert vertical.get('readingDirection') == 'top-to-bottom'
    assert found(vertical, 'p:Baseline/@points') == ['16,76 16,98']
    # what is read back of it is still a table
    assert vertical.getparent().get('custom') == 'structure {type:table;}'
    assert len(found(root, '//p:ImageRegion/p:TextRegion/p:TextLine')) == 1
    assert found(root, '//p:RegionRefIndexed/@regionRef') == ['r1', 'r2', 'r3', 'r4', 'r5']


def test_alto_has_lines_with_shapes(lined, alto_schema):
    root = etree.fromstring(render([lined], 'alto'))
    alto_schema.assertValid(root)
    first, second = found(root, '//a:TextBlock[@ID="block_1"]/a:TextLine')
    assert first.get('BASELINE') == '10,12 90,13' and first.get('WIDTH') == '80'
    assert sorted(found(first, 'a:Shape/a:Polygon/@POINTS')[0].split()) == [
        '10,15', '10,5', '90,15', '90,5']
    assert found(second, 'a:String/@CONTENT') == ['']
    assert len(found(root, '//a:ComposedBlock/a:TextBlock/a:TextLine')) == 1
    # a picture has no place for lines: their block comes after it
    after, = found(root, '//a:Illustration/following-sibling::*[1]')
    assert after.get('ID') == 'block_3_text' and len(found(after, 'a:TextLine')) == 1
    assert found(root, '//*[@IDNEXT]/@IDNEXT') == ['block_2', 'block_3', 'block_4', 'block_5']


def test_hocr_has_paragraphs_and_lines(lined):
    root = etree.fromstring(render([lined], 'hocr'))
    first, second = found(root, '//h:div[@class="ocr_carea"]/h:p[@class="ocr_par"]'
                                '/h:span[@class="ocr_line"]')
    assert first.get('title') == 'bbox 10 5 90 15; baseline 0.013 -3; x_wconf 75'
    assert second.get('id') == 'block_1_1_line_2'
    vertical, = found(root, '//h:div[@class="ocr_table"]/h:span')
    assert vertical.get('title').startswith('bbox 12 76 20 98; textangle 270')
    capabilities = found(root, '//h:meta[@name="ocr-capabilities"]/@content')[0].split()
    assert {'ocr_par', 'ocr_line'} <= set(capabilities)


def test_json_says_all_of_a_line(lined, json_schema):
    document = json.loads(render([lined], 'json'))
    json_schema.validate(document)
    assert document['version'] == '1.1'
    regions = document['pages'][0]['regions']
    assert [len(region['lines']) for region in regions] == [2, 0, 1, 1, 0]
    assert regions[0]['lines'][0] == {
        'confidence': .75, 'direction': 'ltr', 'box': [10, 5, 90, 15],
        'polygon': [[90, 5], [90, 15], [10, 15], [10, 5]], 'baseline': [[10, 12], [90, 13]],
        'x_height': 6.25}
    assert regions[0]['lines'][1]['x_height'] is None


def test_coco_has_regions_or_lines(lined):
    counts = {}
    for level in ('region', 'line'):
        file = CocoFile(level)
        file.add(lined)
        counts[level] = json.loads(file.text())['annotations']
    assert len(counts['region']) == 5 and len(counts['line']) == 4
    assert [item['category_id'] for item in counts['line']] == [2, 2, 1, 3]
    assert counts['line'][0]['bbox'] == [10, 5, 80, 10] and counts['line'][0]['score'] == .75
    assert mask_tools.decode(counts['line'][0]['segmentation']).sum() == 800
    with pytest.raises(InputError, match="level is one of region, line, got 'lines'"):
        CocoFile('lines')


def test_points_of_a_line_are_whole_and_on_the_page():
    assert whole_points([(-3, 2.4), (5.6, 2.6), (5.7, 2.7), (99, 3)], (20, 10)) == [
        (0, 2), (6, 3), (10, 3)]
    assert whole_points([(1, 1), (1.2, 1.1)], (20, 10)) == [(1, 1), (1, 1)]


def test_a_line_is_cut_out_of_its_page():
    image = np.full((60, 120, 3), 200, np.uint8)
    image[22:28, 30:80] = 0
    image[5:10, 30:80] = 0  # of the line above
    picture = line_picture(image, line(20, 18, 100, 32))
    assert picture.shape[0] == pytest.approx(25, abs=2)
    assert picture.shape[1] == pytest.approx(88, abs=2)
    ink = np.argwhere(picture[..., 0] < 100)
    assert np.ptp(ink, axis=0).tolist() == pytest.approx([5, 49], abs=1)
    assert picture[0].min() == 200  # what is outside of the line is paper


@pytest.mark.parametrize('ink, paper, share', [(0, 240, .6), (250, 30, .25), (20, 180, .1)])
def test_paper_is_the_lightest_of_the_colours_that_much_of_a_line_has(ink, paper, share):
    image = np.full((60, 140, 3), paper, np.uint8)
    image[20:30, 20:20 + round(80 * share)] = ink
    picture = line_picture(image, line(20, 20, 100, 30))
    assert picture[0].tolist() == [[paper] * 3] * picture.shape[1]


@pytest.mark.parametrize('angle', [8, -15])
def test_a_slanted_line_becomes_level(angle):
    image = np.full((200, 300, 3), 255, np.uint8)
    cv2.rectangle(image, (60, 95), (240, 104), (0, 0, 0), -1)
    turn = cv2.getRotationMatrix2D((150, 100), -angle, 1)
    image = cv2.warpAffine(image, turn, (300, 200), borderValue=(255, 255, 255))

    def turned(points):
        return np.array(points, float) @ turn[:, :2].T + turn[:, 2]

    found = TextLine(Polygon(turned([(55, 90), (245, 90), (245, 110), (55, 110)])), 1.,
                     turned([(55, 105), (245, 105)]))
    ink = np.argwhere(line_picture(image, found)[..., 0] < 128)
    assert np.ptp(ink, axis=0).tolist() == pytest.approx([9, 180], abs=2)


def test_a_vertical_line_stays_upright():
    image = np.full((200, 60, 3), 255, np.uint8)
    image[20:30, 25:35] = 0
    image[150:155, 25:35] = 0
    picture = line_picture(image, line(20, 10, 40, 180, 'vertical'))
    assert picture.shape[0] > 4 * picture.shape[1]
    rows = np.flatnonzero((picture[..., 0] < 128).any(axis=1))
    assert rows[-1] - rows[0] == pytest.approx(134, abs=2) and (rows < 40).sum() >= 9


@pytest.mark.parametrize('rule', [
    np.s_[:, 98:100],  # at the end of the line, as between cells
    np.s_[:34, 20:22],  # which ends below it
    np.s_[:, 58:60],
    np.s_[33:34, :], np.s_[16:17, :]])
def test_rules_are_left_out(rule):
    image = np.full((60, 140, 3), 255, np.uint8)
    image[20:30, 30:50] = image[20:30, 70:90] = 0
    bare = line_picture(image, line(20, 20, 100, 30))
    image[rule] = 0
    found = line_picture(image, line(20, 20, 100, 30))
    assert np.abs(found.astype(int) - bare).max() < 32
    image[:, 56:64] = 0  # no rule, but a part of a picture
    assert (line_picture(image, line(20, 20, 100, 30)) < 128).sum() > (bare < 128).sum() + 150


def test_short_lines_are_read_with_those_of_their_row():
    """Engines read a digit by itself worse; baselines are at one height."""
    image = np.full((120, 400, 3), 255, np.uint8)
    image[20:30, 20:26] = image[20:34, 80:140] = image[60:70, 20:140] = 0
    digit, words = line(18, 18, 28, 33), line(78, 18, 142, 36)
    together, below = row_pictures(image, [digit, words, line(18, 58, 142, 73)])
    assert (below == line_picture(image, line(18, 58, 142, 73))).all()
    assert together.shape[1] == sum(line_picture(image, one).shape[1] for one in (digit, words)) + (
        2 * len(together))
    dark = np.flatnonzero((together[..., 0] < 128).any(axis=0))
    assert dark[-1] - dark[0] > 100
    apart = row_pictures(image, [words, line(18, 58, 142, 73)])
    assert len(apart) == 2 and (apart[0] == line_picture(image, words)).all()
    assert len(row_pictures(image, [line(78, 18, 142, 36), line(170, 18, 300, 36)])) == 2
