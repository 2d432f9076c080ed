"""Page layout in VOC folders, as labelme2voc writes them, with the type of each page."""
from __future__ import annotations

import os.path as osp
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from tqdm import tqdm

from mmseg.utils.errors import InputError, nearest, plural
from mmseg.utils.safe_files import read_json, reading

from .builder import DATASETS
from .class_presence import digest, folder_time, kept
from .custom import CustomDataset, Results
from .files import examples, is_lenient, missing, read_lines
from .page_infos import PageInfos, page_infos
from .pipelines import LoadImageFromFile
from .pipelines.loading import NO_LABEL_MAP
from .voc import voc_palette

_LABEL_FILES = ('cls_label.json', 'cls-label.json')
_SPLITS = 'ImageSets/Segmentation'
_SOME = 'some'
_IGNORE = 'ignore'

UNKNOWN_PAGE_CLASS = 255  # the label of a page whose class is not known: no head learns from it

_ANN_DIR, _LABELME_ANN_DIR = 'SegmentationClassPNG', 'SegmentationClass'


@DATASETS.register_module()
class LayoutDataset(CustomDataset):
    """Pages with regions (figure, text, ...) and a page class (document, slide).

    ``data_root`` contains ``JPEGImages``, ``SegmentationClassPNG``, ``ImageSets/Segmentation``,
    ``class_names.txt`` with one class a line (the five below where there is none) and
    ``cls_label.json``, which maps each image's name, with or without suffix, to the index or the
    name of its page class.

    Args:
        pipeline: Transforms of a page.
        data_root: The folder of all this.
        split: 'train' for ``ImageSets/Segmentation/train.txt``, or a file; all images where None.
        img_dir: Folder of the images.
        ann_dir: Folder of the label maps; where the default is not there, ``SegmentationClass``,
            as labelme's converter calls it today.
        cls_label_file: File with the page classes; where None ``cls_label.json`` or
            ``cls-label.json`` next to the image folder.
        with_cls: Whether pages carry their class. True: the file must be there; False: it is not
            read; None: where it is there; 'some': pages that it does not name are of unknown class
            and take no part in the loss and the scores of page classes.
        page_classes: Names of the page classes, any number.
        balance: Pages with rare classes come several times in training, as if each class occurred
            on this share of the pages: see :func:`repeat_factors`. None takes each page once.
        balance_file: Where the classes of each page are kept once they are counted for
            ``balance``, so that the next training starts at once; relative to ``data_root``. They
            are counted again where the pages, their classes or the files in ``ann_dir`` are
            others. None counts at every start.
        class_map: What classes of ``class_names.txt`` are called here, or 'ignore' for their
            pixels to be ignored; others keep their names. The classes are then ``classes``, or the
            five, whatever the file names.
        with_seg: Whether pages have label maps. True: all of them; 'some': those that ``ann_dir``
            has; False: none, and ``ann_dir`` is not read. Pages without one train the page-type
            head alone, and count in its scores alone.
        labelled: The classes that are labelled in these pages; all other pixels are ignored, in
            training and in evaluation. None where all are.
        **kwargs: See :class:`CustomDataset`.

    Attributes:
        PAGE_CLASSES: ``page_classes``; None where pages carry no class.
        cls_label_file: The file the page classes came from; None where they carry none.

    Raises:
        InputError: See :class:`CustomDataset`; a page without its page class, or with one outside
            ``page_classes``; a file that is not valid JSON; a class that does not exist in
            ``class_map`` or ``labelled``.
    """

    CLASSES: Sequence[str] = ('background', 'figure', 'text', 'table', 'validline')
    PALETTE: Sequence[Sequence[int]] = voc_palette(len(CLASSES))

    def __init__(self,
                 pipeline: Sequence[Any],
                 data_root: str | None = None,
                 split: str | None = None,
                 img_dir: str = 'JPEGImages',
                 ann_dir: str | None = _ANN_DIR,
                 cls_label_file: str | None = None,
                 with_cls: bool | str | None = None,
                 page_classes: Sequence[str] = ('document', 'slide'),
                 balance: float | None = None,
                 balance_file: str | None = None,
                 class_map: Mapping[str, str] | None = None,
                 labelled: Sequence[str] | None = None,
                 with_seg: bool | str = True,
                 **kwargs: Any) -> None:
        _check_choices(with_seg, with_cls)
        self.with_seg = with_seg
        root = data_root or ''
        names = (_read_class_names(osp.join(root, 'class_names.txt'))
                 or _read_class_names(osp.join(root, 'labels.txt')))
        if names:
            self.CLASSES, self.PALETTE = names, voc_palette(len(names))
        in_files = tuple(self.CLASSES)
        if class_map is not None:
            classes = kwargs.pop('classes', None) or LayoutDataset.CLASSES
            self.CLASSES = tuple(read_lines(classes) if isinstance(classes, str)
                                 else classes)
            self.PALETTE = voc_palette(len(self.CLASSES))
        # a folder may be called as the split is
        if split is not None and not osp.splitext(split)[1] and not osp.isfile(
                osp.join(root, split)):
            split = osp.join(_SPLITS, f'{split}.txt')
        ann_dir = _found_ann_dir(root, ann_dir)
        super().__init__(pipeline, img_dir, ann_dir=ann_dir, split=split, data_root=data_root,
                         **kwargs)
        if class_map is not None:
            self.label_map = self._renamed(in_files, class_map)
        if labelled is not None:
            self._keep(labelled, len(in_files))
        self.some_pages_typed = with_cls == _SOME
        self.cls_label_file = (None if with_cls is False else
                               self._find_label_file(cls_label_file, with_cls is True))
        self.PAGE_CLASSES = None if with_cls is False or with_cls is None \
            and self.cls_label_file is None else tuple(page_classes)
        if self.cls_label_file is not None:
            self._add_page_classes(_read_page_classes(self.cls_label_file), self.cls_label_file)
        if balance is not None and not self.test_mode and not is_lenient():
            self._balance(balance, balance_file)

    def load_annotations(self, img_dir: str, img_suffix: str, ann_dir: str | None,
                         seg_map_suffix: str, split: str | None) -> Sequence[Results]:
        """One dict a page, with ``ann`` where it has a label map; see :class:`CustomDataset`."""
        if self.with_seg is True:
            return super().load_annotations(img_dir, img_suffix, ann_dir, seg_map_suffix, split)
        infos = super().load_annotations(img_dir, img_suffix, None, seg_map_suffix, split)
        if self.with_seg is False:
            return infos
        images = list(page_infos(infos).filenames())
        maps = [name.removesuffix(img_suffix) + seg_map_suffix for name in images]
        lost = set(missing(ann_dir or '', maps, self.file_client, lenient_too=True))
        return PageInfos(images, ['' if name in lost else name for name in maps])

    def get_gt_seg_map_by_idx(self, index: int) -> np.ndarray:
        """The label map ``(H, W)`` of page ``index``; all ignored where it has none."""
        info = self.img_infos[index]
        if self.with_seg is True or 'ann' in info:
            return super().get_gt_seg_map_by_idx(index)
        results: Results = dict(img_info=info)
        self.pre_pipeline(results)
        return self.gt_seg_map_loader(LoadImageFromFile()(results))['gt_semantic_seg']

    def _renamed(self, in_files: Sequence[str], class_map: Mapping[str, str]) -> dict[int, int]:
        """The label of each value in the files, by the names that ``class_map`` gives."""
        _check_names(class_map, in_files, f'class_map of {self.data_root}',
                     'classes of class_names.txt')
        renamed = [class_map.get(name, name) for name in in_files]
        _check_names(renamed, (_IGNORE, *self.CLASSES), f'class_map of {self.data_root}', 'classes')
        places = {name: place for place, name in enumerate(self.CLASSES)}
        return {old: places.get(name, -1) for old, name in enumerate(renamed)}

    def _keep(self, labelled: Sequence[str], number: int) -> None:
        """Ignore all classes but those ``labelled``; the files have a ``number`` of classes."""
        _check_names(labelled, self.CLASSES, f'labelled of {self.data_root}', 'classes')
        kept = {place for place, name in enumerate(self.CLASSES) if name in labelled}
        label_map = self.label_map or {value: value for value in range(number)}
        self.label_map = {old: new if new in kept else -1 for old, new in label_map.items()}

    def pre_pipeline(self, results: Results) -> None:
        """Add what the transforms need to know, and of an unknown page class that it is."""
        super().pre_pipeline(results)
        if self.some_pages_typed:
            results.setdefault('cls_label', UNKNOWN_PAGE_CLASS)
        if self.with_seg is not True:
            ann = results.get('img_info', {}).get('ann', NO_LABEL_MAP)
            results.setdefault('ann_info', dict(ann))

    def _balance(self, share: float, file: str | None) -> None:
        """Repeat the pages with rare classes."""
        if share <= 0:
            raise InputError(f'balance must be a share of the pages above 0, got {share}')

        names = page_infos(self.img_infos).filenames()
        key = digest(names, self.CLASSES, self.label_map, self.reduce_zero_label, self.with_seg,
                     self.seg_map_suffix, self.ann_dir, folder_time(self.ann_dir))
        present = kept(None if file is None else self._under_root(file), key, self._present)
        factors = repeat_factors(present, share)
        # Fractions add up along the list, so that the total is right without a draw.
        ends = np.floor(np.cumsum(factors) + 0.5).astype(int)
        times = np.diff(ends, prepend=0)
        self.img_infos = page_infos(self.img_infos).take(np.repeat(np.arange(len(self)), times))

    def _present(self) -> np.ndarray:
        """Whether each class occurs on each page (P, K)."""
        def classes_on(index: int) -> np.ndarray:
            if self.with_seg is not True and 'ann' not in self.img_infos[index]:
                return np.zeros(len(self.CLASSES), bool)
            found = np.bincount(self.get_gt_seg_map_by_idx(index).ravel(), minlength=256)
            return found[:len(self.CLASSES)] > 0

        with ThreadPoolExecutor() as pool:
            pages = tqdm(pool.map(classes_on, range(len(self))), total=len(self), unit='page',
                         desc='classes on each page', disable=len(self) < 1000, leave=False)
            return np.stack(list(pages))

    def _find_label_file(self, named: str | None, needed: bool) -> str | None:
        """The file with the page classes; None where there is none and none is needed."""
        if named is not None:
            candidates, needed = [self._under_root(named)], True
        else:
            parent = osp.dirname(osp.normpath(self.img_dir))
            candidates = [osp.join(parent, name) for name in _LABEL_FILES]
        for candidate in candidates:
            if osp.isfile(candidate):
                return candidate
        if needed:
            raise InputError(f"the page classes should be in {' or '.join(candidates)}, which is "
                             'not there; for pages without classes set with_cls=False')
        return None

    def _add_page_classes(self, labels: Mapping[str, Any], file: str) -> None:
        """Give each page its ``cls_label``."""
        assert self.PAGE_CLASSES is not None
        stems: dict[str, Any] | None = None
        known = {name: index for index, name in enumerate(self.PAGE_CLASSES)}
        unlabelled, outside = [], []
        self.img_infos = page_infos(self.img_infos)
        found = np.full(len(self), -1)
        for place, name in enumerate(self.img_infos.filenames()):
            label = labels.get(name)
            if label is None and name not in labels:
                stems = stems if stems is not None else {
                    osp.splitext(other)[0]: value for other, value in labels.items()}
                label = stems.get(osp.splitext(name)[0])
            index = known.get(label, label) if isinstance(label, str) else label
            if label is None:
                unlabelled.append(name)
            elif type(index) is not int or not 0 <= index < len(self.PAGE_CLASSES):
                outside.append(f'{name}: {label!r}')
                self.img_infos[place]['wrong_cls_label'] = label
            else:
                found[place] = index
        self.img_infos.set_column('cls_label', found)
        if is_lenient():
            return
        if unlabelled and not self.some_pages_typed:
            raise InputError(f'{file} has no page class for {plural(len(unlabelled), "image")} (of '
                             f'{len(self)}): {examples(unlabelled)}; add them, or set '
                             "with_cls='some' where only some pages have a class, with_cls=False "
                             'for pages without classes')
        if outside:
            expected = ', '.join(f'{index} ({name})'
                                 for index, name in enumerate(self.PAGE_CLASSES))
            raise InputError(f'{file} has {len(outside)} page classes that do not exist: '
                             f'{examples(outside)}; expected {expected}')


def repeat_factors(present: np.ndarray, share: float) -> np.ndarray:
    """How often each page should come, (P,) from 1 on, so that rare classes are seen.

    The repeat factor of a class on the share f of the pages is ``max(1, sqrt(share / f))``, that
    of a page the largest of its classes (Gupta et al., LVIS, CVPR 2019, appendix B).

    Args:
        present: (P, K), whether a class occurs on a page.
        share: Classes on fewer of the pages than this are repeated.
    """
    often = np.maximum(present.mean(axis=0), 1 / len(present))
    of_class = np.maximum(1., np.sqrt(share / often))
    return np.where(present, of_class, 1.).max(axis=1)


def _check_names(names: Iterable[str], known: Sequence[str], where: str, what: str) -> None:
    """Raise InputError for a name that is none of those ``known``."""
    for name in names:
        if name not in known:
            raise InputError(f"{where} names '{name}'{nearest(name, known)}, but the {what} are "
                             f"{', '.join(known)}")


def _check_choices(with_seg: bool | str, with_cls: bool | str | None) -> None:
    """Raise InputError where one of the two is a value that it cannot have."""
    if with_seg not in (True, False, _SOME):
        raise InputError(f"with_seg must be True, False or '{_SOME}', got {with_seg!r}")
    if with_cls not in (None, True, False, _SOME):
        raise InputError(f"with_cls must be True, False, None or '{_SOME}', got {with_cls!r}")


def _found_ann_dir(root: str, ann_dir: str | None) -> str | None:
    """``SegmentationClass`` where only that is there, else ``ann_dir``."""
    if ann_dir == _ANN_DIR and not osp.isdir(osp.join(root, ann_dir)) and osp.isdir(
            osp.join(root, _LABELME_ANN_DIR)):
        return _LABELME_ANN_DIR
    return ann_dir


def _read_class_names(file: str) -> tuple[str, ...]:
    """The classes that a labelme file names; none where there is no such file."""
    if not osp.isfile(file):
        return ()
    with reading(file, 'a list of class names'), open(file, encoding='utf-8-sig') as stream:
        lines = [line.strip() for line in stream]
    # labelme's list begins with what is ignored, which has no index, and calls 0 _background_
    return tuple('background' if line == '_background_' else line
                 for line in lines if line and line != '__ignore__')


def _read_page_classes(file: str) -> dict[str, Any]:
    labels = read_json(file)
    if not isinstance(labels, dict):
        raise InputError(f'{file} must map file names to page classes, got a '
                         f'{type(labels).__name__}')
    return labels
