"""What our writers write, our readers paint to the pixel."""
import json

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from lxml import etree
from PIL import Image
from reportlab.pdfgen.canvas import Canvas
from shapely.geometry import Polygon

from mmseg.corpora.annotations import (
    CocoReader,
    PageXmlReader,
    index_coco,
    load_class_map,
    paint,
)
from mmseg.datasets.text_line_files import read_alto, read_page_xml
from mmseg.inference.predictor import PageArrays, Predictor
from mmseg.layout import PageLayout, Region, RegionOptions, TextLine, page_layout
from mmseg.layout.runs.files import write_layouts
from mmseg.layout.runs.options import LayoutOptions
from mmseg.layout.writers import render
from mmseg.layout.writers.geometry import four_corners, whole_outline
from mmseg.utils.pictures import decode_picture
from mmseg.utils.polygons import fill_polygon

CLASSES = ('background', 'figure', 'text', 'table', 'validline')
# parts of text as they are, not as blocks of lines
EXACT = RegionOptions(tolerance=0, min_area=0, min_areas={}, join_gaps={}, min_line_length=0,
                      min_hole=0, reference_size=None, blocks=False)
LIMITS = settings(max_examples=25, deadline=None,
                  suppress_health_check=[HealthCheck.function_scoped_fixture])
LABELS = st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
    lambda size: arrays(np.uint8, size, elements=st.integers(0, 4)))


def layout_of(label, options=EXACT, source='a.png', number=0):
    scores = np.eye(5, dtype=np.float32)[label].transpose(2, 0, 1)
    return page_layout(PageArrays(scores, None), CLASSES, options=options, source=source,
                       number=number)


def by_coco(folder, pages):
    """The label maps out of one COCO file of these pages."""
    file = folder / 'layout.coco.json'
    file.write_bytes(render(pages, 'coco'))
    class_map, index = load_class_map('labelme'), index_coco(str(file))
    read = CocoReader(str(file), str(folder), index.categories, class_map)
    found = [read(item) for item in index.pages]
    return [paint(page.shapes, page.size, class_map).label for page in found]


def by_page_xml(folder, page):
    (folder / 'a.page.xml').write_bytes(render([page], 'page'))
    Image.new('L', page.size[::-1]).save(folder / 'a.png')
    class_map = load_class_map('prima')
    found = PageXmlReader(str(folder), str(folder), class_map)('a.page.xml')
    assert not found.skipped and not found.notes
    return paint(found.shapes, found.size, class_map).label


def meets_in_corners(label):
    """Whether pixels of one class touch in a corner alone, where an outline would cross itself."""
    a, b, c, d = label[:-1, :-1], label[:-1, 1:], label[1:, :-1], label[1:, 1:]
    return bool((((a == d) & (a != b) & (a != c)) | ((b == c) & (b != a) & (b != d))).any())


@LIMITS
@given(LABELS)
def test_coco(tmp_path, label):
    read, = by_coco(tmp_path, [layout_of(label)])
    assert read.tolist() == label.tolist()


@LIMITS
@given(LABELS)
def test_json(label):
    page, = json.loads(render([layout_of(label)], 'json'))['pages']
    painted = np.zeros_like(label)
    points = np.stack(np.meshgrid(np.arange(label.shape[1]), np.arange(label.shape[0])), -1) + .5
    for region in page['regions']:
        polygon = Polygon(region['polygon'], region['holes'])
        assert polygon.is_valid
        inside = [[polygon.contains(_point(xy)) for xy in row] for row in points]
        painted[np.array(inside)] = region['label']
    assert painted.tolist() == label.tolist()


def _point(xy):
    from shapely.geometry import Point
    return Point(*xy)


@LIMITS
@given(LABELS)
def test_page_xml(tmp_path, label):
    assume(not meets_in_corners(label))
    assert by_page_xml(tmp_path, layout_of(label)).tolist() == label.tolist()


def test_page_xml_of_other_programs_names_pixels(tmp_path):
    """The same outline without our mark has its last pixels too."""
    label = np.zeros((6, 8), np.uint8)
    label[1:4, 2:5] = 2
    text = render([layout_of(label)], 'page').decode()
    assert '<Creator>mmseg ' in text
    Image.new('L', (8, 6)).save(tmp_path / 'a.png')
    (tmp_path / 'a.xml').write_text(text.replace('mmseg ', 'OCR of others ').replace(
        ' encoding=\'UTF-8\'', ''))
    class_map = load_class_map('prima')
    page = PageXmlReader(str(tmp_path), str(tmp_path), class_map)('a.xml')
    assert (paint(page.shapes, page.size, class_map).label == 2).sum() == 4 * 4


@pytest.mark.parametrize('name, label', [('validline', 4), ('table', 3), ('figure', 1)])
def test_kinds_stay(tmp_path, name, label):
    pixels = np.zeros((40, 60), np.uint8)
    pixels[20:21, 5:55] = label  # one pixel thick
    page = layout_of(pixels)
    assert [region.name for region in page.regions] == [name]
    for read in (by_page_xml(tmp_path, page), by_coco(tmp_path, [page])[0]):
        assert read.tolist() == pixels.tolist()


def test_a_hole_stays(tmp_path):
    label = np.zeros((30, 40), np.uint8)
    label[2:28, 3:37] = 1
    label[8:20, 10:30] = 0
    label[10:18, 12:28] = 2
    assert by_page_xml(tmp_path, layout_of(label)).tolist() == label.tolist()


SLANTED = st.builds(
    lambda x, y, width, height, rise, direction: TextLine(
        Polygon([(x, y), (x + width, y + rise), (x + width, y + rise + height), (x, y + height)]),
        .5, np.array([[x, y + height], [x + width, y + rise + height]]), direction=direction),
    st.integers(0, 40), st.integers(10, 60), st.integers(4, 40), st.integers(3, 12),
    st.integers(-10, 10), st.sampled_from(('ltr', 'rtl', 'vertical')))


@LIMITS
@given(st.lists(SLANTED, min_size=1, max_size=5))
def test_text_lines(lines):
    whole = Polygon([(0, 0), (90, 0), (90, 90), (0, 90)])
    region = Region(2, 'text', whole, .5, np.array(whole.exterior.coords[:4]), lines=tuple(lines))
    page = PageLayout((90, 90), (region, ), CLASSES, ((0, 0, 0), ) * 5)
    for name, read in (('page', read_page_xml), ('alto', read_alto)):
        found = read(render([page], name), name)
        assert found.problems == [] and len(found.lines) == len(lines)
        for line, written in zip(found.lines, lines, strict=True):
            assert Polygon(line.points).equals(written.polygon)
            assert name == 'alto' or line.direction == written.direction


def pixels_of(outline, size):
    (top, left), inside = fill_polygon(np.array(outline, float), size)
    return {(top + y, left + x) for y, x in np.argwhere(inside).tolist()}


def in_hocr(content, kind):
    """Class and outline (P, 2) of each element of a kind; nothing here reads hOCR."""
    for element in etree.fromstring(content).iter('{*}div', '{*}span'):
        if element.get('class').startswith(kind) and element.get('class') != 'ocr_page':
            title = dict(part.strip().split(' ', 1) for part in element.get('title').split(';'))
            x0, y0, x1, y1 = map(int, title['bbox'].split())
            points = np.array(title['poly'].split(), int).reshape(-1, 2) if 'poly' in title else (
                np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]))
            assert [*points.min(axis=0), *points.max(axis=0)] == [x0, y0, x1, y1]
            yield element.get('data-class'), points


@LIMITS
@given(LABELS)
def test_hocr_has_the_outlines_of_all_regions(label):
    """But not their holes, for which it has no word."""
    assume(not meets_in_corners(label))
    page = layout_of(label)
    found = list(in_hocr(render([page], 'hocr'), 'ocr'))
    assert [name for name, _ in found] == [region.name for region in page.regions]
    for (_, points), region in zip(found, page.regions, strict=True):
        assert pixels_of(points, label.shape) == pixels_of(region.polygon.exterior.coords,
                                                           label.shape)


@LIMITS
@given(st.lists(SLANTED, min_size=1, max_size=5))
def test_hocr_has_the_outlines_of_all_lines(lines):
    whole = Polygon([(0, 0), (90, 0), (90, 90), (0, 90)])
    region = Region(2, 'text', whole, .5, np.array(whole.exterior.coords[:4]), lines=tuple(lines))
    page = PageLayout((90, 90), (region, ), CLASSES, ((0, 0, 0), ) * 5)
    for (_, points), line in zip(in_hocr(render([page], 'hocr'), 'ocr_line'), lines, strict=True):
        assert Polygon(points).equals(line.polygon)


@LIMITS
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=3, max_size=3))
def test_triangles_have_four_points(points):
    triangle = Polygon(points)
    assume(triangle.area > 8)
    outline = four_corners(whole_outline(triangle, (31, 31)))
    assert len(outline) >= 4 and Polygon(outline).is_valid and not Polygon(outline).is_empty
    assert Polygon(outline).area == Polygon(whole_outline(triangle, (31, 31))).area


class Fixed(Predictor):
    """Answers for each page with the labels that it is told by the page's first pixel."""

    classes, palette, page_classes = CLASSES, ((0, 0, 0), ) * 5, ()

    def predict(self, images):
        for image in images:
            label = np.zeros(image.shape[:2], np.uint8)
            value = int(image[0, 0, 0])
            label[10:20, 10:10 + 10 * value] = 2
            label[40:60, 20:50] = 1 + value % 2
            yield PageArrays(np.eye(5, dtype=np.float32)[label].transpose(2, 0, 1), None)


@pytest.mark.parametrize('kind', ['tif', 'pdf'])
def test_coco_of_files_with_several_pages(tmp_path, kind):
    """All pages come back, by names that hold wherever the folder is."""
    folder = tmp_path / 'in' / 'deep'
    folder.mkdir(parents=True)
    if kind == 'tif':
        first, *rest = (Image.fromarray(np.full((90, 80, 3), value, np.uint8))
                        for value in (1, 2, 3))
        first.save(folder / 'a.tif', save_all=True, append_images=rest)
    else:
        canvas = Canvas(str(folder / 'a.pdf'), pagesize=(80, 90))
        for value in (1, 2, 3):
            canvas.setFillGray(value / 255)
            canvas.rect(-5, -5, 100, 100, stroke=0, fill=1)
            canvas.showPage()
        canvas.save()
    options = LayoutOptions(['coco'], EXACT, dpi=72)
    cv2.imwrite(str(tmp_path / 'in' / 'b.png'), np.full((90, 80, 3), 4, np.uint8))
    files = [folder / f'a.{kind}', tmp_path / 'in' / 'b.png']
    write_layouts(Fixed(), files, tmp_path / 'out', options)
    file = tmp_path / 'out' / 'layout.coco.json'
    content = json.loads(file.read_text())
    assert [image['file_name'] for image in content['images']] == [f'deep/a.{kind}'] * 3 + ['b.png']
    class_map, index = load_class_map('labelme'), index_coco(str(file))
    read = CocoReader(str(file), str(tmp_path / 'in'), index.categories, class_map)
    pages = [read(item) for item in index.pages]
    first = 'deep/a' if kind == 'tif' else 'deep/a_0001'
    assert [page.name for page in pages] == [first, 'deep/a_0002', 'deep/a_0003', 'b']
    assert sum(len(page.shapes) for page in pages) == len(content['annotations']) == 8
    for value, page in enumerate(pages, 1):
        label = paint(page.shapes, page.size, class_map).label
        assert int((label[10:20] == 2).sum()) == 100 * value
        image = page.image if isinstance(page.image, bytes) else open(page.image, 'rb').read()
        assert decode_picture(image, 'page')[0, 0, 0] == value


def test_coco_with_its_pictures(tmp_path):
    (tmp_path / 'in').mkdir()
    cv2.imwrite(str(tmp_path / 'in' / 'b.png'), np.full((90, 80, 3), 4, np.uint8))
    write_layouts(Fixed(), [tmp_path / 'in' / 'b.png'], tmp_path / 'out',
                  LayoutOptions(['coco', 'jpg'], EXACT))
    content = json.loads((tmp_path / 'out' / 'layout.coco.json').read_text())
    assert [image['file_name'] for image in content['images']] == ['b.jpg']
