"""Outlines of blocks, computed for all blocks of a page together."""
import pytest
from shapely.geometry import Polygon, box

from mmseg.layout.text_blocks import around


def test_blocks_together_have_the_outlines_that_each_has_alone():
    blocks = [[box(0, 0, 50, 10), box(0, 20, 50, 30), box(0, 40, 30, 50)],
              [box(100, 0, 150, 10)],
              [box(100, 30, 120, 40), box(120, 40, 140, 50)]]
    together = around(blocks)
    assert [outline.equals(around([block])[0])
            for outline, block in zip(together, blocks, strict=True)] == [True] * 3
    # the third line is shorter, and so is what is between it and the second
    assert together[0].area == 50 * 30 + 30 * 20
    assert together[1].equals(blocks[1][0])
    # these only touch: the strip between them is 2 high, a pixel of each line
    assert together[2].area == 2 * 200 + 2 * 20


def test_lines_that_no_strip_joins_have_one_outline():
    # only their boxes are one over the other, and there the first is too low for the strip
    outline, = around([[Polygon([(0, 0), (100, 0), (0, 30)]),
                        Polygon([(200, 230), (90, 230), (200, 200)])]])
    assert outline.area == pytest.approx(27_000)  # of the hull of both


def test_outlines_do_not_cross_themselves():
    # widened and narrowed, these two meet in a crossing that only rounding makes
    outline, = around([[Polygon([(63, 3), (71, 6), (194, 6), (197, 3)]),
                        Polygon([(19, 16), (33, 21), (161, 25)])]])
    assert outline.is_valid
