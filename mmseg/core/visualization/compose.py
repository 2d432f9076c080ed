"""Legends, captions, and several pictures on one sheet."""
from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw

from .fonts import load_font
from .paint import clear_classes, distinct_palette, labels_of, paint_segmentation

PAPER = (255, 255, 255)
INK = (40, 40, 40)
FRAME = (200, 200, 200)
LINE_COLOUR = (200, 110, 0)


def _font_size(width: int) -> int:
    """Pixels of caption text that is readable next to a picture of this width."""
    return int(np.clip(width / 40, 13, 22))


def _to_array(image: Image.Image) -> np.ndarray:
    return cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2BGR)


def _legend_rows(items: list[tuple[str, Any]], width: int, size: int) -> list[list[tuple]]:
    """Items ``(text, colour)`` in rows that fit the width, each with its left edge in pixels."""
    rows: list[list[tuple]] = [[]]
    left = size
    for text, colour in items:
        swatch = 0 if colour is None else round(size * 1.6)
        needed = swatch + load_font(size, text).getlength(text) + size * 1.4
        if rows[-1] and left + needed > width:
            rows.append([])
            left = size
        rows[-1].append((left, swatch, text, colour))
        left += round(needed)
    return rows


def compose_legend(image: np.ndarray,
                   class_names: Sequence[str],
                   palette: Sequence[Sequence[int]],
                   page_type: str | None = None,
                   page_score: float | None = None,
                   seg: np.ndarray | None = None,
                   clear: Collection[int] = (),
                   size: int | None = None) -> np.ndarray:
    """The image with a strip below that names the colours and the page type.

    Args:
        image: uint8 ``(H, W, 3)`` in BGR.
        class_names: Name of each class.
        palette: RGB colour of each class.
        page_type: Name of the page class, written first.
        page_score: Its score in [0, 1], written behind the name with two digits.
        seg: If given, only classes that occur in this label map are listed.
        clear: Classes that are left out, since the picture does not paint them.
        size: Of the text in pixels; by default 13 to 22, which reads well at full size.
    """
    present = range(len(class_names)) if seg is None else labels_of(seg)
    size = size or _font_size(image.shape[1])
    items: list[tuple[str, Any]] = []
    if page_type is not None:
        items.append((page_type if page_score is None else f'{page_type} {page_score:.2f}', None))
    items += [(class_names[i], tuple(int(c) for c in palette[i])) for i in present
              if 0 <= i < len(class_names) and i not in clear]
    rows = _legend_rows(items, image.shape[1], size)
    line = round(size * 1.7)
    strip = Image.new('RGB', (image.shape[1], line * len(rows) + size // 2), PAPER)
    draw = ImageDraw.Draw(strip)
    for number, row in enumerate(rows):
        middle = size // 4 + line * number + line // 2
        for left, swatch, text, colour in row:
            if colour is not None:
                box = (left, middle - size * 0.45, left + size * 1.2, middle + size * 0.45)
                draw.rectangle(box, fill=colour, outline=INK)
            font = load_font(size, text, bold=colour is None)
            draw.text((left + swatch, middle), text, fill=INK, font=font, anchor='lm')
    return np.vstack([image, _to_array(strip)])


def paint_result(image: np.ndarray,
                 result: np.ndarray | dict,
                 class_names: Sequence[str],
                 palette: Sequence[Sequence[int]] | None = None,
                 page_classes: Sequence[str] | None = None,
                 opacity: float = 0.5,
                 legend: bool = True) -> np.ndarray:
    """The page painted with a test's result, and below it the legend with the page type.

    Args:
        image: uint8 ``(H, W, 3)`` in BGR.
        result: Label map ``(H, W)``, or a dict with ``seg_map`` and optionally ``cls_label``,
            ``cls_scores`` and ``lines``, whose outlines are drawn.
        class_names: Name of each pixel class.
        palette: RGB colour of each class; distinct ones where None.
        page_classes: Name of each page class; its number is shown where None.
        opacity: Share of the colour in (0, 1].
        legend: Whether the strip is added; without it the size stays that of the page.
    """
    page: dict = result if isinstance(result, dict) else {'seg_map': result}
    seg = np.asarray(page['seg_map'])
    if palette is None:
        palette = distinct_palette(len(class_names))
    painted = paint_segmentation(image, seg, palette, opacity)
    outlines = [np.rint(np.reshape(line[:-1], (-1, 2))).astype(np.int32)
                for line in page.get('lines', ())]
    cv2.polylines(painted, outlines, True, LINE_COLOUR, max(1, seg.shape[1] // 600), cv2.LINE_AA)
    if not legend:
        return painted
    page_type, score = None, None
    if page.get('cls_label') is not None:
        label = int(page['cls_label'])
        page_type = page_classes[label] if page_classes else f'page type {label}'
        if page.get('cls_scores') is not None:
            score = float(page['cls_scores'][label])
    return compose_legend(painted, class_names, palette, page_type, score, seg,
                          clear_classes(palette, opacity))


def _captioned(panel: np.ndarray, caption: str, strip: int) -> np.ndarray:
    """The panel below a strip of ``strip`` pixels that holds the caption, shrunk where too long."""
    width = panel.shape[1]
    size = round(strip * 0.55)
    while size > 8 and load_font(size, caption).getlength(caption) > width:
        size -= 1
    head = Image.new('RGB', (width, strip), PAPER)
    ImageDraw.Draw(head).text((width / 2, strip / 2), caption, fill=INK, anchor='mm',
                              font=load_font(size, caption))
    return np.vstack([_to_array(head), panel])


def side_by_side(images: Sequence[np.ndarray],
                 captions: Sequence[str] | None = None,
                 columns: int | None = None,
                 panel_height: int | None = None,
                 gap: int = 12) -> np.ndarray:
    """One white sheet with the images in rows, each below its caption.

    Args:
        images: uint8 ``(H, W, 3)`` in BGR, of any sizes.
        captions: One line a picture.
        columns: Pictures in a row; all in one row by default.
        panel_height: Pixels to which every picture is scaled; by default the largest height, and
            smaller ones keep their size.
        gap: Pixels between pictures and around them; from 4 pixels on a thin frame is drawn, so
            that a white page has an edge.
    """
    panels = []
    for image in images:
        if panel_height is not None and image.shape[0] != panel_height:
            width = max(1, round(image.shape[1] * panel_height / image.shape[0]))
            shrinks = panel_height < image.shape[0]
            image = cv2.resize(image, (width, panel_height),
                               interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST)
        panels.append(image)
    picture_heights = [panel.shape[0] for panel in panels]
    if captions is not None:
        strip = 2 * _font_size(max(panel.shape[1] for panel in panels))
        panels = [_captioned(p, c, strip) for p, c in zip(panels, captions, strict=True)]
    columns = columns or len(panels)
    rows = [panels[i:i + columns] for i in range(0, len(panels), columns)]
    widths = [max(row[i].shape[1] for row in rows if i < len(row)) for i in range(len(rows[0]))]
    heights = [max(panel.shape[0] for panel in row) for row in rows]
    height, width = (sum(sizes) + gap * (len(sizes) + 1) for sizes in (heights, widths))
    sheet = np.full((height, width, 3), PAPER, np.uint8)
    for r, row in enumerate(rows):
        for c, panel in enumerate(row):
            top = gap + sum(heights[:r]) + gap * r
            left = gap + sum(widths[:c]) + gap * c
            bottom, right = top + panel.shape[0], left + panel.shape[1]
            sheet[top:bottom, left:right] = panel
            if gap >= 4:
                cv2.rectangle(sheet, (left - 1, bottom - picture_heights[r * columns + c] - 1),
                              (right, bottom), FRAME)
    return sheet
