"""A label map painted over its page, palettes, and saving."""
from __future__ import annotations

import colorsys
import io
import os
from collections.abc import Collection, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from mmseg.utils.atomic_write import atomic_path
from mmseg.utils.errors import InputError


def distinct_palette(num_classes: int) -> list[list[int]]:
    """``num_classes`` RGB colours that differ well, the same at every call.

    Hues step by the golden ratio, so that the first colours are far apart whatever their number.
    """
    colours = []
    for index in range(num_classes):
        hue = index * 0.61803398875 % 1.0
        value = (1.0, 0.65)[index % 2]
        rgb = colorsys.hsv_to_rgb(hue, 0.85, value)
        colours.append([round(255 * channel) for channel in rgb])
    return colours


def _colour_table(palette: Sequence[Sequence[int]]) -> np.ndarray:
    """The palette as a uint8 ``(K, 3)`` table in BGR."""
    table = np.asarray(palette)
    if table.ndim != 2 or table.shape[1] != 3:
        raise InputError(f'A palette is a list of [r, g, b] colours, one a class; this one has '
                         f'the shape {table.shape}.')
    return table[:, ::-1].astype(np.uint8)


def clear_classes(palette: Sequence[Sequence[int]], opacity: float) -> list[int]:
    """Classes that stay unpainted unless told otherwise: the black ones, and none at opacity 1.

    Black is the background of most data sets, and a page under a grey veil reads badly; at
    opacity 1 the picture is the coloured label map itself, where black has its meaning.
    """
    return [] if opacity == 1 else np.flatnonzero(~_colour_table(palette).any(axis=1)).tolist()


def labels_of(seg: np.ndarray) -> np.ndarray:
    """The labels (n,) that occur in a label map (H, W) of integers, in their order."""
    if seg.dtype == np.uint8:  # a histogram takes a tenth of the time
        return np.flatnonzero(cv2.calcHist([seg], [0], None, [256], [0, 256]))
    return np.unique(seg)


def paint_segmentation(image: np.ndarray,
                       seg: np.ndarray,
                       palette: Sequence[Sequence[int]],
                       opacity: float = 0.5,
                       clear: Collection[int] | None = None,
                       ignore_index: int = 255,
                       ignored: Sequence[int] | None = None) -> np.ndarray:
    """A copy of the page with each class laid over it in its colour.

    Args:
        image: uint8 ``(H, W, 3)`` in BGR, or grey ``(H, W)``.
        seg: Label map ``(H, W)`` of integers.
        palette: RGB colour of each class.
        opacity: Share of the colour in (0, 1]; at 1 the page itself is hidden.
        clear: Classes that stay unpainted; by default those of :func:`clear_classes`.
        ignore_index: Label that belongs to no class.
        ignored: RGB colour of its pixels; by default they stay unpainted.

    Raises:
        InputError: Sizes that differ, an opacity outside (0, 1], a label without a colour.
    """
    if not 0 < opacity <= 1:
        raise InputError(f'opacity must be in (0, 1], not {opacity}.')
    if image.shape[:2] != seg.shape:
        raise InputError(f'Image and label map differ in size: {image.shape[:2]} and {seg.shape} '
                         '(height, width).')
    table = _colour_table(palette)
    page = image if image.ndim == 3 else cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    if clear is None:
        clear = clear_classes(palette, opacity)
    unknown = np.setdiff1d(labels_of(seg), [*range(len(table)), ignore_index])
    if unknown.size:
        raise InputError(f'The label map holds {unknown.tolist()}, but the palette has colours '
                         f'for 0 to {len(table) - 1} only.')
    hidden = np.zeros(seg.shape, bool)
    for label in clear:
        hidden |= seg == label
    no_class = seg == ignore_index
    colours = np.take(table, np.where(no_class, 0, seg), axis=0)
    if ignored is None:
        hidden |= no_class
    else:
        colours[no_class] = ignored[::-1]
    # cv2.addWeighted mixes in one pass over uint8; a float image would take four times as long.
    mixed = cv2.addWeighted(page, 1 - opacity, colours, opacity, 0)
    return cv2.copyTo(page, hidden.view(np.uint8), mixed)


def _few_colours(image: np.ndarray, colours: int) -> bytes:
    """The image as a PNG with a palette."""
    rgb = Image.fromarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
    file = io.BytesIO()
    # An octree keeps rare colours, such as those of a legend, where a median cut loses them.
    few = rgb.quantize(colours, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(file, 'PNG', optimize=True)
    return file.getvalue()


def save_image(path: str | os.PathLike, image: np.ndarray, colours: int | None = None) -> None:
    """Write the BGR image; its folder is made, and a file at this path is replaced as a whole.

    Args:
        path: Its suffix says the format.
        image: uint8 ``(H, W, 3)`` in BGR.
        colours: Write a PNG with a palette of at most this many colours (2 to 256), which takes a
            fraction of the space.

    Raises:
        InputError: A suffix that OpenCV cannot write.
    """
    path = Path(path)
    if colours is not None and path.suffix.lower() == '.png':
        data = _few_colours(image, colours)
    else:
        try:
            written, encoded = cv2.imencode(path.suffix, image)
        except cv2.error:
            written = False
        if not written:
            raise InputError(f'Cannot write {path}: use a suffix such as .png or .jpg.')
        data = encoded.tobytes()
    with atomic_path(path) as part:
        part.write_bytes(data)
