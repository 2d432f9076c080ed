"""Pictures of each page of a data set after every transform."""
from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import mmcv
import numpy as np

from mmseg.core.visualization import PipelineRecorder, distinct_palette, draw_panels
from mmseg.datasets.builder import build_dataset
from mmseg.utils.errors import InputError

from .splits import has_label_maps, leaves

MODES = ('original', 'transformed', 'concat', 'pipeline')


class Sheet(NamedTuple):
    """A page after each transform.

    Attributes:
        name: A file name, different for each page, as the image's where that can be.
        picture: uint8 (H, W, 3) in BGR.
    """
    name: str
    picture: np.ndarray


def open_split(cfg: mmcv.Config, split: str = 'train') -> Any:
    """The data set of ``data.<split>``; one for a test loads its label maps too, where it has some.

    Raises:
        InputError: The config has no such part, or see :func:`build_dataset`.
    """
    part = (cfg.get('data') or {}).get(split)
    if not part:
        raise InputError(f'the config has no data.{split}')
    if split == 'train':
        return build_dataset(part)
    dataset = build_dataset(part, dict(test_mode=True))
    for leaf in leaves(dataset):
        transforms = getattr(getattr(leaf, 'pipeline', None), 'transforms', [])
        loads = any('LoadAnnotations' in type(transform).__name__ for transform in transforms)
        if transforms and not loads and has_label_maps(leaf):
            # behind the image, whose views then have their labels too
            transforms.insert(1, leaf.gt_seg_map_loader)
            leaf.test_mode = False
    return dataset


class Sheets:
    """The sheets of a data set, drawn one by one.

    Args:
        dataset: Any data set, wrapped or not.
        skip_types: Transforms that are left out.
        opacity: Of the labels, in (0, 1].
        mode: One of :data:`MODES`: the page as it is loaded, as the network gets it, both, or after
            each transform.
    """

    def __init__(self, dataset: Any, skip_types: Collection[str] = (), opacity: float = 0.5,
                 mode: str = 'pipeline') -> None:
        self.recorder = PipelineRecorder(skip_types)
        self.dataset = self.recorder.watch(dataset)
        self.opacity, self.mode = opacity, mode
        number = 255 if dataset.CLASSES is None else len(dataset.CLASSES)
        self.palette = (distinct_palette(number) if dataset.PALETTE is None
                        else dataset.PALETTE)
        self._used: set[str] = set()

    def __len__(self) -> int:
        return len(self.dataset)

    def __iter__(self) -> Iterator[Sheet]:
        for index in range(len(self)):
            self.recorder.panels.clear()
            self.dataset[index]
            panels = self.recorder.panels
            if not panels:
                raise InputError('no transform of the pipeline gives a picture; see --skip-type')
            if self.mode != 'pipeline':
                loaded = [panel for panel in panels if panel.seg is not None] or panels
                first, last = loaded[:1], panels[-1:]
                panels = dict(original=first, transformed=last, concat=first + last)[self.mode]
            yield Sheet(self._name(), draw_panels(panels, self.palette, self.opacity,
                                                  page_type=self._page_type()))

    def _page_type(self) -> str | None:
        names = getattr(self.dataset, 'PAGE_CLASSES', None)
        label = self.recorder.page_class
        if names is None or label is None:
            return None
        return names[label] if 0 <= label < len(names) else 'page type not known'

    def _name(self) -> str:
        """The image's name, with a number where it was used already."""
        name = self.recorder.name.lstrip(os.sep)
        if not cv2.haveImageWriter(name):
            name = str(Path(name).with_suffix('.png'))
        free, number = name, 1
        while free in self._used:
            number += 1
            free = str(Path(name).with_stem(f'{Path(name).stem}_{number}'))
        self._used.add(free)
        return free
