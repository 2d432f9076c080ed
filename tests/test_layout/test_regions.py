"""Scores of a page become regions."""
import cv2
import numpy as np
import pytest
import shapely

from mmseg.inference.predictor import PageArrays
from mmseg.layout import ErosionParams, RegionOptions, find_regions, page_layout
from mmseg.layout.regions import page_components
from mmseg.utils.errors import InputError

CLASSES = ('background', 'figure', 'text', 'table', 'validline')
EXACT = RegionOptions(min_area=0, join_gaps={}, min_line_length=0, min_hole=0,
                      reference_size=None)


def scores_of(labels, sure=.9):
    """Scores (5, H, W) of which the label's is ``sure``."""
    rest = (1 - sure) / (len(CLASSES) - 1)
    return np.where(np.arange(len(CLASSES))[:, None, None] == labels, sure, rest).astype(np.float32)


def test_a_page_with_one_region_of_each_kind():
    labels = np.zeros((100, 80), np.uint8)
    labels[10:30, 5:45] = 2
    labels[50:52, 10:70] = 4
    seg = scores_of(labels)
    seg[2, 10:20, 5:45] = .7
    text, line = find_regions(seg, CLASSES, EXACT)
    assert (text.label, text.name) == (2, 'text')
    assert text.polygon.equals(shapely.box(5, 10, 45, 30))
    assert text.box == (5, 10, 45, 30) and text.area == 800
    assert text.confidence == pytest.approx(.8)
    assert {tuple(corner) for corner in text.rotated_box.round(3)} == {
        (5, 10), (45, 10), (45, 30), (5, 30)}
    assert text.centreline is None and text.thickness is None
    assert line.name == 'validline' and line.thickness == pytest.approx(2)
    assert line.centreline == pytest.approx(np.array([[10, 51], [70, 51]]), abs=1e-3)


def test_lines_are_the_classes_that_the_options_name():
    labels = np.zeros((50, 50), np.uint8)
    labels[10:12, 5:45] = 4
    names = ('bg', 'a', 'b', 'c', 'rule')
    region, = find_regions(scores_of(labels), names, EXACT)
    assert region.centreline is None
    for lines in ('rule', ['a', 'rule']):
        region, = find_regions(scores_of(labels), names, EXACT.changed(lines=lines))
        assert region.thickness == pytest.approx(2)
    with pytest.raises(InputError, match="lines of regions names the class 'rules'.*'rule'"):
        find_regions(scores_of(labels), names, EXACT.changed(lines=('rules', )))


def test_a_figure_or_table_is_larger_than_a_speck_of_text():
    pred = np.zeros((768, 768), np.uint8)
    for label, left, side in ((1, 0, 31), (1, 100, 32), (2, 200, 19), (3, 300, 63), (3, 400, 64)):
        pred[:side, left:left + side] = label
    names = ('background', 'figure', 'text', 'table')
    found = page_components(pred, names)
    assert [box.left for box in found.boxes[1:]] == [100, 200, 400]
    options = RegionOptions().changed(**{'min_areas.figure': 961})
    assert options.min_areas == {'figure': 961, 'table': 4000}
    assert [box.left for box in page_components(pred, names, options).boxes[1:]] == [
        0, 100, 200, 400]
    with pytest.raises(InputError, match='smallest areas, 0 or more, got 5'):
        RegionOptions(min_areas=5)


def test_specks_are_those_of_a_page_of_the_given_side():
    labels = np.zeros((200, 100), np.uint8)
    labels[10:15, 10:19] = 2  # 45 pixels
    labels[50:55, 10:20] = 2  # 50
    seg = scores_of(labels)
    assert len(find_regions(seg, CLASSES, RegionOptions(reference_size=None))) == 1
    assert len(find_regions(seg, CLASSES, RegionOptions(reference_size=200))) == 1
    assert len(find_regions(seg, CLASSES, RegionOptions(reference_size=100))) == 0
    assert len(find_regions(seg, CLASSES, RegionOptions())) == 2


def test_the_confidence_of_a_grown_region_is_that_of_what_was_seen():
    labels = np.zeros((60, 60), np.uint8)
    labels[20:40, 20:40] = 2
    erosion = ErosionParams({2: ('pixels', 4)})
    region, = find_regions(scores_of(labels), CLASSES, EXACT.changed(erosion=erosion))
    assert region.polygon.equals(shapely.box(16, 16, 44, 44))
    assert region.confidence == pytest.approx(.9)


@pytest.mark.parametrize('seed', range(3))
@pytest.mark.parametrize('erosion', [None, ErosionParams({1: ('pixels', 2), 2: ('vatti_ratio', .5),
                                                          3: ('ratio', .7)})])
@pytest.mark.parametrize('blocks', [True, False])
def test_regions_of_noise_are_valid_and_on_the_page(seed, erosion, blocks):
    rng = np.random.default_rng(seed)
    seg = rng.random((5, 50, 70)).astype(np.float32)
    seg = np.stack([cv2.GaussianBlur(plane, (0, 0), seed + .5) for plane in seg])
    seg /= seg.sum(axis=0)
    page = shapely.box(0, 0, 70, 50)
    regions = find_regions(seg, CLASSES, EXACT.changed(erosion=erosion, min_area=4, blocks=blocks))
    assert len(regions) > 3
    for region in regions:
        assert region.polygon.geom_type == 'Polygon' and region.polygon.is_valid
        assert region.area > 0 and page.covers(region.polygon)
        assert 0 <= region.confidence <= 1 and region.rotated_box.shape == (4, 2)
        if region.name == 'validline':
            assert len(region.centreline) >= 2 and region.thickness > 0
        for line in region.lines:
            assert line.polygon.is_valid and page.covers(line.polygon)
            assert len(line.baseline) > 1 and np.isfinite(line.baseline).all()
    if blocks:  # the outline of a block has what is between its lines
        return
    # what one region covers, no other does, but for the tolerance of their outlines
    whole = shapely.union_all([region.polygon for region in regions]).area
    assert sum(region.area for region in regions) - whole < .1 * whole


def test_a_layout_knows_its_page():
    labels = np.zeros((400, 300), np.uint8)
    labels[300:350, 20:280] = 2
    labels[20:200, 20:280] = 1
    layout = page_layout(PageArrays(scores_of(labels), np.array([.25, .75], np.float32)), CLASSES,
                         [[0, 0, 0]] * 5, ('document', 'slide'), source='a.pdf', number=3)
    assert layout.size == (400, 300) and [r.name for r in layout.regions] == ['figure', 'text']
    assert layout.page_type == 'slide' and layout.page_scores == {'document': .25, 'slide': .75}
    assert (layout.source, layout.number, layout.classes) == ('a.pdf', 3, CLASSES)
    assert layout.palette == ((0, 0, 0), ) * 5


def test_an_empty_page():
    layout = page_layout(PageArrays(scores_of(np.zeros((30, 20), np.uint8)), None), CLASSES)
    assert layout.regions == () and layout.page_type is None


def test_a_network_with_one_channel():
    seg = np.full((1, 40, 40), .1, np.float32)
    seg[0, 10:20, 10:20] = .4
    names = ('background', 'vessel')
    assert find_regions(seg, names, EXACT) == []
    region, = find_regions(seg, names, EXACT.changed(threshold=.3))
    assert region.box == (10, 10, 20, 20) and region.name == 'vessel'


@pytest.mark.parametrize('call, message', [
    (lambda: find_regions(np.zeros((4, 5, 5)), CLASSES), 'scores of 4 classes, but there are 5'),
    (lambda: find_regions(np.zeros((5, 5)), CLASSES), r'\(classes, height, width\), got \(5, 5\)'),
    (lambda: RegionOptions(min_area=-1), 'min_area of regions is a number, 0 or more, got -1'),
    (lambda: RegionOptions(tolerance='fine'), "tolerance of regions is a number.*'fine'"),
    (lambda: RegionOptions(min_hole=float('nan')), 'min_hole of regions .* got nan'),
    (lambda: RegionOptions(reference_size=0), 'reference_size is a number of pixels above 0'),
    (lambda: RegionOptions(right_to_left='yes'), "right_to_left is True or False, got 'yes'"),
    (lambda: RegionOptions(erosion=2), 'erosion is an ErosionParams or None, got 2'),
    (lambda: RegionOptions(threshold=1.), 'threshold is a score between 0 and 1, got 1.0'),
    (lambda: RegionOptions().changed(tolerence=2), "no option 'tolerence' .*tolerance"),
    (lambda: page_layout(PageArrays(np.zeros((5, 5, 5)), np.ones(2)), CLASSES,
                         page_classes=('a', )), 'scores of 2 page types, but there are 1 names')])
def test_what_does_not_fit(call, message):
    with pytest.raises(InputError, match=message):
        call()
