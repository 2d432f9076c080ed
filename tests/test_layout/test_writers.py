import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from lxml import etree, html
from pycocotools import mask as mask_tools
from pycocotools.coco import COCO
from shapely import union_all
from shapely.geometry import Polygon, box

from mmseg.layout import PageLayout
from mmseg.layout.writers import (
    FORMATS,
    CocoFile,
    layout_json,
    overlay,
    region_type_of,
    render,
    write,
)
from mmseg.layout.writers.geometry import _along_edges, is_box, whole_outline
from mmseg.utils.errors import InputError

PAGE = '{http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15}'
ALTO = '{http://www.loc.gov/standards/alto/ns-v4#}'
XHTML = '{http://www.w3.org/1999/xhtml}'
EMPTY = PageLayout((9, 7), (), ('background', 'text'), ((0, 0, 0), (1, 2, 3)))


def tags(parent, namespace: str) -> list[str]:
    return [child.tag.removeprefix(namespace) for child in parent]


def runs_of(inside):
    """Row, first column and that behind the last of the runs of a mask."""
    ends = np.diff(np.pad(inside, ((0, 0), (1, 1))).astype(int), axis=1)
    return np.column_stack([*np.nonzero(ends == 1), np.nonzero(ends == -1)[1]])


class TestOutline:
    def test_leaves_whole_coordinates_alone(self):
        points = whole_outline(Polygon([(1, 1), (9, 1), (9, 4), (5, 4), (5, 8), (1, 8)]), (20, 20))
        assert set(points) == {(1, 1), (9, 1), (9, 4), (5, 4), (5, 8), (1, 8)}
        assert not is_box(points)

    def test_stays_on_the_page(self):
        points = whole_outline(box(-3, 2, 25, 30), (20, 10))
        assert set(points) == {(0, 2), (10, 2), (10, 20), (0, 20)}
        assert is_box(points)

    @pytest.mark.parametrize('thin, corners', [
        (box(2, 5.1, 8, 5.4), {(2, 5), (8, 5), (8, 6), (2, 6)}),
        (box(2.1, 19.9, 2.3, 20), {(2, 19), (3, 19), (3, 20), (2, 20)}),
    ])
    def test_of_less_than_a_pixel_becomes_the_pixels_it_touches(self, thin, corners):
        assert set(whole_outline(thin, (20, 10))) == corners

    def test_of_a_thin_slanted_rule_has_both_its_sides(self):
        """Snapped as it is, the rule becomes the triangle (43, 20), (452, 19), (452, 20)."""
        rule = Polygon([(43, 19.6), (452, 18.8), (452, 19.6), (43, 20.3)])
        assert set(whole_outline(rule, (40, 500))) == {(43, 19), (452, 18), (452, 20), (43, 21)}

    def test_of_a_triangle_stays_one(self):
        assert set(whole_outline(Polygon([(2, 2), (9, 2), (2, 9)]), (20, 20))) == {
            (2, 2), (9, 2), (2, 9)}

    def test_along_pixels_is_the_union_of_them(self):
        rng, found = np.random.default_rng(0), []
        for number in range(400):
            inside = rng.random(rng.integers(1, 7, 2)) < 0.75
            if number % 2:  # rows that are one run each
                inside = np.maximum.accumulate(inside, axis=1)
            pixels = union_all([box(x, y, x + 1, y + 1) for y, x in np.argwhere(inside)])
            points = _along_edges(runs_of(inside), 99) if inside.any() else None
            whole = isinstance(pixels, Polygon) and not pixels.interiors
            assert (points is not None) == whole
            if points is not None:
                outline = Polygon(points)
                assert outline.is_valid and outline.equals(pixels)
                assert len(points) == len(outline.simplify(0).exterior.coords) - 1 >= 4
                found.append(len(points))
        assert len(found) > 150 and {4, 6, 8, 10} <= set(found)

    def test_along_pixels_goes_down_from_the_right_end_of_the_first_row(self):
        inside = np.array([[0, 1, 1], [1, 1, 0]])
        assert _along_edges(runs_of(inside), 8) == [
            (3, 0), (3, 1), (2, 1), (2, 2), (0, 2), (0, 1), (1, 1), (1, 0)]
        assert _along_edges(runs_of(inside), 7) is None

    def test_that_rounding_does_not_change_has_no_corners_of_pixels(self):
        # the centre of (2, 2) is on its slanted side, before and after
        assert set(whole_outline(Polygon([(1.2, 1), (4, 1), (1.2, 3.8)]), (9, 9))) == {
            (1, 1), (4, 1), (1, 4)}

    def test_never_crosses_itself(self):
        # Two bodies and a neck 0.6 wide, whose sides round onto one line.
        dumbbell = Polygon([(0, 0), (8, 0), (8, 3.7), (12, 3.7), (12, 0), (30, 0), (30, 9), (12, 9),
                            (12, 4.3), (8, 4.3), (8, 9), (0, 9)])
        outline = Polygon(whole_outline(dumbbell, (20, 40)))
        assert outline.is_valid and outline.bounds == (12, 0, 30, 9)


class TestJson:
    def test_fits_its_schema(self, page, json_schema):
        for pages in ([page], [page, EMPTY]):
            json_schema.validate(json.loads(render(pages, 'json')))

    def test_says_all_of_a_region(self, page):
        found = json.loads(render([page], 'json'))['pages'][0]
        assert (found['height'], found['width'], found['page_number']) == (120, 100, 3)
        assert found['page_type'] == 'slide'
        assert found['page_scores'] == {'document': 0.25, 'slide': 0.75}
        assert found['source'] == 'scans/seite "1"; ä.pdf'
        figure = found['regions'][2]
        assert (figure['order'], figure['label'], figure['name']) == (2, 1, 'figure')
        assert figure['area'] == 80 * 30 - 20 * 10
        assert figure['box'] == [10, 40, 90, 70]
        assert figure['holes'] == [[[40, 50], [60, 50], [60, 60], [40, 60]]]
        assert figure['centreline'] is None
        rule = found['regions'][1]
        assert rule['centreline'] == [[10, 33.5], [90, 33.5]]
        assert rule['thickness'] == 1

    def test_schema_refuses_a_region_without_its_class(self, page, json_schema):
        document = json.loads(render([page], 'json'))
        del document['pages'][0]['regions'][0]['name']
        assert not json_schema.is_valid(document)


class TestCoco:
    def test_is_read_by_coco(self, page, tmp_path):
        write([EMPTY, page], 'coco', tmp_path / 'all.json')
        coco = COCO(str(tmp_path / 'all.json'))
        assert {c['id']: c['name'] for c in coco.cats.values()} == {
            1: 'figure', 2: 'text', 3: 'table', 4: 'validline', 5: 'stamp'}
        assert [image['id'] for image in coco.dataset['images']] == [1, 2]
        annotations = coco.loadAnns(coco.getAnnIds(imgIds=[2]))
        assert [a['id'] for a in annotations] == [1, 2, 3, 4, 5]
        assert [a['category_id'] for a in annotations] == [2, 4, 1, 3, 5]
        assert annotations[3]['bbox'] == [10, 75, 80, 25]
        assert annotations[0]['score'] == 0.875

    def test_masks_are_the_regions_pixels(self, page):
        document = json.loads(render([page], 'coco'))
        masks = [mask_tools.decode(a['segmentation']) for a in document['annotations']]
        expected = np.zeros((120, 100), np.uint8)
        expected[40:70, 10:90] = 1
        expected[50:60, 40:60] = 0
        np.testing.assert_array_equal(masks[2], expected)
        assert document['annotations'][2]['area'] == 2200
        assert masks[1].sum() == 80  # the rule: a row of 80 pixels
        assert masks[1][33, 10:90].all()

    def test_grows_page_by_page(self, page):
        file = CocoFile()
        file.add(page)
        file.add(EMPTY)
        assert file.text() == render([page, EMPTY], 'coco')


class TestPageXml:
    def test_is_valid(self, page, page_schema):
        for one in (page, EMPTY):
            page_schema.assertValid(etree.fromstring(render([one], 'page')))

    def test_says_regions_order_and_page_type(self, page):
        root = etree.fromstring(render([page], 'page'))
        element = root.find(f'{PAGE}Page')
        assert dict(element.attrib) == {
            'imageFilename': 'seite "1"; ä.pdf', 'imageWidth': '100', 'imageHeight': '120',
            'custom': 'pageType {type:slide; score:0.75;}'}
        assert tags(element, PAGE) == ['ReadingOrder', 'TextRegion', 'SeparatorRegion',
                                       'ImageRegion', 'TableRegion', 'CustomRegion']
        order = [(ref.get('index'), ref.get('regionRef'))
                 for ref in element.iter(f'{PAGE}RegionRefIndexed')]
        assert order == [(str(i), region.get('id')) for i, region in enumerate(element[1:])]
        assert element[5].get('type') == 'stamp'
        assert element[1].get('custom') == 'readingOrder {index:0;} structure {type:text;}'
        coords = element[4].find(f'{PAGE}Coords')
        assert coords.get('conf') == '1'
        assert set(coords.get('points').split()) == {'10,75', '90,75', '90,100', '10,100'}

    def test_kinds_of_the_user(self, page, page_schema):
        root = etree.fromstring(render([page], 'page', region_types={'stamp': 'graphic'}))
        assert tags(root.find(f'{PAGE}Page'), PAGE)[-1] == 'GraphicRegion'
        page_schema.assertValid(root)


class TestAlto:
    def test_is_valid(self, page, alto_schema):
        for one in (page, EMPTY):
            alto_schema.assertValid(etree.fromstring(render([one], 'alto')))

    def test_says_blocks_order_and_page_type(self, page):
        root = etree.fromstring(render([page], 'alto'))
        element = next(root.iter(f'{ALTO}Page'))
        assert element.get('PAGECLASS') == 'slide'
        assert element.get('PHYSICAL_IMG_NR') == '3'
        blocks = list(element.find(f'{ALTO}PrintSpace'))
        assert [block.tag.removeprefix(ALTO) for block in blocks] == [
            'TextBlock', 'GraphicalElement', 'Illustration', 'ComposedBlock', 'ComposedBlock']
        assert [block.get('TYPE') for block in blocks] == [None, None, 'figure', 'table', 'stamp']
        assert [block.get('IDNEXT') for block in blocks] == [
            'block_2', 'block_3', 'block_4', 'block_5', None]
        assert [blocks[3].get(name) for name in ('HPOS', 'VPOS', 'WIDTH', 'HEIGHT')] == [
            '10', '75', '80', '25']
        assert len(blocks[0].find(f'.//{ALTO}Polygon').get('POINTS').split()) == 6
        names = {tag.get('ID'): tag.get('LABEL') for tag in root.iter(f'{ALTO}OtherTag')}
        assert [names[block.get('TAGREFS')] for block in blocks] == [
            'text', 'validline', 'figure', 'table', 'stamp']
        assert [block.get('confidence') for block in root.iter('{urn:mmseg:layout}block')] == [
            '0.875', '0.5', '0.75', '1', '0.25']


class TestHocr:
    def test_is_xhtml_with_the_required_head(self, page):
        root = etree.fromstring(render([page], 'hocr'))
        assert root.tag == f'{XHTML}html'
        meta = {m.get('name'): m.get('content') for m in root.iter(f'{XHTML}meta')}
        assert meta['ocr-system'].startswith('mmseg ')
        assert meta['ocr-number-of-pages'] == '1'
        capable = meta['ocr-capabilities'].split()
        used = {e.get('class') for e in root.iter() if e.get('class')}
        assert used == {'ocr_page', 'ocr_carea', 'ocr_separator', 'ocr_photo', 'ocr_table',
                        'ocr_float'}
        assert used | {'ocrp_poly'} <= set(capable)

    def test_says_the_same_to_readers_of_html(self, page):
        root = html.fromstring(render([page, EMPTY], 'hocr'))
        pages = root.find_class('ocr_page')
        assert [len(one) for one in pages] == [5, 0]
        assert pages[0].get('title') == (
            'image "seite %221%22%3B ä.pdf"; bbox 0 0 100 120; ppageno 2')
        assert pages[0].get('data-page-type') == 'slide'
        titles = [block.get('title') for block in pages[0]]
        assert titles[3] == 'bbox 10 75 90 100; x_wconf 100'
        bbox, poly, wconf = titles[0].split('; ')
        assert (bbox, wconf) == ('bbox 10 5 90 30', 'x_wconf 87.5')
        numbers = [int(n) for n in poly.removeprefix('poly ').split()]
        assert Polygon(zip(numbers[::2], numbers[1::2])).area == 80 * 15 + 40 * 10


class TestPainted:
    def decode(self, content: bytes) -> np.ndarray:
        return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)

    def test_colours_regions_and_leaves_the_rest(self, page):
        image = np.full((120, 100, 3), 255, np.uint8)
        picture = self.decode(render([page], 'png', [image]))
        assert picture.shape[1] == 100 and picture.shape[0] > 120  # with the legend
        assert picture[110, 5].tolist() == [255, 255, 255]
        # the table is (0, 0, 200) in RGB, over white at 0.35: 0.65 * 255 = 166, + 0.35 * 200 = 236
        assert picture[90, 50].tolist() == [236, 166, 166]
        assert picture[55, 50].tolist() == [255, 255, 255]  # the hole of the figure
        assert picture[33, 50].tolist() != [255, 255, 255]  # the rule of one pixel

    def test_without_an_image_is_on_white(self, page):
        white = np.full((120, 100, 3), 255, np.uint8)
        assert render([page], 'png') == render([page], 'png', [white])

    def test_without_a_palette_classes_have_colours(self, page, json_schema):
        bare = replace(page, palette=())
        picture = self.decode(render([bare], 'png'))
        assert len({tuple(picture[at]) for at in ((90, 50), (45, 50), (12, 60))}) == 3
        document = json.loads(render([bare], 'json'))
        json_schema.validate(document)
        assert [c['colour'] for c in document['pages'][0]['classes']] == [None] * 6

    def test_image_of_another_size(self, page):
        with pytest.raises(InputError, match=r'\(5, 5\).*\(120, 100\)'):
            render([page], 'png', [np.zeros((5, 5, 3), np.uint8)])


@pytest.mark.parametrize('name', [name for name in FORMATS if name != 'jpg'])
def test_any_page_can_be_written(name, page, tmp_path):
    """A page without regions, page types and a file; file names that are not UTF-8."""
    write([EMPTY], name, tmp_path / 'new' / f'empty{FORMATS[name].suffix}')
    odd = PageLayout((9, 7), (), EMPTY.classes, EMPTY.palette, source='a\x01\udcff<&>.png')
    content = render([odd], name)
    if name != 'png':
        content.decode('utf-8')
        assert b'\x01' not in content
    assert [file.name for file in (tmp_path / 'new').iterdir()] == [f'empty{FORMATS[name].suffix}']


def test_the_page_itself_needs_its_picture(page):
    with pytest.raises(InputError, match='its picture was not given'):
        render([page], 'jpg')


def test_suffixes_differ():
    assert len({found.suffix for found in FORMATS.values()}) == len(FORMATS)


@pytest.mark.parametrize('name, kind', [
    ('text', 'text'), ('Picture', 'figure'), ('table', 'table'), ('validline', 'separator'),
    ('Formula', 'formula'), ('stamp', 'other')])
def test_kind_of(name, kind):
    assert region_type_of(name) == kind


class TestMistakes:
    def test_unknown_format(self, page):
        with pytest.raises(InputError, match="unknown format 'atlo' .did you mean 'alto'"):
            render([page], 'atlo')

    def test_several_pages_in_a_format_of_one(self, page):
        with pytest.raises(InputError, match="'alto' holds one page, got 2"):
            render([page, page], 'alto')

    def test_kind_of_a_class_that_is_not_there(self, page):
        with pytest.raises(InputError, match="no class 'stam' .did you mean 'stamp'"):
            render([page], 'page', region_types={'stam': 'text'})

    def test_unknown_kind(self, page):
        with pytest.raises(InputError, match="'image' is not a region type"):
            render([page], 'page', region_types={'stamp': 'image'})

    def test_unwritable_target_leaves_nothing(self, page, tmp_path):
        (tmp_path / 'file').write_text('mine')
        with pytest.raises(InputError, match='cannot write .*file'):
            write([page], 'json', tmp_path / 'file' / 'page.json')
        (tmp_path / 'page.json').mkdir()
        with pytest.raises(InputError, match='cannot write .*page.json'):
            write([page], 'json', tmp_path / 'page.json')
        assert sorted(p.name for p in tmp_path.iterdir()) == ['file', 'page.json']


def test_json_is_legible_and_keeps_its_content():
    value = {'a': 1, 'rows': [{'points': [[1.5, 2]] * 30, 'name': 'ä'}, {'points': []}],
             'numbers': list(range(60)), 'empty': {}}
    text = layout_json._lines(value)
    assert json.loads(text) == value
    assert text.splitlines() == [
        '{', ' "a": 1,', ' "rows": [', '  {', f'   "points": {json.dumps([[1.5, 2]] * 30)},',
        '   "name": "ä"', '  },', '  {"points": []}', ' ],',
        f' "numbers": {json.dumps(list(range(60)))},', ' "empty": {}', '}']
    assert layout_json._lines({'a': [1, {'b': None}]}) == '{"a": [1, {"b": null}]}'


def test_the_numbers_on_a_painted_page_are_those_of_json(page, monkeypatch):
    drawn = []
    write_text = overlay.ImageDraw.ImageDraw.text
    monkeypatch.setattr(overlay.ImageDraw.ImageDraw, 'text', lambda self, at, text, **options: (
        drawn.append(text), write_text(self, at, text, **options)))
    overlay.draw_overlay(page)
    orders = [region['order'] for region in layout_json.page_as_dict(page)['regions']]
    assert orders[0] == 0 and drawn[:len(orders)] == list(map(str, orders))


def test_an_outline_that_crosses_itself_is_its_largest_part():
    # two triangles that meet in (12, 12): 120 and 270 square pixels
    crossing = Polygon([(0, 0), (30, 30), (30, 0), (0, 20)])
    assert whole_outline(crossing, (40, 40)) == [(30, 30), (30, 0), (12, 12)]
