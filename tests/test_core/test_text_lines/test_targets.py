"""The maps to learn from, against those of mmocr 0.6.3 and by hand."""
import json
from pathlib import Path

import numpy as np
import pytest

from mmseg.core.text_lines import LinePolygon
from mmseg.core.text_lines.targets import TargetOptions, draw_targets
from mmseg.utils.errors import InputError

VECTOR = json.loads((Path(__file__).parents[2] / 'data/dbnet_vectors.json').read_text())['targets']


def line(points, **more):
    return LinePolygon(np.array(points, np.float32), **more)


def runs(mask):
    """Where the ones of a mask begin and end, row after row."""
    return np.flatnonzero(np.diff(np.concatenate([[0], mask.ravel().astype(int), [0]]))).tolist()


def test_targets_are_those_of_mmocr_pixel_for_pixel():
    lines = [line(points) for points in VECTOR['polygons']]
    lines += [line(points, ignored=True) for points in VECTOR['ignored']]
    assert len(lines) == 11
    found = draw_targets(lines, tuple(VECTOR['size']))
    assert runs(found.shrink) == VECTOR['shrink']
    assert runs(found.shrink_mask) == VECTOR['shrink_mask']
    assert runs(found.thr_mask) == VECTOR['thr_mask']
    thr = VECTOR['thr']
    np.testing.assert_allclose(found.thr.ravel()[thr['index']], thr['value'], atol=5e-5)
    assert found.thr.astype(float).sum() == pytest.approx(thr['sum'], rel=1e-5)


def test_a_rectangle_shrinks_by_area_over_perimeter():
    # area 4000, perimeter 280: 12 pixels with r = 0.4; its own pixels 20..120 x 30..70
    found = draw_targets([line([[20, 30], [120, 30], [120, 70], [20, 70]])], (100, 140))
    rows, columns = np.nonzero(found.shrink)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (42, 58, 32, 108)
    assert found.shrink_mask.all()
    assert found.thr[30, 70] == pytest.approx(.7) and found.thr[50, 70] == pytest.approx(.3)
    assert found.thr[36, 70] == pytest.approx(.3 + .4 * (1 - 6 / 12))


def test_what_is_too_low_or_ignored_takes_no_part():
    low = [[10, 10], [60, 10], [60, 16], [10, 16]]
    found = draw_targets([line(low)], (40, 80))
    assert not found.shrink.any() and not found.thr_mask.any()
    assert (found.shrink_mask[10:17, 10:61] == 0).all() and found.shrink_mask.sum() == 3200 - 357
    tall = [[10, 10], [60, 10], [60, 30], [10, 30]]
    assert draw_targets([line(tall)], (40, 80)).shrink.any()
    assert not draw_targets([line(tall, ignored=True)], (40, 80)).shrink.any()


def test_lines_beyond_the_page_leave_it_alone():
    found = draw_targets([line([[500, 500], [600, 500], [600, 530], [500, 530]])], (40, 80))
    assert not found.shrink.any() and found.shrink_mask.all() and not found.thr_mask.any()


def test_a_page_without_lines_has_no_text_and_no_border():
    found = draw_targets([], (4, 6))
    assert found.shrink.shape == (4, 6) and found.thr.max() == pytest.approx(.3)


@pytest.mark.parametrize('options', [dict(shrink_ratio=1.), dict(thr_min=.8)])
def test_options_out_of_range_are_refused(options):
    with pytest.raises(InputError):
        TargetOptions(**options)
