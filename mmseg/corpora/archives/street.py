"""Cityscapes: polygons painted as label maps."""
from __future__ import annotations

import json
import os
import re
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from mmseg.corpora.jobs import Job, Tally, run_jobs, write_lines
from mmseg.datasets.cityscapes_labels import LABELS, VOID
from mmseg.utils.errors import InputError
from mmseg.utils.safe_files import FAULTS

from .members import check_page_size, demand

# Pixels outside of which no picture has a corner.
_FARTHEST = 1e6
_POLYGONS = '_polygons.json'
_BY_NAME = {label.name: label for label in LABELS}


def convert_cityscapes(folder: str, gt_dir: str = 'gtFine', out_dir: str | None = None,
                       nproc: int = 1) -> Tally:
    """``*_labelTrainIds.png`` for all ``*_polygons.json``, and the lists train, val, test.txt.

    Args:
        folder: The data set.
        gt_dir: Folder in it with the polygons.
        out_dir: Where the lists go; ``folder`` where None.
        nproc: Number of processes.

    Raises:
        InputError: There are no polygons, or they are not readable.
    """
    root = os.path.join(folder, gt_dir)
    if not os.path.isdir(root):
        raise InputError(f'{root} is not a folder: expected the polygons of Cityscapes there, as '
                         'gtFine_trainvaltest.zip has them; see --gt-dir')
    files = sorted(str(path) for path in Path(root).rglob(f'*{_POLYGONS}'))
    demand(files, root, f'files *{_POLYGONS}')
    tally = run_jobs([Job(file.removesuffix(_POLYGONS) + '_labelTrainIds.png',
                          partial(paint_polygons, file)) for file in files], nproc)
    for split in ('train', 'val', 'test'):
        below = os.path.join(root, split)
        names = [os.path.relpath(file, below).replace(os.sep, '/') for file in files
                 if file.startswith(below + os.sep)]
        if names:
            write_lines(os.path.join(out_dir or folder, f'{split}.txt'),
                        [re.sub(rf'(_gt[A-Za-z]+)?{_POLYGONS}$', '', name) for name in names])
    return tally


def paint_polygons(file: str) -> np.ndarray:
    """The label map ``(H, W)`` of numbers in training; what is not evaluated is 255.

    Polygons lie over those before them. Those whose label has no id (license plates) are not
    painted, and a group of things (``cargroup``) is of their kind.

    Raises:
        InputError: The file is not JSON of polygons, or names a label that does not exist.
    """
    try:
        with open(file, encoding='utf-8') as stream:
            content = json.load(stream)
        size = int(content['imgHeight']), int(content['imgWidth'])
        check_page_size(size, file)
        picture = Image.new('L', size[::-1], VOID)
        objects = [(str(entry['label']), [_point(point) for point in entry['polygon']])
                   for entry in content['objects'] if not entry.get('deleted')]
    except InputError:
        raise
    except FAULTS as error:
        raise InputError(f'{file} is not a file of Cityscapes polygons: {error!r}') from error
    pen = ImageDraw.Draw(picture)
    for name, polygon in objects:
        if len(polygon) < 2:
            raise InputError(f"{file} has a polygon of '{name}' with {len(polygon)} points")
        label = _BY_NAME.get(name) or _BY_NAME.get(name.removesuffix('group'))
        if label is None:
            raise InputError(f"{file} has the label '{name}', which Cityscapes does not know")
        if label.id >= 0:
            pen.polygon(polygon, fill=label.train_id)
    return np.array(picture)


def _point(point: Any) -> tuple[float, float]:
    """A corner of a polygon.

    Raises:
        ValueError: It is far outside of any picture.
    """
    x, y = map(float, point)
    if not max(abs(x), abs(y)) <= _FARTHEST:
        raise ValueError(f'a polygon with the corner {x:g}, {y:g}')
    return x, y
