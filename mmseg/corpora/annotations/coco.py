"""Pages from annotations in COCO's format: polygons, boxes and run lengths.

The file is never held in memory: one pass notes the position of each region, and the regions of a
page are read when it is painted.
"""
from __future__ import annotations

import json
import posixpath
import reprlib
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mmseg.utils.errors import InputError
from mmseg.utils.run_lengths import decode_rle

from .class_map import ClassMap
from .images import page_of_file
from .json_arrays import read_arrays
from .names import find_file
from .page import (
    AS_BOX,
    BAD_NUMBERS,
    JOINED,
    NO_IMAGE,
    OTHER_VERSION,
    AnnotatedPage,
    page_name,
    stated_size,
)
from .rasterize import Shape, box_polygon

# files that may hold several pages, which page_number tells apart
_SEVERAL = ('.pdf', '.tif', '.tiff')
_NEEDED = ('images', 'annotations', 'categories')
# of an image, a region or a category
_PLAIN = {'id': (int, float, str), 'image_id': (int, float, str), 'category_id': (int, float, str),
          'file_name': (str, ), 'precedence': (int, float)}


class CocoImage(NamedTuple):
    """An image, where its regions are in the file, (byte, length) each, and whether it is listed
    several times."""

    image: Mapping[str, Any]
    places: list[tuple[int, int]]
    joined: bool = False


@dataclass
class CocoIndex:
    """The positions of the parts of a file.

    Attributes:
        pages: The images, in the file's order.
        categories: Names of the categories by their ids.
        skipped: What was left out and how often.
    """

    pages: list[CocoImage]
    categories: dict[Any, str]
    skipped: Counter[str]


def index_coco(file: str, img_dir: str | None = None) -> CocoIndex:
    """The positions of the regions of each image.

    Args:
        file: Annotations in COCO's format.
        img_dir: The folder of the images, which tells whether two spellings of a name, such as
            ``a.png`` and ``A.PNG``, are one file; without it they are two.

    Raises:
        InputError: The file is of another format.
    """
    images: list[Mapping[str, Any]] = []
    categories: dict[Any, str] = {}
    ids: list[Any] = []
    used: Counter[Any] = Counter()
    starts, lengths = array('q'), array('q')
    found = set()
    for entry in read_arrays(file):
        found.add(entry.array)
        if entry.array not in _NEEDED:
            continue
        _check_entry(entry.array, entry.value, file)
        if entry.array == 'images':
            images.append(entry.value)
        elif entry.array == 'categories':
            categories[entry.value['id']] = str(entry.value['name'])
        else:
            ids.append(entry.value['image_id'])
            used[entry.value['category_id']] += 1
            starts.append(entry.start)
            lengths.append(entry.length)
    if not images or not categories:
        raise InputError(f'{file} has no {"images" if not images else "categories"}; expected '
                         f"COCO's format with {', '.join(_NEEDED)}, found "
                         f"{', '.join(sorted(found)) or 'nothing'}")
    categories |= {number: categories[known] for number, known in
                   _written_otherwise(used, categories).items()}
    strange = sorted(str(number) for number in used if number not in categories)
    if strange:
        raise InputError(f'{file} has regions of the categories {", ".join(strange)}, which are '
                         'not among its categories')
    pages, skipped = _by_image(images, ids, starts, lengths, img_dir)
    return CocoIndex(pages, categories, skipped)


def _check_entry(name: str, value: Any, file: str) -> None:
    needed = dict(images=('id', 'file_name'), categories=('id', 'name'),
                  annotations=('image_id', 'category_id'))[name]
    lost = [key for key in needed if not isinstance(value, dict) or key not in value]
    if lost:
        raise InputError(f"{file} is not COCO's format: an entry of {name} has no "
                         f"{' and no '.join(lost)}")
    for key, kinds in _PLAIN.items():
        if key in value and not isinstance(value[key], kinds):
            raise InputError(f"{file} is not COCO's format: {key} of an entry of {name} is "
                             f'{reprlib.repr(value[key])}')


def _written_otherwise(ids: Iterable[Any], known: Iterable[Any]) -> dict[Any, Any]:
    """The ids that are not known but as a text or a number: 7 for '7'."""
    known = set(known)
    texts = {str(number): number for number in known}
    return {number: texts[str(number)] for number in ids
            if number not in known and str(number) in texts}


def _by_image(images: list[Mapping[str, Any]], ids: list[Any], starts: array, lengths: array,
              img_dir: str | None) -> tuple[list[CocoImage], Counter[str]]:
    """The images with the places of their regions, and what became of the others.

    A file that is listed several times is one page with the regions of all; but of a page that
    several people labelled, which DocLayNet tells by ``precedence``, the first version is taken.
    """
    listings: dict[str, list[Mapping[str, Any]]] = {}
    files = _spellings(images, img_dir)
    for image in images:
        listings.setdefault(_page_key(image, files), []).append(image)
    row_of: dict[Any, int] = {}
    chosen = []
    counts: Counter[str] = Counter()
    for row, same in enumerate(listings.values()):
        chosen.append(min(same, key=lambda image: image.get('precedence', 0)))
        for image in same if not any('precedence' in image for image in same) else chosen[-1:]:
            row_of[image['id']] = row
    listed = {image['id'] for image in images}
    if not listed.issuperset(ids):
        others = _written_otherwise(set(ids) - listed, listed)
        ids = [others.get(number, number) for number in ids]
    rows = np.array([row_of.get(number, -1) for number in ids], dtype=np.int64)
    counts[NO_IMAGE] = sum(number not in listed for number in ids)
    counts[OTHER_VERSION] = int((rows < 0).sum()) - counts[NO_IMAGE]
    order = np.argsort(rows, kind='stable')
    ends = np.searchsorted(rows[order], np.arange(len(chosen) + 1))
    pages = [CocoImage(image, [(starts[i], lengths[i]) for i in order[ends[row]:ends[row + 1]]],
                       joined=len(same) > 1 and 'precedence' not in image)
             for row, (image, same) in enumerate(zip(chosen, listings.values(), strict=True))]
    return pages, +counts


def _spellings(images: Iterable[Mapping[str, Any]], img_dir: str | None) -> dict[str, str]:
    """The file in a folder that each of several names is for, if they differ in capitals or in
    their Unicode form alone."""
    alike: dict[str, set[str]] = {}
    for image in images:
        name = plain_name(image)
        alike.setdefault(unicodedata.normalize('NFC', name).casefold(), set()).add(name)
    return {name: str(find_file(Path(img_dir), name) or name) for names in alike.values()
            if len(names) > 1 for name in names} if img_dir is not None else {}


def _page_key(image: Mapping[str, Any], files: Mapping[str, str]) -> str:
    """What two listings of one page have in common: the file, and the page in a PDF or TIFF."""
    name = plain_name(image)
    name = files.get(name, name)
    return f'{name} {image.get("page_number", 1)}' if name.lower().endswith(_SEVERAL) else name


def plain_name(image: Mapping[str, Any]) -> str:
    """The name of an image's file, with ``/`` and without ``./``."""
    return posixpath.normpath(str(image['file_name']).replace('\\', '/'))


@dataclass
class CocoReader:
    """Makes a page of an image in a COCO file.

    Args:
        file: The annotations.
        img_dir: The folder to which file names in it are relative.
        categories: Names of the categories by their ids.
        class_map: For the page types.
        prefix: What page names begin with.
    """

    file: str
    img_dir: str
    categories: Mapping[Any, str]
    class_map: ClassMap
    prefix: str = ''

    def __call__(self, item: CocoImage) -> AnnotatedPage:
        image = item.image
        name = str(image['file_name'])
        file = find_file(Path(self.img_dir), name) or Path(self.img_dir, plain_name(image))
        picture: str | bytes = str(file)
        name_of_page = self.prefix + page_name(plain_name(image))
        where, size = f'{self.file} (image {name})', stated_size(image, 'height', 'width')
        if name.lower().endswith(_SEVERAL) and 'page_number' in image:
            number = _whole_number(image['page_number'], where)
            if number > 1 or name.lower().endswith('.pdf'):
                picture = page_of_file(str(file), number, size)
                name_of_page += f'_{number:04d}'
        page = AnnotatedPage(name_of_page, picture, where, size=size,
                             page_type=image.get('page_type') if image.get('page_type')
                             in self.class_map.page_classes else self.class_map.type_of(image))
        page.notes[JOINED] = int(item.joined)
        with open(self.file, 'rb') as stream:
            for start, length in item.places:
                stream.seek(start)
                region = json.loads(stream.read(length))
                self._add(page, self.categories[region['category_id']], region)
        return page

    @staticmethod
    def _add(page: AnnotatedPage, label: str, region: Mapping[str, Any]) -> None:
        outlines, box = region.get('segmentation'), _box(region)
        if isinstance(outlines, Mapping):
            mask = decode_rle(outlines, page.where, page.size)
            if page.size not in (None, mask.shape):
                raise InputError(f'{page.where} is {_size(page.size)} pixels but has a mask of '
                                 f'{_size(mask.shape)}')
            if mask.any() or not box:
                page.shapes.append(Shape(label, mask=mask))
            else:
                page.add(label, [], instead=box, note=AS_BOX)
        elif outlines and isinstance(outlines, list):
            # some write a single polygon without the list around it
            nested = isinstance(outlines[0], (list, tuple))
            page.add(label, outlines if nested else [outlines], instead=box, note=AS_BOX)
        elif box:
            page.add(label, box)
        else:
            page.skipped[BAD_NUMBERS] += 1


def _whole_number(value: Any, where: str) -> int:
    """The number of a page, from 1."""
    if not isinstance(value, int) or value < 1:
        raise InputError(f'{where} has the page_number {value!r}, expected 1 or more')
    return value


def _box(region: Mapping[str, Any]) -> list[np.ndarray]:
    """The outline of the region's box; none where it has no box of numbers."""
    try:
        x, y, width, height = (float(number) for number in region['bbox'])
    except (KeyError, TypeError, ValueError, OverflowError):
        return []
    return [box_polygon(x, y, x + width, y + height)]


def _size(size: Any) -> str:
    return f'{size[1]}x{size[0]}'
