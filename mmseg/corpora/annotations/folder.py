"""The folder that a corpus is converted into: VOC's layout, with a record of what was done."""
from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmseg.datasets.files import examples
from mmseg.datasets.voc import voc_palette
from mmseg.utils.atomic_write import atomic_path
from mmseg.utils.errors import InputError
from mmseg.utils.label_files import write_label_map

from .class_map import ClassMap

RECORD = 'conversion.json'
_SHOWN = 20
_IMAGES, _LABELS, _SPLITS = 'JPEGImages', 'SegmentationClassPNG', 'ImageSets/Segmentation'


class VOCFolder:
    """A data set in VOC's layout that grows by a split.

    Args:
        root: The folder; made where it is not there.
        class_map: What the values in the label maps are to mean.
        split: The split that is made.
        img_suffix: How images end; None takes what the folder has already, else ``default``.
        default: See ``img_suffix``.
        overwrite: Whether existing pages of this split are converted again.

    Raises:
        InputError: The folder holds pages with other classes, of another suffix, or labelled
            otherwise.
    """

    def __init__(self, root: str, class_map: ClassMap, split: str, img_suffix: str | None = None,
                 default: str = '.jpg', overwrite: bool = False) -> None:
        if not split or Path(split).name != split or split.endswith('.txt'):
            raise InputError(f"the split must be a name such as train, got '{split}'")
        self.root, self.class_map, self.split = Path(root), class_map, split
        self.overwrite = overwrite
        self.record = self._read_record()
        if overwrite:
            self._split_record().clear()
        known = self.record.get('img_suffix')
        if None not in (known, img_suffix) and known != img_suffix:
            raise InputError(f'the images in {root} end in {known}; --img-suffix {img_suffix} '
                             'needs another folder')
        self.img_suffix = known or img_suffix or default
        self._check(list(class_map.classes), self._split_record().get('class_map'))
        for folder in (_IMAGES, _LABELS, _SPLITS):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        write_text(self.root / 'class_names.txt', '\n'.join(class_map.classes) + '\n')
        self.record.setdefault('img_suffix', self.img_suffix)
        # before the first page: a later run must continue with the same classes
        self.note(complete=False)

    def _read_record(self) -> dict[str, Any]:
        path = self.root / RECORD
        if not any((self.root / _LABELS).rglob('*.png')):
            return {}  # an attempt that made no page does not bind later ones
        if not path.is_file():
            raise InputError(f'{self.root} holds label maps that no converter of this project '
                             'made; choose another folder')
        return json.loads(path.read_text(encoding='utf-8'))

    def _split_record(self) -> dict[str, Any]:
        return self.record.setdefault('splits', {}).setdefault(self.split, {})

    def _check(self, classes: list[str], digest: str | None) -> None:
        there = self.record.setdefault('classes', classes)
        if there != classes:
            raise InputError(f"{self.root} has the classes {', '.join(there)}, but the class map "
                             f"{self.class_map.source} {', '.join(classes)}; choose another folder")
        if digest not in (None, self.class_map.digest()):
            raise InputError(f"the split '{self.split}' in {self.root} was converted with another "
                             'class map; choose another folder, or --overwrite')

    def image_path(self, name: str) -> Path:
        """The path of the picture of a page."""
        return self.root / _IMAGES / (name + self.img_suffix)

    def label_path(self, name: str) -> Path:
        """The path of the label map of a page."""
        return self.root / _LABELS / f'{name}.png'

    def has(self, name: str) -> bool:
        """Whether a page is finished; its label map is written last."""
        return not self.overwrite and self.label_path(name).is_file() \
            and self.image_path(name).exists()

    def write_label(self, name: str, label: np.ndarray) -> None:
        """Write a label map ``(H, W)`` as a palette PNG."""
        write_label_map(self.label_path(name), label, voc_palette(256))

    def check_names(self, names: Iterable[str]) -> None:
        """Raise InputError where another split has a page of the same name."""
        mine = set(names)
        for file in sorted((self.root / _SPLITS).glob('*.txt')):
            if file.stem != self.split:
                both = sorted(mine & set(file.read_text(encoding='utf-8').split('\n')))
                if both:
                    raise InputError(f"{len(both)} pages of the split '{self.split}' are called as "
                                     f"pages of '{file.stem}': {examples(both)}; set them apart "
                                     'by --prefix')

    def count(self, regions: Mapping[str, int], left_out: Mapping[str, int],
              faults: Sequence[tuple[int, str]], notes: Mapping[str, int]) -> None:
        """Add to the record what was painted and left out; an interrupted run is continued."""
        known = self._split_record()
        self.note(regions=dict(Counter(known.get('regions', {})) + Counter(regions)),
                  left_out=dict(Counter(known.get('left_out', {})) + Counter(left_out)),
                  taken=dict(Counter(known.get('taken', {})) + Counter(notes)),
                  faults=[sentence for _, sentence in faults[:_SHOWN]])

    def finish(self, names: Sequence[str], page_types: Mapping[str, str]) -> None:
        """Write the split and the page types.

        Args:
            names: The pages of the split.
            page_types: Page → its type; pages without one are left out.
        """
        split = self.root / _SPLITS / f'{self.split}.txt'
        write_text(split, ''.join(f'{name}\n' for name in names))
        file = self.root / 'cls_label.json'
        labels = json.loads(file.read_text(encoding='utf-8')) if file.is_file() else {}
        for name in names:
            labels.pop(name + self.img_suffix, None)
            if name in page_types:
                labels[name + self.img_suffix] = page_types[name]
        if labels or file.is_file():
            write_text(file, json.dumps(labels, indent=0, ensure_ascii=False) + '\n')
        self.note(complete=True, pages=len(names))

    def note(self, **facts: Any) -> None:
        """Write what is known of this split into ``conversion.json``."""
        self._split_record().update(facts, class_map=self.class_map.digest(),
                                    class_map_file=os.path.basename(self.class_map.source),
                                    labels=list(self.class_map.labels))
        write_text(self.root / RECORD,
                   json.dumps(self.record, indent=1, ensure_ascii=False) + '\n')


def write_text(path: Path, text: str) -> None:
    """Write a file atomically."""
    with atomic_path(path) as part:
        part.write_text(text, encoding='utf-8')
