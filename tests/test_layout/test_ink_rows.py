"""Rows in which the ink of lines begins and ends: those of many lines are those of each."""
import numpy as np
import pytest

from mmseg.layout.ink_rows import InkRows, middles_of_ink, sloped_bases


def inked(height, width, first, last):
    """Full rows from ``first`` to ``last`` of a line (height, width)."""
    ink = np.zeros((height, width), np.float32)
    ink[first:last + 1] = 1
    return ink


def test_ink_begins_and_ends_where_many_pixels_do():
    rows = InkRows.of([inked(11, 16, 3, 6), inked(21, 40, 8, 12)])
    base, top = middles_of_ink(rows)
    assert base.tolist() == [6, 12]
    assert top.tolist() == [2, 7]
    slope, start = sloped_bases(rows, base)
    assert slope.tolist() == [0, 0]
    assert start.tolist() == [6, 12]


def test_parts_of_a_line_tell_its_slope():
    ink = np.zeros((21, 80), np.float32)
    for part in range(8):
        ink[6:10 + part // 2, 10 * part:10 * part + 10] = 1
    rows = InkRows.of([ink])
    slope, start = sloped_bases(rows, np.array([11]))
    # parts end at 9, 9, 10, 10, 11, 11, 12, 12, and their middles are 10 columns apart from 4.5
    assert slope.tolist() == pytest.approx([4.])
    assert start.tolist() == pytest.approx([8.525])


def test_a_line_with_few_parts_that_tell_is_level():
    ink = inked(21, 80, 6, 9)
    ink[:, 30:] = 0  # three of eight parts have ink
    slope, start = sloped_bases(InkRows.of([ink]), np.array([9]))
    assert (slope.tolist(), start.tolist()) == ([0], [9])


def test_lines_of_fewer_columns_than_parts():
    rows = InkRows.of([inked(5, 3, 1, 2), inked(9, 8, 2, 5)])
    assert rows.size.tolist() == [[1, 1, 1, 0, 0, 0, 0, 0], [1] * 8]
    assert rows.ink[0, :, 0].tolist() == [0, 1, 1, 0, 0, 0, 0, 0, 0]
    slope, start = sloped_bases(rows, np.array([2, 5]))
    assert (slope.tolist(), start.tolist()) == ([0, 0], [2, 5])


def one_by_one(ink):
    """Base, row above the letters, slope and start of one line, row by row and part by part."""
    profile = ink.sum(axis=1)
    smooth = np.convolve(profile, (.25, .5, .25), 'same')
    middle = int(np.average(np.arange(len(profile)), weights=profile + 1e-6))
    drop = np.append(smooth[:-1] - smooth[1:], smooth[-1])
    base = middle + int(drop[middle:].argmax())
    top = int(np.append(smooth[0], np.diff(smooth))[:middle + 1].argmax()) - 1
    reach = max(2, len(ink) // 8)
    low = max(base - reach, 0)
    places, ends = [], []
    for part in np.array_split(np.arange(ink.shape[1]), 8):
        lost = -np.diff(np.convolve(ink[low:base + reach + 2, part].sum(axis=1),
                                    (.25, .5, .25), 'same'))
        if len(part) and lost.max() > 0.1 * len(part):
            places.append(part.mean() / ink.shape[1])
            ends.append(low + int(lost.argmax()))
    if len(places) < 4:
        return base, top, 0, base
    one, two = np.triu_indices(len(places), 1)
    x, y = np.array(places), np.array(ends, float)
    slope = np.median((y[two] - y[one]) / (x[two] - x[one]))
    return base, top, slope, np.median(y - slope * x)


def test_many_lines_are_each_line_alone():
    rng = np.random.default_rng(0)
    lines = []
    for _ in range(300):
        height, width = int(rng.integers(3, 40)), int(rng.integers(2, 200))
        ink = (rng.random((height, width)) < rng.random()).astype(np.float32)
        ink[:height // 4] *= rng.random() < 0.5
        ink[-(height // 3) - 1:] *= rng.random((height // 3 + 1, width)) < 0.3
        lines.append(ink)
    rows = InkRows.of(lines)
    base, top = middles_of_ink(rows)
    slope, start = sloped_bases(rows, base)
    wanted = np.array([one_by_one(ink) for ink in lines])
    np.testing.assert_allclose(np.stack([base, top, slope, start], axis=1), wanted, atol=1e-9)
