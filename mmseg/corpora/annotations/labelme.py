"""Pages from labelme's JSON files."""
from __future__ import annotations

import json
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from mmseg.utils.errors import InputError, nearest
from mmseg.utils.pictures import open_picture

from .class_map import ClassMap, plain
from .embedded import decode_base64
from .names import find_file
from .page import BAD_NUMBERS, FEW_POINTS, OTHER_KIND, AnnotatedPage, as_points, stated_size
from .rasterize import Shape, box_polygon, stroke_polygons

_CORNERS = 64  # of a circle
_OUTLINES = ('polygon', 'oriented_rectangle', 'rotation', 'quadrilateral')
_LINES = ('line', 'linestrip')
_POINTS = ('point', 'points')
_KINDS = (*_OUTLINES, 'rectangle', 'circle', 'mask', *_LINES, *_POINTS)


def find_files(folder: str, suffix: str) -> list[str]:
    """The files with ``suffix`` in ``folder`` and below, relative to it, sorted.

    Raises:
        InputError: There are none.
    """
    root = Path(folder)
    names = sorted(path.relative_to(root).as_posix() for path in root.rglob('*')
                   if path.name.lower().endswith(suffix) and path.is_file()
                   and not path.name.startswith('.'))
    if not names:
        raise InputError(f'{folder} has no files that end in {suffix}, there and below'
                         if root.is_dir() else f'{folder} is not a folder')
    return names


@dataclass
class LabelmeReader:
    """Makes a page of a labelme file.

    Shapes lie over each other as they are drawn: one of background clears what was drawn before
    it, so that it is a hole.

    Args:
        folder: The folder that files are relative to.
        class_map: For page types and the width of lines.
        prefix: What page names begin with.
    """

    folder: str
    class_map: ClassMap
    prefix: str = ''

    def __call__(self, name: str) -> AnnotatedPage:
        path = Path(self.folder, name)
        content = _read(path)
        page = AnnotatedPage(self.prefix + str(PurePosixPath(name).with_suffix('')),
                             _image(content, path, Path(self.folder)), str(path),
                             size=stated_size(content, 'imageHeight', 'imageWidth'),
                             page_type=self._page_type(content, name))
        for shape in content['shapes']:
            if not isinstance(shape, dict) or 'label' not in shape:
                raise InputError(f'{path} has a shape without a label; is it a file of labelme?')
            self._add(page, shape)
        for painted in page.shapes:
            painted.layered = True
        return page

    def _page_type(self, content: Mapping[str, Any], name: str) -> str | None:
        """The type that is ticked, else the one that a folder is called after."""
        kinds = {plain(kind): kind for kind in self.class_map.page_classes}
        kinds.update({f'{word}s': kind for word, kind in kinds.items()})
        flags = content.get('flags') or {}
        if not isinstance(flags, dict):
            raise InputError(f'the flags of {Path(self.folder, name)} must be an object of names '
                             f'and true or false, got {reprlib.repr(flags)}')
        ticked = {kinds[plain(flag)] for flag, on in flags.items() if on and plain(flag) in kinds}
        if len(ticked) > 1:
            raise InputError(f"{Path(self.folder, name)} has the flags {' and '.join(ticked)}; a "
                             'page is of one type')
        folders = [kinds[plain(part)] for part in (Path(self.folder).name,
                                                   *PurePosixPath(name).parent.parts)
                   if plain(part) in kinds]
        return (*ticked, *folders[::-1], self.class_map.type_of(content))[0]

    def _add(self, page: AnnotatedPage, shape: Mapping[str, Any]) -> None:
        label, kind = str(shape['label']), shape.get('shape_type') or 'polygon'
        if kind not in _KINDS:
            raise InputError(f"{page.where} has a shape of '{label}' of the type '{kind}'"
                             f'{nearest(kind, _KINDS)}; known are {", ".join(_KINDS)}')
        points = as_points(shape.get('points'))
        if points is None:
            page.skipped[BAD_NUMBERS] += 1
        elif kind == 'mask' and len(points):
            page.shapes.append(_mask(label, shape, points, page.where))
        elif kind in _OUTLINES or (kind == 'rectangle' and len(points) != 2):
            page.add(label, [points])
        elif kind in _POINTS:
            page.skipped[OTHER_KIND] += 1
        elif len(points) < 2:
            page.skipped[FEW_POINTS] += 1
        elif kind == 'rectangle':
            page.add(label, [box_polygon(*points[0], *points[1])])
        elif kind == 'circle':
            page.add(label, [_circle(points)])
        else:
            page.add(label, stroke_polygons(points, self.class_map.line_width))


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding='utf-8-sig'))
    except (RecursionError, ValueError) as error:
        raise InputError(f'{path} is not valid JSON: {error}') from error
    if not isinstance(content, dict) or not isinstance(content.get('shapes'), list):
        raise InputError(f"{path} is not a file of labelme: it has no list 'shapes'")
    return content


def _image(content: Mapping[str, Any], path: Path, root: Path) -> str | bytes:
    """The image: the file that is named, one of that name next to it, or what is embedded.

    A file outside of the folder that is converted is not taken: it may be anyone's.
    """
    named = str(content.get('imagePath') or '')
    name = PurePosixPath(named.replace('\\', '/')).name
    found = find_file(root, named, path.parent) or find_file(root, name, path.parent) \
        if name else None
    if found is not None:
        return str(found)
    if content.get('imageData'):
        return decode_base64(content['imageData'], f'{path} has imageData')
    raise InputError(f"{path} is for the image '{named}', which is not there in {root}, and holds "
                     'no imageData')


def _circle(points: np.ndarray) -> np.ndarray:
    """The outline of a circle given by its centre and a point on it."""
    centre, radius = points[0], float(np.hypot(*(points[1] - points[0])))
    angles = np.arange(_CORNERS) * (2 * np.pi / _CORNERS)
    return centre + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _mask(label: str, shape: Mapping[str, Any], points: np.ndarray, where: str) -> Shape:
    """A region that is given by its pixels within a box."""
    data = decode_base64(shape.get('mask'), f"{where} has a mask of '{label}'")
    try:
        with open_picture(data, 'it') as picture:
            mask = np.array(picture.convert('L')) > 0
    except Exception as error:  # damaged files raise OSError, SyntaxError, struct.error ...
        raise InputError(f"{where} has a mask of '{label}' that cannot be read: {error}") from error
    left, top = np.floor(points.min(axis=0)).astype(int)
    return Shape(label, mask=mask, corner=(int(top), int(left)))
