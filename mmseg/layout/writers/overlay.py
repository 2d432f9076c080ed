"""A picture of the page with its regions: colours, outlines, order numbers, legend."""
from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw

from mmseg.core.visualization import compose_legend, distinct_palette, load_font, paint_segmentation
from mmseg.utils.errors import InputError

from ..region import PageLayout, Region

Palette = Sequence[Sequence[int]]

OPACITY = 0.35
INK = (20, 20, 20)
PAPER = (255, 255, 255)


def _rings(region: Region, eighths: bool = False) -> list[np.ndarray]:
    """Outline and holes as OpenCV takes them; ``eighths`` of a pixel for smooth lines."""
    polygon = region.polygon
    scale = 8 if eighths else 1
    # OpenCV's coordinates are middles of pixels, a region's are their edges.
    return [np.rint((np.asarray(ring.coords) - 0.5) * scale).astype(np.int32)
            for ring in (polygon.exterior, *polygon.interiors)]


def _outlined(image: np.ndarray, page: PageLayout, palette: Palette, thickness: int) -> np.ndarray:
    for region in page.regions:
        red, green, blue = palette[region.label]
        # darker than the filling, so that neighbours of one class can be told apart
        colour = (int(blue * 0.75), int(green * 0.75), int(red * 0.75))
        cv2.polylines(image, _rings(region, eighths=True), True, colour, thickness,
                      cv2.LINE_AA, shift=3)
        for line in region.lines:
            base = np.rint((np.asarray(line.baseline) - 0.5) * 8).astype(np.int32)
            cv2.polylines(image, [base], False, colour, 1, cv2.LINE_AA, shift=3)
    return image


def _numbered(image: np.ndarray, page: PageLayout, palette: Palette, size: int) -> np.ndarray:
    """The image with each region's ``order`` as in JSON, mostly left of its first letter."""
    picture = Image.fromarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
    draw = ImageDraw.Draw(picture)
    for order, region in enumerate(page.regions):
        text = str(order)
        font = load_font(size, text, bold=True)
        corners = np.asarray(region.polygon.exterior.coords)
        x, y = corners[corners.sum(1).argmin()]
        width, height = font.getlength(text) + size * 0.5, size * 1.2
        x = float(np.clip(x - 0.75 * width, 0, max(page.size[1] - width, 0)))
        y = float(np.clip(y - 0.25 * height, 0, max(page.size[0] - height, 0)))
        draw.rounded_rectangle((x, y, x + width, y + height), size * 0.25, fill=PAPER,
                               outline=tuple(palette[region.label]),
                               width=max(1, size // 10))
        draw.text((x + width / 2, y + height / 2), text, fill=INK, font=font, anchor='mm')
    return cv2.cvtColor(np.asarray(picture), cv2.COLOR_RGB2BGR)


def draw_overlay(page: PageLayout, image: np.ndarray | None = None) -> np.ndarray:
    """The page painted with its regions, uint8 ``(H + legend, W, 3)`` in BGR.

    Lines and numbers grow with the page, so that they are legible on a small screen, where the
    whole page is shown small.

    Args:
        page: What was found.
        image: The page itself, uint8 (H, W, 3) in BGR; white paper where None.

    Raises:
        InputError: The image has another size than the page.
    """
    if image is None:
        image = np.full((*page.size, 3), 255, np.uint8)
    if image.shape[:2] != tuple(page.size):
        raise InputError(f'the picture of {page.source or "the page"} is {image.shape[:2]} '
                         f'(height, width), but its layout {tuple(page.size)}')
    palette = page.palette or [(0, 0, 0), *distinct_palette(len(page.classes) - 1)]
    unit = max(1, round(image.shape[1] / 400))
    seg = np.zeros(page.size, np.uint8 if len(page.classes) <= 255 else np.int32)
    for region in page.regions:
        cv2.fillPoly(seg, _rings(region), int(region.label))
        if region.centreline is not None:
            # a rule of one pixel would vanish when the picture is shown small
            line = np.rint(np.asarray(region.centreline) - 0.5).astype(np.int32)
            cv2.polylines(seg, [line], False, int(region.label),
                          max(round(region.thickness or 1), 2 * unit))
    painted = paint_segmentation(image, seg, palette, OPACITY, clear=[0])
    painted = _outlined(painted, page, palette, unit)
    size = max(11, round(image.shape[1] / 36))
    painted = _numbered(painted, page, palette, size)
    score = None if page.page_type is None else page.page_scores[page.page_type]
    return compose_legend(painted, page.classes, palette, page.page_type, score, seg,
                          clear=[0], size=size)


def overlay_png(page: PageLayout, image: np.ndarray | None = None) -> bytes:
    """:func:`draw_overlay` as the bytes of a PNG file.

    Args:
        page: What was found.
        image: The page itself, uint8 (H, W, 3) in BGR; white paper where None.
    """
    written, encoded = cv2.imencode('.png', draw_overlay(page, image))
    assert written, 'OpenCV comes without PNG'
    return encoded.tobytes()


def plain_jpeg(image: np.ndarray | None) -> bytes:
    """The page itself, BGR ``(H, W, 3)``, as a JPEG, for pages of PDFs and TIFFs.

    Raises:
        InputError: There is no picture.
    """
    if image is None:
        raise InputError("the format 'jpg' is the page itself, but its picture was not given")
    written, encoded = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, 95])
    assert written, 'OpenCV comes without JPEG'
    return encoded.tobytes()
