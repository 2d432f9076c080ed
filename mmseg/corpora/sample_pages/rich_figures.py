"""Figures of rich sample pages: charts with labels, textured photographs, stamps, signatures."""
from __future__ import annotations

import cv2
import numpy as np
from PIL import Image, ImageDraw

from mmseg.core.visualization import fonts
from mmseg.core.visualization.fonts import Font

from .canvas import FIGURE, Box, Colour, PageCanvas
from .figures import COLOURS, _colour, diagram, emblem, heat_map
from .words import text_width

GREY = (70, 70, 70)


def label_seen(page: PageCanvas, box: Box, before: Image.Image) -> None:
    """Label as a figure what changed inside the box since ``before``; nothing stays outside."""
    area = (max(0, box.left), max(0, box.top), min(page.box.right, box.right),
            min(page.box.bottom, box.bottom))
    drawn = page.picture.crop(area)
    changed = np.asarray(drawn, np.int16) - np.asarray(before.crop(area), np.int16)
    before.paste(drawn, area[:2])
    page.picture.paste(before)
    rows, columns = np.nonzero((np.abs(changed) > 12).any(axis=-1))
    if len(rows):
        page.region(Box(area[0] + int(columns.min()), area[1] + int(rows.min()),
                        area[0] + int(columns.max()) + 1, area[1] + int(rows.max()) + 1), FIGURE)


def _plain(page: PageCanvas, left: float, top: float, text: str, font: Font,
           colour: Colour = GREY) -> None:
    page.text(left, top, text, font, colour, None)


def _plot_area(page: PageCanvas, box: Box) -> tuple[Box, Font]:
    """Title, axes, their names, numbers and grid; gives the area for the data."""
    font = page.font(page.rng.uniform(0.55, 0.75), head=True)
    size = round(font.size)
    top = box.top
    if page.chance(0.5):
        title = page.writer.words(int(page.rng.integers(2, 5)))
        _plain(page, box.left + (box.width - text_width(title, font)) / 2, top, title, font)
        top += round(size * 1.5)
    area = Box(box.left + size * 3, top + size // 2, box.right - size, box.bottom - size * 3)
    gridded, ticks = page.chance(0.5), int(page.rng.integers(3, 7))
    highest = 10 ** int(page.rng.integers(0, 5))
    for step in range(ticks + 1):
        height = area.bottom - area.height * step // ticks
        number = f'{highest * step / ticks:g}'[:5]
        _plain(page, area.left - size * 0.4 - text_width(number, font), height - size * 0.6,
               number, font)
        if gridded:
            page.draw.line((area.left, height, area.right, height), fill=(205, 205, 205))
        else:
            page.draw.line((area.left - size // 3, height, area.left, height), fill=GREY)
    name = page.writer.words(2)
    _plain(page, area.left + (area.width - text_width(name, font)) / 2, area.bottom + size * 1.6,
           name, font)
    frame = (area.left, area.top, area.right, area.bottom)
    if page.chance(0.4):
        page.draw.rectangle(frame, outline=GREY, width=page.px(1))
    else:
        page.draw.line((area.left, area.top, area.left, area.bottom, area.right, area.bottom),
                       fill=GREY, width=page.px(1))
    return area, font


def _legend(page: PageCanvas, area: Box, colours: list[Colour], font: Font) -> None:
    """Names of the series in a corner of the plot."""
    size = round(font.size)
    left = area.right - size * 9 if page.chance(0.5) else area.left + size
    top = area.top + size // 2
    box = Box(left, top, left + size * 8, top + round(size * 1.4) * len(colours) + size // 2)
    page.fill(box, (255, 255, 255), GREY if page.chance(0.5) else None)
    for number, colour in enumerate(colours):
        row = top + size // 4 + round(size * 1.4) * number
        page.fill(Box(left + size // 3, row + size // 3, left + size, row + size), colour)
        _plain(page, left + size * 1.4, row, page.writer.word()[:9], font)


def bars(page: PageCanvas, box: Box) -> None:
    """Upright bars in groups or stacks, with names below."""
    area, font = _plot_area(page, box)
    count = int(page.rng.integers(3, 13))
    colours = [_colour(page) for _ in range(page.rng.integers(1, 4))]
    stacked, slot = page.chance(0.4), area.width / count
    for place in range(count):
        base = area.bottom
        for number, colour in enumerate(colours):
            height = round(area.height * page.rng.uniform(0.05, 0.9 / (len(colours) if stacked
                                                                       else 1)))
            width = slot * 0.7 / (1 if stacked else len(colours))
            left = area.left + slot * (place + 0.15) + (0 if stacked else width * number)
            page.fill(Box(round(left), base - height, round(left + width), base), colour)
            base = base - height if stacked else base
        name = page.writer.word()[:6]
        if text_width(name, font) < slot:
            _plain(page, area.left + slot * place, area.bottom + page.px(2), name, font)
    if len(colours) > 1:
        _legend(page, area, colours, font)


def lines(page: PageCanvas, box: Box) -> None:
    """Curves or points over a grid, some dashed, with a legend."""
    area, font = _plot_area(page, box)
    count = int(page.rng.integers(6, 60))
    across = np.linspace(area.left, area.right, count)
    colours = [_colour(page) for _ in range(page.rng.integers(1, 5))]
    monochrome = page.chance(0.25)
    for colour in colours:
        walk = np.cumsum(page.rng.normal(size=count))
        walk = (walk - walk.min()) / max(1e-6, np.ptp(walk)) * page.rng.uniform(0.3, 0.95)
        points = list(zip(across.tolist(), (area.bottom - walk * area.height).tolist(),
                          strict=True))
        ink = (30, 30, 30) if monochrome else colour
        style = page.rng.integers(3)
        if style < 2:
            step = 1 if style == 0 else 2
            for start in range(0, count - 1, step):
                page.draw.line([points[start], points[start + 1]], fill=ink, width=page.px(1.6))
        if style == 2 or page.chance(0.3):
            radius = page.px(2)
            for x, y in points:
                page.draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)
    if page.chance(0.6):
        _legend(page, area, colours, font)


def pie(page: PageCanvas, box: Box) -> None:
    """A pie or a ring with shares in percent around it."""
    font = page.font(0.65, head=True)
    radius = round(min(box.height, box.width) * 0.36)
    centre = (box.left + box.width // 2, box.top + box.height // 2)
    circle = (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius)
    angle = float(page.rng.uniform(0, 360))
    for number, share in enumerate(page.rng.dirichlet(np.ones(page.rng.integers(3, 8)) * 2)):
        page.draw.pieslice(circle, angle, angle + 360 * share, fill=COLOURS[number],
                           outline=(255, 255, 255))
        middle = np.deg2rad(angle + 180 * share)
        text = f'{share * 100:.0f} %'
        _plain(page, centre[0] + np.cos(middle) * radius * 1.2 - text_width(text, font) / 2,
               centre[1] + np.sin(middle) * radius * 1.15 - font.size / 2, text, font)
        angle += 360 * share
    if page.chance(0.3):
        hole = radius // 2
        page.draw.ellipse((centre[0] - hole, centre[1] - hole, centre[0] + hole, centre[1] + hole),
                          fill=page.style.paper)


def octaves(rng: np.random.Generator, size: tuple[int, int], rough: float) -> np.ndarray:
    """A field ``(H, W)`` in [0, 1] of noise at many scales, finer ones weaker by ``rough``."""
    total = np.zeros(size, np.float32)
    cells, weight = 2, 1.0
    while cells < max(size):
        grid = rng.random((min(size[0], cells + 1), min(size[1], cells + 1)), np.float32)
        total += weight * cv2.resize(grid, size[::-1], interpolation=cv2.INTER_CUBIC)
        cells, weight = cells * 2, weight * rough
    low, high = float(total.min()), float(total.max())
    return (total - low) / max(1e-6, high - low)


def textured(page: PageCanvas, box: Box) -> None:
    """A photograph: ground, sky and things of different textures and edges."""
    size = (box.height, box.width)
    rng = page.rng
    def surface() -> np.ndarray:
        """A texture between two colours."""
        first, second = rng.integers(0, 256, (2, 3))
        share = octaves(rng, size, float(rng.uniform(0.35, 0.85)))[..., None]
        return (first + (second - first) * share).astype(np.float32)
    photo = surface()
    for _ in range(rng.integers(1, 6)):
        mask = np.zeros(size, np.uint8)
        if rng.random() < 0.35:
            edge = size[0] * (0.3 + 0.5 * octaves(rng, (2, size[1]), 0.5)[0])
            mask[np.arange(size[0])[:, None] > edge] = 255
        else:
            middle = rng.uniform(0, 1, 2) * size[::-1]
            turns = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 12)))
            reach = rng.uniform(0.08, 0.4, len(turns)) * min(size)
            outline = middle + np.column_stack([np.cos(turns), np.sin(turns)]) * reach[:, None]
            cv2.fillPoly(mask, [outline.round().astype(np.int32)], 255, cv2.LINE_AA)
        soft = cv2.GaussianBlur(mask, (0, 0), float(rng.uniform(0.5, 3)))
        share = (soft / 255.)[..., None].astype(np.float32)
        photo = photo * (1 - share) + surface() * share
    slope = np.linspace(rng.uniform(0.6, 1), 1, size[0], dtype=np.float32)[:, None, None]
    photo = photo * slope + rng.normal(0, 4, (*size, 1))
    if rng.random() < 0.35:
        photo = np.repeat(photo.mean(axis=-1, keepdims=True), 3, axis=-1)
    page.picture.paste(Image.fromarray(np.clip(photo, 0, 255).astype(np.uint8)), box[:2])


def drawing(page: PageCanvas, box: Box) -> None:
    """A line drawing: outlines, hatching, arrows and letters, as in patents and old books."""
    ink = (30, 30, 30) if page.chance(0.7) else _colour(page)
    font = page.font(0.8)
    for _ in range(page.rng.integers(3, 9)):
        x, y = page.rng.uniform(0.1, 0.9, 2) * (box.width, box.height) + box[:2]
        w, h = page.rng.uniform(0.05, 0.35, 2) * (box.width, box.height)
        shape = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
        kind = page.rng.integers(4)
        if kind == 0:
            page.draw.ellipse(shape, outline=ink, width=page.px(1.5))
        elif kind == 1:
            page.draw.rectangle(shape, outline=ink, width=page.px(1.5))
        elif kind == 2:
            start, end = sorted(page.rng.uniform(0, 360, 2).tolist())
            page.draw.arc(shape, start, end, fill=ink, width=page.px(1.5))
        else:
            for step in range(0, round(w), page.px(5)):
                page.draw.line((shape[0] + step, shape[1], shape[0] + step - h / 3, shape[3]),
                               fill=ink)
        if page.chance(0.6):
            page.draw.line((x, y, x + w, y - h), fill=ink)
            _plain(page, x + w, y - h - font.size, 'ABCDEFGHKLMNPQRS'[page.rng.integers(16)], font,
                   (30, 30, 30))


KINDS = (bars, bars, lines, lines, pie, textured, textured, textured, drawing, diagram, heat_map)


def rich_figure(page: PageCanvas, box: Box) -> None:
    """Fill the box with a random figure and label what is seen of it."""
    before = page.picture.copy()
    kind = KINDS[page.rng.integers(len(KINDS))]
    if min(box.width, box.height) < page.px(100):
        kind = emblem if page.chance(0.5) else textured
    if kind not in (textured, heat_map) and (sum(page.style.paper) < 500 or page.chance(0.25)):
        page.fill(box, (255, 255, 255) if page.chance(0.6) else (246, 246, 240),
                  (150, 150, 150) if page.chance(0.5) else None)
    kind(page, box)
    label_seen(page, box, before)


def _ring_text(layer: Image.Image, centre: float, radius: float, text: str, font: Font,
               colour: Colour) -> None:
    """Letters around a circle, each turned to its place."""
    for number, letter in enumerate(text):
        turn = 360 * number / len(text)
        side = round(font.size * 1.6)
        tile = Image.new('RGBA', (side, side))
        ImageDraw.Draw(tile).text((side / 2, side / 2), letter, fill=colour, font=font, anchor='mm')
        tile = tile.rotate(-turn, resample=Image.Resampling.BICUBIC)
        x = centre + radius * np.sin(np.deg2rad(turn))
        y = centre - radius * np.cos(np.deg2rad(turn))
        layer.alpha_composite(tile, (max(0, round(x - side / 2)), max(0, round(y - side / 2))))


def stamp(page: PageCanvas, box: Box) -> None:
    """A round or angular stamp in one colour, worn and turned; a figure."""
    side = min(box.width, box.height)
    colour = ((180, 30, 40), (180, 30, 40), (40, 60, 150), (60, 60, 60))[page.rng.integers(4)]
    layer = Image.new('RGBA', (side, side))
    pen, inset, line = ImageDraw.Draw(layer), side // 16, max(1, side // 40)
    font = fonts.open_font(page.style.head.bold, max(6, side // 9))
    if page.chance(0.7):
        for shrink in (0, side // 5):
            pen.ellipse((inset + shrink, inset + shrink, side - inset - shrink,
                         side - inset - shrink), outline=colour, width=line)
        text = (page.writer.words(3).upper() + ' * ')[:26]
        _ring_text(layer, side / 2, side / 2 - inset - side // 10, text, font, colour)
        star = [(side / 2 + np.sin(np.pi * k * 0.8) * side / 7,
                 side / 2 - np.cos(np.pi * k * 0.8) * side / 7) for k in range(5)]
        pen.polygon(star, fill=colour)
    else:
        pen.rectangle((inset, side // 3, side - inset, side * 2 // 3), outline=colour, width=line)
        pen.text((side / 2, side / 2), page.writer.word().upper()[:8], fill=colour, font=font,
                 anchor='mm')
    layer = layer.rotate(float(page.rng.uniform(-30, 30)), resample=Image.Resampling.BICUBIC)
    worn = octaves(page.rng, (side, side), 0.9) < page.rng.uniform(0.6, 0.95)
    alpha = np.asarray(layer.getchannel('A')) * worn * page.rng.uniform(0.6, 1)
    layer.putalpha(Image.fromarray(alpha.astype(np.uint8)))
    before = page.picture.copy()
    page.picture.paste(layer, box[:2], layer)
    label_seen(page, box, before)


def signature(page: PageCanvas, box: Box) -> None:
    """A signature or scribble in one stroke or a few; a figure."""
    before = page.picture.copy()
    ink = ((25, 35, 120), (30, 30, 30), (20, 20, 60))[page.rng.integers(3)]
    drawn = np.array(page.picture)
    for _ in range(page.rng.integers(1, 4)):
        count = int(page.rng.integers(5, 14))
        across = np.linspace(0.05, page.rng.uniform(0.5, 0.95), count)
        across = across + page.rng.normal(0, 0.06, count)
        down = 0.5 + page.rng.normal(0, 0.2, count) * np.linspace(1.2, 0.5, count)
        fine = np.linspace(0, count - 1, count * 12)
        # smoothed, so that the pen turns instead of bending
        path = np.column_stack([np.interp(fine, np.arange(count), across) * box.width,
                                np.interp(fine, np.arange(count), down) * box.height])
        smooth = cv2.blur(path.astype(np.float32), (1, 13), borderType=cv2.BORDER_REPLICATE)
        points = ((smooth + box[:2]) * 16).round().astype(np.int32)
        cv2.polylines(drawn, [points], False, ink, page.px(page.rng.uniform(1, 2.4)),
                      cv2.LINE_AA, 4)
    page.picture.paste(Image.fromarray(drawn))
    label_seen(page, box, before)
