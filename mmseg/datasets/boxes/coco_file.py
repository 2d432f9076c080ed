"""Reading a COCO file of boxes, with every fault named."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mmcv
import numpy as np

from mmseg.utils.errors import InputError
from mmseg.utils.safe_files import parse_json, reading

from ..files import check_inside

_LEAST = 1  # pixels of a box's sides
_SHOWN = 8


@dataclass(frozen=True)
class CocoFile:
    """What a COCO file says of its images' boxes, in a few arrays that processes share.

    Attributes:
        images: Per image ``id``, ``filename``, ``width`` and ``height``.
        category_ids: The file's number of each class.
        boxes: Corners in pixels, ``(B, 4)`` float32, image by image.
        labels: ``(B,)`` int64.
        areas: ``(B,)``.
        crowd: ``(B,)``, true for boxes around many objects.
        starts: Where the boxes of each image begin, and the end of the last: ``(I + 1,)``.
    """
    images: list[dict[str, Any]]
    category_ids: list[int]
    boxes: np.ndarray
    labels: np.ndarray
    areas: np.ndarray
    crowd: np.ndarray
    starts: np.ndarray

    def boxes_of(self, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Boxes and labels of an image, and its boxes around many objects."""
        part = slice(self.starts[number], self.starts[number + 1])
        crowd = self.crowd[part]
        return self.boxes[part][~crowd], self.labels[part][~crowd], self.boxes[part][crowd]

    def truth(self, numbers: Sequence[int]) -> dict[str, Any]:
        """The document of some images as pycocotools reads it."""
        annotations: list[dict[str, Any]] = []
        for number in numbers:
            for box in range(int(self.starts[number]), int(self.starts[number + 1])):
                left, top, right, bottom = self.boxes[box].astype(float).tolist()
                annotations.append(dict(
                    id=len(annotations) + 1, image_id=self.images[number]['id'],
                    category_id=self.category_ids[int(self.labels[box])],
                    bbox=[left, top, right - left, bottom - top], area=float(self.areas[box]),
                    iscrowd=int(self.crowd[box])))
        return dict(images=[self.images[number] for number in numbers], annotations=annotations,
                    categories=[dict(id=number) for number in self.category_ids])


def read_coco(path: str, classes: Sequence[str],
              file_client_args: Mapping[str, Any] = dict(backend='disk')) -> CocoFile:
    """Return the images of a COCO file with their boxes of some classes.

    Boxes are left out as MMDetection leaves them out: those without area, with a side below one
    pixel, outside their image, with ``ignore``, or of other categories.

    Args:
        path: The file.
        classes: Names of the categories to take; their order gives the labels.
        file_client_args: Where it lies, for mmcv's FileClient.

    Raises:
        InputError: The file is not there, is damaged, lacks one of the classes, or names images
            outside their folder.
    """
    try:
        text = mmcv.FileClient(**file_client_args).get_text(path)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f'ann_file {path} cannot be read: '
                         f'{getattr(error, "strerror", None) or error}') from error
    with reading(path, 'a COCO file of boxes'):
        document = parse_json(text, path)
        ids = _category_ids(document['categories'], classes, path)
        images = [dict(id=image['id'], filename=str(image['file_name']),
                       width=int(image['width']), height=int(image['height']))
                  for image in document['images']]
        places = {image['id']: place for place, image in enumerate(images)}
        if len(places) < len(images):
            raise InputError(f'{path} gives the same id to several images')
        check_inside((image['filename'] for image in images), path)
        labels = {number: label for label, number in enumerate(ids)}
        rows = [(places[ann['image_id']], labels[ann['category_id']], *_corners(ann),
                 float(ann.get('area', ann['bbox'][2] * ann['bbox'][3])),
                 bool(ann.get('iscrowd', False)))
                for ann in document['annotations'] if ann['category_id'] in labels
                and _counts(ann, images[places[ann['image_id']]])]
    rows.sort(key=lambda row: row[0])
    table = np.array(rows, np.float64).reshape(-1, 8)
    starts = np.searchsorted(table[:, 0], np.arange(len(images) + 1))
    return CocoFile(images, ids, table[:, 2:6].astype(np.float32), table[:, 1].astype(np.int64),
                    table[:, 6], table[:, 7].astype(bool), starts)


def _category_ids(categories: Sequence[Mapping[str, Any]], classes: Sequence[str],
                  path: str) -> list[int]:
    """The file's number of each class.

    A class that a file lacks has the number -1, as long as the file has some of them.
    """
    by_name = {str(category['name']): int(category['id']) for category in categories}
    if not any(name in by_name for name in classes):
        shown = ', '.join(list(by_name)[:_SHOWN])
        raise InputError(f'{path} has none of the classes {", ".join(list(classes)[:_SHOWN])}; its '
                         f'categories are {shown}: give classes=(...) to the data set')
    absent = iter(range(-1, -len(classes) - 1, -1))
    return [by_name[name] if name in by_name else next(absent) for name in classes]


def _corners(annotation: Mapping[str, Any]) -> tuple[float, float, float, float]:
    left, top, width, height = map(float, annotation['bbox'])
    return left, top, left + width, top + height


def _counts(annotation: Mapping[str, Any], image: Mapping[str, Any]) -> bool:
    """Whether a box is one that a network can learn."""
    left, top, right, bottom = _corners(annotation)
    if not np.isfinite([left, top, right, bottom]).all():
        raise InputError(f'a box of {image["filename"]} is not finite: {annotation["bbox"]}')
    across = min(right, image['width']) - max(left, 0)
    down = min(bottom, image['height']) - max(top, 0)
    return (not annotation.get('ignore', False) and across > 0 and down > 0
            and min(right - left, bottom - top) >= _LEAST
            and float(annotation.get('area', across * down)) > 0)
