"""Outlines of blocks, computed for all blocks of a page together."""
from shapely.geometry import box

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
