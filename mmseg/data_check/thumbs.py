"""Small pictures of faulty pages, as data URIs for a page without further files."""
from __future__ import annotations

import base64
from typing import Any, NamedTuple

import cv2
import numpy as np

from mmseg.core.visualization import distinct_palette
from mmseg.utils.errors import InputError
from mmseg.utils.pictures import decode_picture

from .findings import Finding
from .image import Unreadable
from .mask import decode_mask
from .page import image_file, label_file, table_of
from .splits import Source

_SIDE = 360
_VOID, _STRAY, _PAPER = (190, 190, 190), (255, 0, 220), (255, 255, 255)


class Thumb(NamedTuple):
    """A small picture with its caption and its size in pixels."""
    caption: str
    uri: str
    width: int
    height: int


def draw_finding(finding: Finding, sources: list[Source]) -> list[Thumb]:
    """The page of a finding next to its label map, or next to the page it repeats.

    What cannot be shown has a thumb without a picture.
    """
    if finding.page is None:
        return []
    source, number = sources[finding.page[0]], finding.page[1]
    if finding.other is not None:
        other, theirs = sources[finding.other[0]], finding.other[1]
        pair = [(source.name, _image(source, number)), (other.name, _image(other, theirs))]
        return [_thumb(name, picture, _longest(picture)) for name, picture in pair]
    pair = [('page', _image(source, number))]
    if source.labelled:
        pair.append(('label map', _label(source, number)))
    # one scale for both, which shows a difference in size
    longest = max(_longest(picture) for _, picture in pair)
    return [_thumb(name, picture, longest) for name, picture in pair]


def _longest(picture: np.ndarray | None) -> int:
    return 1 if picture is None else max(picture.shape[:2])


def _image(source: Source, number: int) -> np.ndarray | None:
    """The page, (H, W, 3) in BGR; None where it cannot be read."""
    try:
        file = image_file(source.results(number))
        content = source.read(file, source.image_loader)
        return None if content is None else decode_picture(content, file)
    except (OSError, InputError):
        return None


def _label(source: Source, number: int) -> np.ndarray | None:
    """The label map in the colours of its classes, (H, W, 3) in BGR; None for none."""
    results = source.results(number)
    file = label_file(results)
    try:
        content = None if file is None else source.read(file, source.label_loader)
        array = None if content is None else decode_mask(content, source.label_loader).array
    except (OSError, Unreadable):
        return None
    if array is None:
        return None
    if array.ndim == 3:
        return np.ascontiguousarray(array[..., 2::-1]).astype(np.uint8)
    return _paint(np.clip(array, 0, 255).astype(np.uint8), source, results)


def _paint(array: np.ndarray, source: Source, results: dict[str, Any]) -> np.ndarray:
    """Classes in their colours, black as paper, ignored pixels grey, strays pink and thick."""
    table = table_of(source, results).astype(int)
    known = source.num_classes or 256
    palette = source.dataset.PALETTE or distinct_palette(known)
    colours = np.full((256, 3), _STRAY, np.uint8)
    for value, label in enumerate(table):
        if label == results.get('ignore_index', 255):
            colours[value] = _VOID
        elif label < known:
            colours[value] = palette[label] if any(palette[label]) else _PAPER
    stray = (table >= known) & (table != results.get('ignore_index', 255))
    painted = colours[array]
    if stray[array].any():
        # so thick that they are there when the picture is small
        size = 2 * (max(array.shape) // _SIDE) + 1
        painted[cv2.dilate(stray[array].astype(np.uint8), np.ones((size, size))) > 0] = _STRAY
    return painted[..., ::-1]


def _thumb(caption: str, picture: np.ndarray | None, longest: int) -> Thumb:
    """A picture scaled as one whose longer side has ``longest`` pixels is to ``_SIDE``."""
    if picture is None:
        return Thumb(f'{caption}: none', '', 1, 1)
    height, width = picture.shape[:2]
    scale = _SIDE / longest
    # what is small is shown large, with its pixels
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    small = cv2.resize(picture, (max(1, round(width * scale)), max(1, round(height * scale))),
                       interpolation=how)
    _, coded = cv2.imencode('.webp', small, [cv2.IMWRITE_WEBP_QUALITY, 80])
    return Thumb(f'{caption}, {width}x{height}',
                 'data:image/webp;base64,' + base64.b64encode(coded.tobytes()).decode(),
                 small.shape[1], small.shape[0])
