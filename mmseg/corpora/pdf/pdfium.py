"""What PDFium says of a page: its objects, letters and coordinates, through pypdfium2's raw calls.

Everything comes from the library that renders the page, so that boxes are in the pixels of its
picture whatever MediaBox, CropBox and /Rotate say.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from ctypes import (
    addressof,
    byref,
    c_double,
    c_float,
    c_int,
    c_uint,
    c_ulong,
    c_ushort,
    create_string_buffer,
)
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .boxes import Box, as_boxes

if TYPE_CHECKING:
    from pypdfium2 import PdfPage  # type: ignore[import-untyped]

# Forms in forms deeper than this, and objects beyond this number, are left to a skipped page.
_DEEPEST_FORM = 8
MAX_OBJECTS = 60_000
# A path of more points is a drawing: its bounds are enough.
_MAX_POINTS = 3_000
_EVERYWHERE = (-np.inf, -np.inf, np.inf, np.inf)


class TooManyObjects(Exception):
    """A page of more objects than can be looked at."""


# In place of a marked-content id.
ARTIFACT = -2
_ARTIFACT_NAME = 'Artifact'.encode('utf-16-le')


def raw() -> ModuleType:
    """The raw calls of PDFium; :func:`mmseg.utils.pdf_pages.open_pdf` says where it is missing."""
    import pypdfium2.raw  # type: ignore[import-untyped]
    return pypdfium2.raw


class Item(NamedTuple):
    """An object of a page.

    Attributes:
        handle: Of PDFium.
        kind: ``FPDF_PAGEOBJ_TEXT``, ``_PATH``, ``_IMAGE`` or ``_SHADING``.
        matrix: (3, 3) from the space that its coordinates are in to pixels, for row vectors.
        clip: Box in pixels that it is clipped to.
        mark: Its marked-content id, -1 for none, ``ARTIFACT`` for what its author calls one: a
            decoration without content.
    """

    handle: Any
    kind: int
    matrix: np.ndarray
    clip: Box
    mark: int


def to_pixels_matrix(page: PdfPage, size: tuple[int, int]) -> np.ndarray:
    """Matrix (3, 3) from a page's coordinates to pixels, for row vectors ``(x, y, 1)``.

    Args:
        page: Of PDFium.
        size: (height, width) of its picture.
    """
    pdfium = raw()
    fine = 1000  # parts of a pixel, since PDFium gives whole numbers
    width, height = page.get_size()
    x, y = c_int(), c_int()
    found = []
    for at in ((0., 0.), (width, 0.), (0., height)):
        pdfium.FPDF_PageToDevice(page, 0, 0, size[1] * fine, size[0] * fine, 0, *at, byref(x),
                                 byref(y))
        found.append(np.array([x.value, y.value]) / fine)
    origin, right, up = found
    return np.array([[*(right - origin) / width, 0], [*(up - origin) / height, 0], [*origin, 1]])


def walk(page: PdfPage, matrix: np.ndarray) -> Iterator[Item]:
    """The text, path, image and shading objects of a page and of the forms in it, in the order
    in which they are painted.

    Args:
        page: Of PDFium.
        matrix: Of :func:`to_pixels_matrix`, ``(3, 3)``.

    Raises:
        TooManyObjects: There are more than ``MAX_OBJECTS``.
    """
    pdfium = raw()
    seen = 0

    def items(count: int, get: Any, parent: Any, matrix: np.ndarray, clip: Box,
              depth: int, within_artifact: bool) -> Iterator[Item]:
        nonlocal seen
        for index in range(count):
            handle = get(parent, index)
            seen += 1
            if seen > MAX_OBJECTS:
                raise TooManyObjects(f'more than {MAX_OBJECTS} objects are drawn on it')
            kind = pdfium.FPDFPageObj_GetType(handle)
            own = clip if kind == pdfium.FPDF_PAGEOBJ_TEXT else _clipped(handle, matrix, clip)
            artifact = within_artifact or _is_artifact(handle)
            if kind == pdfium.FPDF_PAGEOBJ_FORM:
                if depth < _DEEPEST_FORM:
                    inner = _matrix_of(handle) @ matrix
                    yield from items(pdfium.FPDFFormObj_CountObjects(handle),
                                     pdfium.FPDFFormObj_GetObject, handle, inner, own, depth + 1,
                                     artifact)
                continue
            mark = pdfium.FPDFPageObj_GetMarkedContentID(handle) if depth == 0 else -1
            yield Item(handle, kind, matrix, own, ARTIFACT if artifact else mark)

    yield from items(pdfium.FPDFPage_CountObjects(page), pdfium.FPDFPage_GetObject, page, matrix,
                     _EVERYWHERE, 0, False)


def _is_artifact(handle: Any) -> bool:
    """Whether an object is marked as an artifact (ISO 32000-1, 14.8.2.2)."""
    pdfium = raw()
    name, written = (c_ushort * 32)(), c_ulong()
    for index in range(max(0, pdfium.FPDFPageObj_CountMarks(handle))):
        mark = pdfium.FPDFPageObj_GetMark(handle, index)
        if (pdfium.FPDFPageObjMark_GetName(mark, name, 2 * len(name), byref(written))
                and bytes(name)[:max(0, written.value - 2)] == _ARTIFACT_NAME):
            return True
    return False


def _matrix_of(handle: Any) -> np.ndarray:
    """Matrix (3, 3) of an object, for row vectors."""
    values = raw().FS_MATRIX()
    raw().FPDFPageObj_GetMatrix(handle, byref(values))
    return _as_matrix(values)


def _as_matrix(values: Any) -> np.ndarray:
    return np.array([[values.a, values.b, 0], [values.c, values.d, 0], [values.e, values.f, 1]],
                    dtype=float)


def apply(matrix: np.ndarray, points: Sequence[Sequence[float]] | np.ndarray) -> np.ndarray:
    """Points (P, 2) in pixels."""
    where = np.asarray(points, dtype=float).reshape(-1, 2)
    return where @ matrix[:2, :2] + matrix[2, :2]


def _corners(box: Sequence[float]) -> np.ndarray:
    x0, y0, x1, y1 = box
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def _around(points: np.ndarray) -> Box:
    return (*points.min(axis=0).tolist(), *points.max(axis=0).tolist())


def _common(one: Box, other: Box) -> Box:
    """What two boxes share: left beyond right where that is nothing."""
    return (max(one[0], other[0]), max(one[1], other[1]),
            min(one[2], other[2]), min(one[3], other[3]))


def _clipped(handle: Any, matrix: np.ndarray, clip: Box) -> Box:
    """A clip box, cut by the boxes around an object's own clip paths."""
    pdfium = raw()
    path = pdfium.FPDFPageObj_GetClipPath(handle)
    x, y = c_float(), c_float()
    for number in range(max(0, pdfium.FPDFClipPath_CountPaths(path))):
        points = []
        for index in range(min(_MAX_POINTS, pdfium.FPDFClipPath_CountPathSegments(path, number))):
            segment = pdfium.FPDFClipPath_GetPathSegment(path, number, index)
            if pdfium.FPDFPathSegment_GetPoint(segment, byref(x), byref(y)):
                points.append((x.value, y.value))
        if points:
            clip = _common(clip, _around(apply(matrix, points)))
    return clip


def bounds(item: Item) -> Box:
    """Box of an object in pixels, cut by its clip."""
    left, low, right, high = (c_float() for _ in range(4))
    if not raw().FPDFPageObj_GetBounds(item.handle, byref(left), byref(low), byref(right),
                                       byref(high)):
        return (0., 0., 0., 0.)
    corners = _corners((left.value, low.value, right.value, high.value))
    return _common(_around(apply(item.matrix, corners)), item.clip)


class Painted(NamedTuple):
    """How a path is painted: filled, stroked, width of the stroke in pixels, and the longest of its
    dashes and of the gaps between them in pixels, 0 for a stroke without gaps."""

    fill: bool
    stroke: bool
    width: float
    dash: float
    gap: float


def painted(item: Item) -> Painted:
    """How a path is painted."""
    pdfium = raw()
    fill, stroke, width = c_int(), c_int(), c_float()
    pdfium.FPDFPath_GetDrawMode(item.handle, byref(fill), byref(stroke))
    if stroke.value:
        pdfium.FPDFPageObj_GetStrokeWidth(item.handle, byref(width))
    scale = abs(np.linalg.det((_matrix_of(item.handle) @ item.matrix)[:2, :2])) ** 0.5
    dash, gap = _dashes(item) if stroke.value else (0., 0.)
    return Painted(bool(fill.value), bool(stroke.value), width.value * scale, dash * scale,
                   gap * scale)


def _dashes(item: Item) -> tuple[float, float]:
    """The longest dash of a stroke and the longest gap, in its own units."""
    count = raw().FPDFPageObj_GetDashCount(item.handle)
    if count <= 0:
        return 0., 0.
    lengths = (c_float * count)()
    raw().FPDFPageObj_GetDashArray(item.handle, lengths, count)
    if count % 2:  # dashes and gaps change places with each round (ISO 32000-1, 8.4.3.6)
        return max(lengths), max(lengths)
    return max(lengths[::2]), max(lengths[1::2])


def outlines(item: Item) -> list[np.ndarray]:
    """Points (P, 2) in pixels of each part of a path, from where the pen was set down; those of
    curves with their control points."""
    pdfium = raw()
    count = pdfium.FPDFPath_CountSegments(item.handle)
    if count > _MAX_POINTS:
        return [_corners(bounds(item))]
    matrix = _matrix_of(item.handle) @ item.matrix
    x, y = c_float(), c_float()
    parts: list[list[tuple[float, float]]] = []
    for index in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(item.handle, index)
        pdfium.FPDFPathSegment_GetPoint(segment, byref(x), byref(y))
        if not parts or pdfium.FPDFPathSegment_GetType(segment) == pdfium.FPDF_SEGMENT_MOVETO:
            parts.append([])
        parts[-1].append((x.value, y.value))
    return [apply(matrix, points) for points in parts if len(points) > 1]


def image_size(item: Item) -> tuple[int, int]:
    """(width, height) of an image's own pixels."""
    width, height = c_uint(), c_uint()
    raw().FPDFImageObj_GetImagePixelSize(item.handle, byref(width), byref(height))
    return width.value, height.value


def font_name(item: Item) -> str:
    """Name of a text object's font."""
    name = create_string_buffer(128)
    font = raw().FPDFTextObj_GetFont(item.handle)
    raw().FPDFFont_GetBaseFontName(font, name, len(name))
    return name.value.decode('latin-1')


class Letters:
    """The letters of a page, in the order of reading that PDFium guesses.

    Attributes:
        codes: Unicode (N,) of each.
        boxes: (N, 4) around the drawn letters in pixels; without an area where that is unknown.
        origins: (N, 2) on the baseline.
        along: (N, 2) in which direction their line runs, of length 1, in pixels.
        up: (N, 2) to the letters' upper edge, of the length of one em in pixels.
        owners: (N,) addresses of the text objects that they are of.
    """

    def __init__(self, page: PdfPage, matrix: np.ndarray) -> None:
        pdfium = raw()
        text = pdfium.FPDFText_LoadPage(page)
        try:
            self._read(text, matrix)
        finally:
            pdfium.FPDFText_ClosePage(text)

    def _read(self, text: Any, matrix: np.ndarray) -> None:
        pdfium = raw()
        left, right, low, high, x, y = (c_double() for _ in range(6))
        values = pdfium.FS_MATRIX()
        rows, codes, owners = [], [], []
        for index in range(max(0, pdfium.FPDFText_CountChars(text))):
            code = pdfium.FPDFText_GetUnicode(text, index)
            if code in _BLANK or pdfium.FPDFText_IsGenerated(text, index) == 1:
                continue
            pdfium.FPDFText_GetCharBox(text, index, byref(left), byref(right), byref(low),
                                       byref(high))
            pdfium.FPDFText_GetCharOrigin(text, index, byref(x), byref(y))
            pdfium.FPDFText_GetMatrix(text, index, byref(values))
            owner = pdfium.FPDFText_GetTextObject(text, index)
            rows.append((left.value, low.value, right.value, high.value, x.value, y.value,
                         values.a, values.b, values.c, values.d,
                         pdfium.FPDFText_GetFontSize(text, index)))
            codes.append(code)
            owners.append(addressof(owner.contents) if owner else 0)
        table = np.array(rows, dtype=float).reshape(-1, 11)
        self.codes = np.array(codes, dtype=np.int64)
        self.owners = np.array(owners, dtype=np.uint64)
        ends = np.stack([apply(matrix, table[:, :2]), apply(matrix, table[:, 2:4])], axis=1)
        self.boxes = np.hstack([ends.min(axis=1), ends.max(axis=1)]) if len(table) else as_boxes([])
        self.origins = apply(matrix, table[:, 4:6])
        turn = matrix[:2, :2]
        along = table[:, 6:8] @ turn
        self.along = along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
        self.up = (table[:, 8:10] * table[:, 10:11]) @ turn

    def __len__(self) -> int:
        return len(self.codes)

    def keep(self, flags: np.ndarray) -> None:
        """Keep the letters whose flag (N,) is set."""
        for name in ('codes', 'owners', 'boxes', 'origins', 'along', 'up'):
            setattr(self, name, getattr(self, name)[flags])

    def add(self, items: Sequence[Item]) -> None:
        """Add text objects as one letter each: PDFium leaves out repeated text, which it takes
        for bold print."""
        boxes = as_boxes(bounds(item) for item in items)
        matrices = np.array([(_matrix_of(item.handle) @ item.matrix)[0, :2] for item in items])
        along = matrices.reshape(-1, 2)
        along = along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
        across = np.stack([along[:, 1], -along[:, 0]], axis=1)
        up = across * (np.abs(across) * (boxes[:, 2:] - boxes[:, :2])).sum(axis=1, keepdims=True)
        self.codes = np.append(self.codes, np.zeros(len(items), np.int64))
        self.owners = np.append(self.owners, np.array(
            [addressof(item.handle.contents) for item in items], np.uint64))
        self.boxes = np.vstack([self.boxes, boxes])
        self.origins = np.vstack([self.origins, (boxes[:, :2] + boxes[:, 2:]) / 2 - 0.27 * up])
        self.along = np.vstack([self.along, along])
        self.up = np.vstack([self.up, up])

    @property
    def ems(self) -> np.ndarray:
        """Size (N,) of the letters in pixels."""
        return np.linalg.norm(self.up, axis=1)


# Blanks of Unicode that PDFium may give as letters of the page.
_BLANK = frozenset([0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20, 0xa0, 0xad, 0x3000, 0xfeff,
                    *range(0x2000, 0x2010), 0x2028, 0x2029, 0x202f])
