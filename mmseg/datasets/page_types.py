"""Pages of which only the type is known: folders, lists, or ``cls_label.json``, without masks."""
from __future__ import annotations

import os.path as osp
from collections.abc import Mapping, Sequence
from typing import Any

import mmcv
import numpy as np
from mmcv.utils import print_log
from torch.utils.data import Dataset

from mmseg.core.evaluation import EvalResult
from mmseg.utils.errors import InputError, nearest, plural
from mmseg.utils.logger import get_root_logger
from mmseg.utils.safe_files import read_json

from .builder import DATASETS
from .files import (
    check_folder,
    check_inside,
    examples,
    find_images,
    missing,
    read_lines,
    read_split,
)
from .page_infos import Names
from .page_type_scores import page_type_scores, score_names
from .pipelines import Compose

_SUFFIXES = ('.jpg', '.jpeg', '.png', '.ppm', '.bmp', '.pgm', '.tif')
_SPLITS = 'ImageSets/Segmentation'
Label = int | tuple[int, ...]


@DATASETS.register_module()
class PageTypeDataset(Dataset):
    """Pages with their type, or several types, and nothing else.

    One of three forms:

    - ``ann_file=None``: each folder in ``data_prefix`` is a class, its pictures and those below
      are its pages.
    - a list, with ``name label`` on each line, or with a tab between. The label is the index or
      the name of a class; with ``multi_label`` several with commas between.
    - a ``.json`` file that maps names, with or without suffix, to labels, as ``cls_label.json`` of
      :class:`LayoutDataset`; with ``multi_label`` to lists of them. Pages that it does not name
      are left out.

    Args:
        data_prefix: Folder of the images.
        pipeline: Transforms of a page.
        classes: Names of the classes, a sequence or a file with one a line; by default the names
            of the folders, or those that a list of names has, sorted.
        ann_file: The list, or the JSON file.
        extensions: How names of images end, in any case.
        test_mode: Accepted; labels are there in a test too.
        file_client_args: Where files lie, for mmcv's FileClient.
        data_root: Folder in which the relative ones of the paths lie.
        split: File with the names of the pages to take, or 'train' for
            ``ImageSets/Segmentation/train.txt``; all where None.
        multi_label: Whether a page may be of several types.

    Attributes:
        CLASSES: Names of the classes.

    Raises:
        InputError: A folder or file is missing, no pages are listed, a label is not a class, or a
            class is listed twice.
    """

    CLASSES: Sequence[str] | None = None
    PALETTE: Any = None
    # Of segmentors: classes of pixels are CLASSES there, and page types these.
    PAGE_CLASSES: Sequence[str] | None = None
    # Scores of all pages are evaluated together, not added up page by page.
    counts_pages = False

    def __init__(self, data_prefix: str, pipeline: Sequence[Any] = (),
                 classes: str | Sequence[str] | None = None, ann_file: str | None = None,
                 extensions: Sequence[str] = _SUFFIXES, test_mode: bool = False,
                 file_client_args: Mapping[str, Any] | None = None, data_root: str | None = None,
                 split: str | None = None, multi_label: bool = False) -> None:
        self.data_root, self.test_mode, self.multi_label = data_root, test_mode, multi_label
        self.data_prefix = self._under_root(data_prefix)
        self.ann_file = None if ann_file is None else self._under_root(ann_file)
        self.extensions = tuple(suffix.lower() for suffix in extensions)
        self.file_client_args = dict(file_client_args or dict(backend='disk'))
        self.file_client = mmcv.FileClient.infer_client(self.file_client_args)
        self.pipeline = Compose(pipeline)
        if classes is not None:
            self.CLASSES = tuple(read_lines(osp.expanduser(classes))
                                 if isinstance(classes, str) else classes)
        if split is not None and not osp.splitext(split)[1] and not osp.isfile(
                self._under_root(split)):
            split = osp.join(_SPLITS, f'{split}.txt')
        self.split = None if split is None else self._under_root(split)
        check_folder(self.data_prefix, 'data_prefix', self.file_client)
        self.load_annotations()
        print_log(f'{type(self).__name__}: {plural(len(self), "image")} of '
                  f'{len(self.CLASSES or ())} classes', logger=get_root_logger())

    def _under_root(self, path: str) -> str:
        return osp.join(self.data_root or '', osp.expanduser(path))

    def load_annotations(self) -> None:
        """Find the pages and their labels.

        Raises:
            InputError: There are no pages, or a class is listed twice.
        """
        if self.ann_file is None:
            raw = self._of_folders()
        elif self.ann_file.endswith('.json'):
            raw = self._of_json(self.ann_file)
        else:
            raw = self._of_list(self.ann_file)
        raw = self._of_split(raw)
        if not raw:
            raise InputError(f'{type(self).__name__} found no pages: see data_prefix '
                             f'({self.data_prefix}), ann_file and split')
        if self.CLASSES is None:
            self.CLASSES = self._named_classes(raw)
        if len(set(self.CLASSES)) < len(self.CLASSES):
            raise InputError(f'a class is listed twice in {", ".join(self.CLASSES)}')
        self._names = Names(list(raw))
        self._labels = self._as_array(raw)

    def _of_folders(self) -> dict[str, Any]:
        """Path of each page -> name of its folder."""
        folders = sorted(self.file_client.list_dir_or_file(self.data_prefix, list_file=False))
        if not folders:
            raise InputError(f'{self.data_prefix} has no folders: expected one for each class, or '
                             'ann_file, a list of names and labels')
        if self.CLASSES is None:
            self.CLASSES = tuple(folders)
        elif len(self.CLASSES) != len(folders):
            raise InputError(f'{self.data_prefix} has {len(folders)} folders '
                             f'({examples(folders)}), but classes names {len(self.CLASSES)}; give '
                             'a name to each folder, in order')
        # the name of a folder may differ from that of its class
        found, empty = {}, []
        for name, folder in zip(self.CLASSES, folders):
            pages = sorted(path for path in self.file_client.list_dir_or_file(
                osp.join(self.data_prefix, folder), list_dir=False, recursive=True)
                if path.lower().endswith(self.extensions))
            found.update({f'{folder}/{page}': name for page in pages})
            empty += [] if pages else [folder]
        if empty:
            print_log(f'{self.data_prefix} has folders without images: {examples(empty)}; images '
                      f'end in {", ".join(self.extensions)}', get_root_logger())
        return found

    def _of_list(self, file: str) -> dict[str, Any]:
        """Path of each page -> what the list says of it."""
        found: dict[str, Any] = {}
        for line in read_split(file, '', self.file_client_args):
            name, _, label = (line.rpartition('\t') if '\t' in line else line.rpartition(' '))
            if not name:
                raise InputError(f"{file} has the line '{line}'; expected the name of an image "
                                 'and its label, with a blank or a tab between')
            found[name.strip()] = label.split(',') if self.multi_label else label
        self._check_files(list(found), file)
        return found

    def _of_json(self, file: str) -> dict[str, Any]:
        """Path of each page -> what the file says of it."""
        labels = read_json(file)
        if not isinstance(labels, dict):
            raise InputError(f'{file} must map file names to page classes, got a '
                             f'{type(labels).__name__}')
        suffixes = self.extensions + tuple(suffix.upper() for suffix in self.extensions)
        images = find_images(self.data_prefix, suffixes, self.file_client)
        stems = {osp.splitext(name)[0]: label for name, label in labels.items()}
        known = ((name, labels.get(name, stems.get(osp.splitext(name)[0]))) for name in images)
        return {name: label for name, label in known if label is not None}

    def _of_split(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Those pages that the split names."""
        if self.split is None:
            return raw
        by_stem = {osp.splitext(name)[0]: name for name in raw}
        wanted = read_split(self.split, '', self.file_client_args)
        names = [name if name in raw else by_stem.get(name, by_stem.get(osp.splitext(name)[0]))
                 for name in wanted]
        lost = [old for old, name in zip(wanted, names) if name is None]
        if lost:
            raise InputError(f'{self.split} names {plural(len(lost), "page")} (of {len(wanted)}) '
                             f'without an image or a label: {examples(lost)}; see data_prefix and '
                             'ann_file')
        return {name: raw[name] for name in names if name is not None}

    def _check_files(self, names: list[str], source: str) -> None:
        check_inside(names, source)
        lost = missing(self.data_prefix, names, self.file_client)
        if lost:
            raise InputError(f'{source} names {plural(len(lost), "image")} (of {len(names)}) that '
                             f'{self.data_prefix} does not have: {examples(lost)}')

    def _named_classes(self, raw: Mapping[str, Any]) -> tuple[str, ...]:
        """The classes that labels name; labels that are numbers need ``classes``."""
        names = {label for labels in raw.values()
                 for label in (labels if isinstance(labels, list) else [labels])}
        strange = [name for name in names if not isinstance(name, str) or name.isdigit()]
        if strange:
            raise InputError(f'{type(self).__name__} needs classes=[...], the names of its '
                             f'classes in order: {self.ann_file} has only their numbers')
        return tuple(sorted(names))

    def _as_array(self, raw: Mapping[str, Any]) -> np.ndarray:
        """Labels (N,), or with several types a page (N, C) of 0 and 1."""
        assert self.CLASSES is not None
        places = {name: index for index, name in enumerate(self.CLASSES)}
        array = (np.zeros((len(raw), len(places)), np.int8) if self.multi_label
                 else np.zeros(len(raw), np.int64))
        for row, (name, labels) in enumerate(raw.items()):
            several = isinstance(labels, list)
            if several and not self.multi_label:
                raise InputError(f'{name} has several labels in {self.ann_file}; for pages of '
                                 'several types set multi_label=True')
            for label in labels if several else [labels]:
                index = self._index(label, places, name)
                array[(row, index) if self.multi_label else row] = (
                    1 if self.multi_label else index)
        return array

    def _index(self, label: Any, places: Mapping[str, int], page: str) -> int:
        """The number of a class that is given by name or number."""
        if isinstance(label, str):
            label = label.strip()
            if label in places:
                return places[label]
            label = int(label) if label.isdigit() else label
        if type(label) is int and 0 <= label < len(places):
            return label
        hint = nearest(label, places) if isinstance(label, str) else ''
        raise InputError(f'{page} has the label {label!r} in {self.ann_file}{hint}; expected 0 to '
                         f'{len(places) - 1}, or one of {", ".join(places)}')

    def __len__(self) -> int:
        return len(self._labels)

    @property
    def class_to_idx(self) -> dict[str, int]:
        """Name -> number of each class."""
        return {name: index for index, name in enumerate(self.CLASSES or ())}

    @property
    def data_infos(self) -> list[dict[str, Any]]:
        """What the transforms are given of each page."""
        return [self._info(index) for index in range(len(self))]

    def _info(self, index: int) -> dict[str, Any]:
        return dict(img_prefix=self.data_prefix, img_info=dict(filename=self._names[index]),
                    gt_label=np.array(self._labels[index], dtype=np.int64))

    def get_gt_labels(self) -> np.ndarray:
        """The labels of all pages, ``(N,)``, or with several types a page ``(N, C)``."""
        return self._labels

    def get_cat_ids(self, idx: int) -> list[int]:
        """The numbers of the classes of page ``idx``."""
        if self.multi_label:
            return np.flatnonzero(self._labels[idx] == 1).tolist()
        return [int(self._labels[idx])]

    def __getitem__(self, index: int) -> Any:
        results = self._info(index)
        results.update(seg_fields=[], file_client_args=self.file_client_args)
        return self.pipeline(results)

    def pre_eval(self, preds: Any, indices: Any) -> Any:
        """The scores of pages, as they are."""
        return preds

    def evaluate(self, results: Sequence[Any], metric: str | Sequence[str] | None = None,
                 metric_options: Mapping[str, Any] | None = None,
                 indices: Sequence[int] | None = None, logger: Any = None,
                 **options: Any) -> EvalResult:
        """Measures of all pages, in percent.

        Args:
            results: Scores ``(C,)`` of each page.
            metric: ``'accuracy'`` (the default), ``'precision'``, ``'recall'``, ``'f1_score'``,
                ``'support'``, or several; with several types a page ``'mAP'`` (the default),
                ``'CP'``, ``'CR'``, ``'CF1'``, ``'OP'``, ``'OR'`` and ``'OF1'``.
            metric_options: ``topk`` (default: 1 and 5, or fewer where there are fewer classes),
                ``thrs`` and ``average_mode`` (``'macro'`` or ``'none'``); with several types a
                page ``thr`` and ``k``. Those of the other kind have no effect.
            indices: Numbers of the pages; all in order where None.
            logger: Where the table goes; 'silent' for nowhere.
            **options: Further ``metric_options``.

        Raises:
            InputError: Not as many results as pages, or an unknown metric or option.
        """
        labels = self._labels if indices is None else self._labels[list(indices)]
        if len(results) != len(labels):
            raise InputError(f'{len(labels)} pages should have been evaluated, but {len(results)} '
                             'results came')
        assert self.CLASSES is not None
        found = page_type_scores(np.vstack(results), labels, self.CLASSES, metric,
                                 {**(metric_options or {}), **options})
        print_log('\n' + found.text, logger=logger)
        return found

    def result_names(self, metric: str | Sequence[str] | None = None,
                     metric_options: Mapping[str, Any] | None = None,
                     **options: Any) -> list[str]:
        """The names of what :meth:`evaluate` gives, for the same arguments."""
        return score_names(self.CLASSES or (), self.multi_label, metric,
                           {**(metric_options or {}), **options})


@DATASETS.register_module()
class ImageNet(PageTypeDataset):
    """The same by the name that configs of MMClassification have; classes come from the folders.

    With a list of numbers and no ``classes`` the classes are called ``0`` to ``999``.
    """

    def _named_classes(self, raw: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(str(number) for number in range(1000))
