"""Pages from pixel masks, as slides are labelled."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmseg.utils.errors import InputError
from mmseg.utils.pictures import open_picture

from .class_map import ClassMap
from .names import find_file
from .page import AnnotatedPage, page_name
from .rasterize import Shape


@dataclass
class MaskReader:
    """Makes a page of an image and its masks, which are arranged in one of three ways.

    - ``MASKS/a.png`` with a value or a colour per pixel, which ``values`` of the class map names;
    - ``MASKS/a/title.png``: a folder a page, in it a black and white mask a label;
    - ``MASKS/title/a.png``: a folder a label, in it a black and white mask a page.

    With a mask a label, labels may overlap: they are painted in the class map's order.

    Args:
        mask_dir: The folder MASKS.
        img_dir: The folder of the images.
        class_map: Names of values and the page type.
        labels: Names of the folders in ``mask_dir``, listed once for all pages.
        prefix: What page names begin with.
    """

    mask_dir: str
    img_dir: str
    class_map: ClassMap
    labels: tuple[str, ...] = ()
    prefix: str = ''

    def __call__(self, name: str) -> AnnotatedPage:
        stem = page_name(name)
        image = str(Path(self.img_dir, name))
        page = AnnotatedPage(self.prefix + stem, image, str(Path(self.mask_dir, stem)),
                             page_type=self.class_map.type_of({}))
        whole, folder = find_file(Path(self.mask_dir), f'{stem}.png'), Path(self.mask_dir, stem)
        if whole is not None:
            page.where = str(whole)
            values = _read(whole)
            page.size = values.shape[:2]
            page.shapes = list(self._by_value(values))
            return page
        files = {file.stem: file for file in sorted(folder.glob('*.png'))} or {
            label: Path(self.mask_dir, label, f'{stem}.png') for label in self.labels}
        for label, file in files.items():
            if file.is_file():
                self._add(page, label, file)
        if not page.shapes:
            raise InputError(f'{image} has no mask in {self.mask_dir}: expected {stem}.png, a '
                             f'folder {stem} with a mask a label, or folders of labels with '
                             f'{stem}.png')
        return page

    def _add(self, page: AnnotatedPage, label: str, file: Path) -> None:
        values = _read(file)
        mask = np.asarray(values.reshape(*values.shape[:2], -1).any(axis=2))
        if page.size not in (None, mask.shape):
            raise InputError(f'{file} is {mask.shape[1]}x{mask.shape[0]} pixels, but other masks '
                             'of the page are not')
        page.size = mask.shape
        if mask.any():
            page.shapes.append(Shape(self.class_map.values.get(label, label), mask=mask))

    def _by_value(self, values: np.ndarray) -> Iterator[Shape]:
        """A region for each value or colour, called as the class map says."""
        if values.ndim == 3:
            red, green, blue = (values[..., channel].astype(np.int32) for channel in range(3))
            values = red << 16 | green << 8 | blue
            names = {value: f'#{value:06x}' for value in np.unique(values).tolist()}
        else:
            names = {value: str(value) for value in np.unique(values).tolist()}
        known = {value.lower(): label for value, label in self.class_map.values.items()}
        for value, name in names.items():
            yield Shape(known.get(name, f'value {name}'), mask=values == value)


def _read(file: Path) -> np.ndarray:
    """A mask, ``(H, W)`` of values or ``(H, W, 3)`` of colours."""
    try:
        with open_picture(file, str(file)) as picture:
            if picture.mode in ('RGB', 'RGBA'):
                return np.array(picture.convert('RGB'))
            return np.array(picture.convert('L') if picture.mode == 'LA' else picture)
    except InputError:
        raise
    except Exception as error:  # damaged files raise OSError, SyntaxError, struct.error ...
        raise InputError(f'{file} is not a mask that can be read: {error}') from error
