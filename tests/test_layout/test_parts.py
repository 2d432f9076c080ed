"""Parts that are outlined together are those that each gives alone."""
import cv2
import numpy as np
import pytest
import shapely

from mmseg.layout import RegionOptions
from mmseg.layout.components import find_components
from mmseg.layout.outline import outline, outlines, rotated_box, rotated_boxes
from mmseg.layout.parts import part_regions

CLASSES = ('background', 'text', 'validline')


@pytest.fixture
def page():
    """Return a label map (90, 120) with ragged parts, thin ones and holes, and scores for it."""
    rng = np.random.default_rng(3)
    noise = cv2.GaussianBlur(rng.random((90, 120)).astype(np.float32), (0, 0), 1.5)
    pred = np.digitize(noise, [0.48, 0.56]).astype(np.uint8)
    pred[2:5, 2:80] = 2
    pred[80:, 90:] = 1
    return pred, rng.random((90, 120)).astype(np.float32)


def test_outlines_are_those_of_one_mask_each(page):
    found = find_components(page[0])
    numbers = range(1, len(found.labels))
    masks = [found.mask(number) for number in numbers]
    corners = np.array([found.boxes[number][:2] for number in numbers])
    together = outlines(masks, corners, tolerance=1., min_hole=3.)
    assert len(together) > 100 and sum(len(shape.interiors) for shape in together) > 5
    for shape, mask, corner in zip(together, masks, corners.tolist(), strict=True):
        assert shape.equals_exact(outline(mask, tuple(corner), tolerance=1., min_hole=3.))
        assert shape.is_valid
    for box, shape in zip(rotated_boxes(together), together, strict=True):
        assert np.array_equal(box, rotated_box(shape))


def test_confidence_is_the_mean_over_the_pixels_of_a_part(page):
    pred, best = page
    found = find_components(pred)
    regions, _ = part_regions(found, pred, best, CLASSES, RegionOptions())
    assert [region.label for region in regions] == found.labels[1:].tolist()
    for number, region in enumerate(regions, 1):
        assert region.confidence == pytest.approx(best[found.ids == number].mean(dtype=float))
        assert (region.centreline is not None) == (region.name == 'validline')
        assert shapely.box(0, 0, 120, 90).covers(region.polygon)


def test_what_a_part_has_grown_by_has_no_score(page):
    pred, best = page
    found = find_components(pred)
    grown = found._replace(ids=np.where(found.ids > 0, found.ids, 1).astype(np.int32),
                           boxes=[found.boxes[0], type(found.boxes[0])(0, 0, 120, 90),
                                  *found.boxes[2:]])
    first = part_regions(found, pred, best, CLASSES, RegionOptions())[0][0]
    assert part_regions(grown, pred, best, CLASSES, RegionOptions())[0][0].confidence == \
        pytest.approx(first.confidence)


def test_a_page_without_parts():
    pred = np.zeros((4, 5), np.uint8)
    assert part_regions(find_components(pred), pred, np.ones((4, 5), np.float32), CLASSES,
                        RegionOptions()) == ([], [])


def test_parts_of_text_are_lines_and_the_others_regions():
    pred = np.array([[1, 1, 0, 2], [0, 0, 0, 2]], np.uint8)
    best = np.array([[0.5, 1, 0, 0.75], [0, 0, 0, 0.25]], np.float32)
    found = find_components(pred)
    options = RegionOptions(tolerance=0.)
    [region], [line] = part_regions(found, pred, best, CLASSES, options, [1])
    assert (line.polygon.bounds, line.score, line.label) == ((0, 0, 2, 1), 0.75, 1)
    assert (region.polygon.bounds, region.confidence, region.label) == ((3, 0, 4, 2), 0.5, 2)
    assert region.thickness == 1
