"""Figures of sample pages: charts, photographs, diagrams, each filling a box."""
from __future__ import annotations

import cv2
import numpy as np
from PIL import Image

from .canvas import FIGURE, Box, Colour, PageCanvas

COLOURS: tuple[Colour, ...] = ((31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40),
                               (148, 103, 189), (140, 86, 75), (90, 90, 90), (23, 190, 207))


def _colour(page: PageCanvas) -> Colour:
    return COLOURS[page.rng.integers(len(COLOURS))]


def _axes(page: PageCanvas, box: Box) -> Box:
    """Draw frame, ticks and numbers; gives the area for the data."""
    area = Box(box.left + page.px(34), box.top + page.px(8), box.right - page.px(8),
               box.bottom - page.px(26))
    font = page.font(0.65, head=True)
    page.draw.line((area.left, area.top, area.left, area.bottom, area.right, area.bottom),
                   fill=(60, 60, 60), width=page.px(1.3))
    for step in range(5):
        height = area.bottom - area.height * step // 5
        page.draw.line((area.left - page.px(4), height, area.left, height), fill=(60, 60, 60))
        if page.chance(0.9):
            page.text(box.left + 1, height - page.px(6), str(step * 20), font, (60, 60, 60), None)
        across = area.left + area.width * step // 5
        page.text(across, area.bottom + page.px(5), str(2015 + step), font, (60, 60, 60), None)
    return area


def bar_chart(page: PageCanvas, box: Box) -> None:
    """Bars of one or two colours over axes."""
    area = _axes(page, box)
    count = int(page.rng.integers(4, 10))
    groups = [_colour(page) for _ in range(page.rng.integers(1, 3))]
    slot = area.width / count
    for place in range(count):
        for number, colour in enumerate(groups):
            width = slot * 0.7 / len(groups)
            left = round(area.left + slot * (place + 0.15) + width * number)
            top = round(area.bottom - area.height * page.rng.uniform(0.1, 0.95))
            page.fill(Box(left, top, round(left + width), area.bottom), colour)


def line_chart(page: PageCanvas, box: Box) -> None:
    """Curves over axes, some with points."""
    area = _axes(page, box)
    count = int(page.rng.integers(6, 24))
    across = np.linspace(area.left, area.right, count)
    for _ in range(page.rng.integers(1, 4)):
        walk = np.cumsum(page.rng.normal(size=count))
        walk = (walk - walk.min()) / max(1e-6, np.ptp(walk))
        points = list(zip(across, area.bottom - walk * area.height * 0.9, strict=True))
        colour = _colour(page)
        page.draw.line(points, fill=colour, width=page.px(2))
        if page.chance(0.4):
            radius = page.px(3)
            for x, y in points:
                page.draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def scatter(page: PageCanvas, box: Box) -> None:
    """Points around a few centres over axes."""
    area = _axes(page, box)
    radius = page.px(2.5)
    for _ in range(page.rng.integers(1, 4)):
        colour = _colour(page)
        centre = page.rng.uniform(0.2, 0.8, 2)
        cloud = np.clip(page.rng.normal(centre, 0.1, (40, 2)), 0, 1)
        for x, y in cloud * (area.width, area.height) + (area.left, area.top):
            page.draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def pie_chart(page: PageCanvas, box: Box) -> None:
    """A pie with a legend to its right."""
    radius = min(box.height, box.width // 2) // 2 - page.px(6)
    centre = (box.left + radius + page.px(8), box.top + box.height // 2)
    circle = (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius)
    shares = page.rng.dirichlet(np.ones(page.rng.integers(3, 7)))
    angle, top = 0.0, box.top + page.px(12)
    for number, share in enumerate(shares):
        colour = COLOURS[number]
        page.draw.pieslice(circle, angle, angle + 360 * share, fill=colour,
                           outline=(255, 255, 255))
        angle += 360 * share
        left = circle[2] + page.px(16)
        if top + page.px(16) < box.bottom:
            page.fill(Box(left, top, left + page.px(10), top + page.px(10)), colour)
            page.text(left + page.px(15), top - page.px(2), page.writer.words(1),
                      page.font(0.7, head=True), (60, 60, 60), None)
        top += page.px(20)


def photograph(page: PageCanvas, box: Box) -> None:
    """Smooth patches of colour with grain and an object or two, like a photograph."""
    coarse = page.rng.integers(0, 256, (page.rng.integers(3, 8), page.rng.integers(3, 8), 3))
    tone = page.rng.integers(20, 236, 3)
    coarse = (0.5 * coarse + 0.5 * tone).astype(np.uint8)
    if page.chance(0.25):
        coarse[..., :] = coarse.mean(axis=-1, keepdims=True)
    photo = cv2.resize(coarse, (box.width, box.height), interpolation=cv2.INTER_CUBIC)
    for _ in range(page.rng.integers(0, 5)):
        centre = (int(page.rng.integers(box.width)), int(page.rng.integers(box.height)))
        axes = (int(page.rng.integers(4, box.width // 3 + 5)),
                int(page.rng.integers(4, box.height // 3 + 5)))
        colour = tuple(int(c) for c in page.rng.integers(0, 256, 3))
        cv2.ellipse(photo, centre, axes, float(page.rng.uniform(0, 180)), 0, 360, colour, -1,
                    cv2.LINE_AA)
    grain = page.rng.normal(0, 6, (box.height, box.width, 1))
    photo = np.clip(photo + grain, 0, 255).astype(np.uint8)
    page.picture.paste(Image.fromarray(photo), (box.left, box.top))


def diagram(page: PageCanvas, box: Box) -> None:
    """Boxes with a word each, joined by arrows."""
    columns, rows = int(page.rng.integers(2, 5)), int(page.rng.integers(1, 4))
    colour, font = _colour(page), page.font(0.75, head=True)
    pale: Colour = tuple((c + 3 * 255) // 4 for c in colour)  # type: ignore[assignment]
    cell_w, cell_h = box.width / columns, box.height / rows
    for row in range(rows):
        for column in range(columns):
            if page.chance(0.15):
                continue
            node = Box(round(box.left + cell_w * (column + 0.12)),
                       round(box.top + cell_h * (row + 0.22)),
                       round(box.left + cell_w * (column + 0.78)),
                       round(box.top + cell_h * (row + 0.78)))
            page.fill(node, pale, outline=colour)
            middle = (node.top + node.bottom) // 2
            page.text_in(node._replace(top=middle - page.px(8)), page.writer.words(1), font,
                         'middle', (50, 50, 50), None)
            if column + 1 < columns:
                tip = round(node.right + cell_w * 0.3)
                page.draw.line((node.right, middle, tip, middle), fill=(70, 70, 70),
                               width=page.px(1.5))
                back, half = tip - page.px(3), page.px(4)
                page.draw.polygon([(tip + half, middle), (back, middle - half),
                                   (back, middle + half)], fill=(70, 70, 70))


def heat_map(page: PageCanvas, box: Box) -> None:
    """A grid of cells in shades of one colour."""
    colour = np.array(_colour(page))
    shares = page.rng.random((page.rng.integers(4, 9), page.rng.integers(4, 12), 1))
    cells = (255 - shares * (255 - colour)).astype(np.uint8)
    cells = cv2.resize(cells, (box.width, box.height), interpolation=cv2.INTER_NEAREST)
    page.picture.paste(Image.fromarray(cells), (box.left, box.top))


def emblem(page: PageCanvas, box: Box) -> None:
    """A disc or block in one colour with a sign in it, like a logo."""
    colour = _colour(page)
    inset = box.shrunk(max(1, min(box.width, box.height) // 12))
    shape = page.draw.ellipse if page.chance(0.5) else page.draw.rectangle
    shape((inset.left, inset.top, inset.right, inset.bottom), fill=colour)
    font = page.font(max(1.0, box.height * 0.4 / page.px(page.style.text_size)), True, True)
    page.text_in(inset._replace(top=inset.top + inset.height // 4), page.writer.words(1)[:1], font,
                 'middle', (255, 255, 255), None)


CHARTS = (bar_chart, line_chart, scatter, pie_chart, diagram)
PICTURES = (photograph, photograph, heat_map)
SMALL = 100  # design pixels; a chart needs more


def draw_figure(page: PageCanvas, box: Box) -> None:
    """Fill the box with a random figure and label it."""
    small = min(box.width, box.height) < page.px(SMALL)
    kinds = (emblem, photograph) if small else CHARTS + PICTURES
    kind = kinds[page.rng.integers(len(kinds))]
    before = page.picture.copy()
    dark_page = sum(page.style.paper) < 500
    if kind in CHARTS and (dark_page or page.chance(0.7)):
        frame = (150, 150, 150) if page.chance(0.5) else None
        page.fill(box, (255, 255, 255) if page.chance(0.7) else (244, 244, 240), outline=frame)
    kind(page, box)
    # Nothing of a figure reaches outside the box that is labelled.
    before.paste(page.picture.crop(box), box[:2])
    page.picture.paste(before)
    page.region(box, FIGURE)
