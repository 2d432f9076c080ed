"""Boxes in the form of COCO out of what pages are labelled with otherwise."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..core.evaluation.report import write_json
from ..corpora.annotations import LabelmeReader, find_files
from ..corpora.annotations.class_map import IGNORE, ClassMap
from ..corpora.annotations.images import Picture
from ..corpora.annotations.page import AnnotatedPage
from ..datasets import LayoutDataset
from ..datasets.files import check_inside
from ..layout import RegionOptions, find_regions
from ..utils.errors import InputError

Corners = tuple[float, float, float, float]


class LabelledPage(NamedTuple):
    """A page and its boxes.

    Attributes:
        file: Its image, relative to the folder of the images.
        size: (height, width) in pixels.
        boxes: Class, corners in pixels, and area of each.
    """
    file: str
    size: tuple[int, int]
    boxes: list[tuple[str, Corners, float]]


def boxes_of_masks(folder: str | os.PathLike[str], split: str,
                   img_suffix: str = '.jpg') -> tuple[tuple[str, ...], Iterator[LabelledPage]]:
    """The classes of a folder in VOC layout, without background, and the boxes of its pages.

    A box is around each region that ``mmseg layout`` would find in the label map: a block of text,
    or a connected part of another class, without specks.

    Args:
        folder: As :class:`~mmseg.datasets.LayoutDataset` reads it.
        split: Of ``ImageSets/Segmentation``.
        img_suffix: How images end.

    Raises:
        InputError: The folder is not a data set of that kind.
    """
    dataset = LayoutDataset([], data_root=os.fspath(folder), split=split, img_suffix=img_suffix,
                            with_cls=False)
    classes = tuple(dataset.CLASSES)

    def pages() -> Iterator[LabelledPage]:
        for index in range(len(dataset)):
            label = dataset.get_gt_seg_map_by_idx(index)
            scores = (label == np.arange(len(classes))[:, None, None]).astype(np.float32)
            boxes = [(region.name, region.box, region.area)
                     for region in find_regions(scores, classes, RegionOptions())]
            yield LabelledPage(dataset.img_infos[index]['filename'],
                               (label.shape[0], label.shape[1]), boxes)
    return classes[1:], pages()


def boxes_of_labelme(folder: str | os.PathLike[str], class_map: ClassMap
                     ) -> tuple[tuple[str, ...], Iterator[LabelledPage]]:
    """The classes of a class map, without background, and the boxes around labelme's shapes.

    Args:
        folder: JSON files and their images, there and below.
        class_map: Which label is which class.

    Raises:
        InputError: No such files; while pages are read, a file without its image in the folder,
            or a label that the map does not know.
    """
    root = os.fspath(folder)
    files, read = find_files(root, '.json'), LabelmeReader(root, class_map)

    def pages() -> Iterator[LabelledPage]:
        for name in files:
            page = read(name)
            if not isinstance(page.image, str):
                raise InputError(f'{page.where} holds its image itself, which a COCO file cannot '
                                 'name: convert it with mmseg convert labelme first, then its '
                                 'label maps with mmseg convert boxes')
            size = Picture(page.image, page.size, page.where).size
            file = Path(os.path.relpath(page.image, root)).as_posix()
            check_inside([file], page.where)
            yield LabelledPage(file, size, list(_shapes(page, size, class_map)))
    return class_map.classes[1:], pages()


def _shapes(page: AnnotatedPage, size: tuple[int, int],
            class_map: ClassMap) -> Iterable[tuple[str, Corners, float]]:
    """The boxes of a page's shapes, as far as they are on the page."""
    for shape in page.shapes:
        target = class_map.find(shape.label)
        if target is None:
            raise InputError(f"{page.where} has the label '{shape.label}', which the class map "
                             f'{class_map.source} does not know')
        if target in (IGNORE, class_map.classes[0]):
            continue
        if shape.mask is not None:
            rows, columns = np.nonzero(shape.mask)
            points = np.stack([columns, rows], axis=1) + np.array(shape.corner)[::-1]
            edge = 1
        else:
            points, edge = np.concatenate([np.reshape(p, (-1, 2)) for p in shape.polygons]), 0
        if not len(points):
            continue
        low, high = points.min(axis=0), points.max(axis=0) + max(edge, int(shape.inclusive))
        left, top = np.clip(low, 0, [size[1], size[0]]).tolist()
        right, bottom = np.clip(high, 0, [size[1], size[0]]).tolist()
        if right > left and bottom > top:
            yield target, (left, top, right, bottom), (right - left) * (bottom - top)


def write_boxes(classes: Sequence[str], pages: Iterable[LabelledPage],
                path: str | os.PathLike[str],
                progress: Callable[[], object] = lambda: None) -> dict[str, int]:
    """Write a COCO file, whole or not at all; gives the number of boxes of each class.

    Args:
        classes: Categories, numbered from 1.
        pages: From :func:`boxes_of_masks` or :func:`boxes_of_labelme`.
        path: The file; its folder is made.
        progress: Called after each page.

    Raises:
        InputError: The data set has no pages, or the file cannot be written.
    """
    numbers = {name: number for number, name in enumerate(classes, 1)}
    counts = dict.fromkeys(classes, 0)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image, page in enumerate(pages, 1):
        images.append(dict(id=image, file_name=page.file, height=page.size[0],
                           width=page.size[1]))
        for name, (left, top, right, bottom), area in page.boxes:
            counts[name] += 1
            annotations.append(dict(
                id=len(annotations) + 1, image_id=image, category_id=numbers[name], area=area,
                bbox=[left, top, right - left, bottom - top], iscrowd=0))
        progress()
    if not images:
        raise InputError(f'there is no page to write boxes of into {path}')
    write_json(dict(images=images, annotations=annotations, categories=[
        dict(id=number, name=name) for name, number in numbers.items()]), path)
    return counts
