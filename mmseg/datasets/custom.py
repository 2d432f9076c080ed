"""Pages and their label maps from two folders."""
from __future__ import annotations

import os.path as osp
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import mmcv
import numpy as np
from mmcv.utils import print_log
from torch.utils.data import Dataset

from mmseg.core.evaluation import (
    EvalResult,
    PageCounts,
    RegionFinder,
    evaluate_counts,
    intersect_and_union,
    is_counts,
    line_counts,
    page_confusion,
    region_counts,
    result_names,
)
from mmseg.core.text_lines import LinePolygon
from mmseg.utils.errors import InputError, nearest, plural
from mmseg.utils.heap import keep_freed_memory
from mmseg.utils.label_files import write_label_map
from mmseg.utils.logger import get_root_logger

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
from .page_infos import PageInfos
from .pipelines import Compose, LoadAnnotations, LoadTextLines
from .submission import label_map_of

Results = dict[str, Any]


@DATASETS.register_module()
class CustomDataset(Dataset):
    """Pages of ``img_dir`` with label maps of the same name in ``ann_dir``.

    ``data_root/img_dir/a.jpg`` belongs to ``data_root/ann_dir/a.png``; ``split`` names some of
    them, one ``a`` a line.

    Args:
        pipeline: Transforms of a page.
        img_dir: Folder of the images.
        img_suffix: How image names end.
        ann_dir: Folder of the label maps; None where there are none.
        seg_map_suffix: How label map names end, in place of ``img_suffix``.
        split: File with the names of the pages to take; all of ``img_dir`` where None.
        data_root: Folder to which relative paths above refer.
        test_mode: Whether pages come without their label maps, for a test.
        ignore_index: Label of pixels that count nowhere.
        reduce_zero_label: Whether 0 in the files is background to ignore and 1 the first class.
        classes: Class names to take, a sequence or a file with one a line. Where the data set
            knows its classes, these are some of them, the others being ignored.
        palette: RGB colours of the classes, drawn at random where nothing else is known.
        gt_seg_map_loader_cfg: Arguments of LoadAnnotations in evaluation.
        file_client_args: How files are read, by mmcv's FileClient.

    Attributes:
        CLASSES: Names of the classes.
        PALETTE: RGB colours of the classes.
        PAGE_CLASSES: Names of the page classes, None where pages have none.
        img_infos: Per page ``filename``, and ``ann`` with ``seg_map``.
        label_map: File label -> label for a choice of classes, -1 for one left out; else None.
        region_finder: Set from outside where evaluation counts regions too; else None.
        count_lines: Set from outside where evaluation counts text lines too.
        line_loader: Returns a page's true text lines: of ``TextLines`` next to the images, or
            the connected parts of the class ``text``.

    Raises:
        InputError: A folder or file is not there, or classes are unknown.
    """

    CLASSES: Sequence[str] | None = None
    PALETTE: Sequence[Sequence[int]] | None = None
    PAGE_CLASSES: Sequence[str] | None = None
    region_finder: RegionFinder | None = None
    count_lines = False
    with_seg: bool | str = True  # whether all pages have label maps
    line_loader: LoadTextLines | None = None

    def __init__(self,
                 pipeline: Sequence[Any],
                 img_dir: str,
                 img_suffix: str = '.jpg',
                 ann_dir: str | None = None,
                 seg_map_suffix: str = '.png',
                 split: str | None = None,
                 data_root: str | None = None,
                 test_mode: bool = False,
                 ignore_index: int = 255,
                 reduce_zero_label: bool = False,
                 classes: str | Sequence[str] | None = None,
                 palette: Sequence[Sequence[int]] | None = None,
                 gt_seg_map_loader_cfg: Mapping[str, Any] | None = None,
                 file_client_args: Mapping[str, Any] = dict(backend='disk')) -> None:
        self.pipeline = Compose(pipeline)
        self.data_root = data_root
        self.img_dir = self._under_root(img_dir)
        self.img_suffix = img_suffix
        self.ann_dir = ann_dir if ann_dir is None else self._under_root(ann_dir)
        self.seg_map_suffix = seg_map_suffix
        self.split = split if split is None else self._under_root(split)
        self.test_mode = test_mode
        self.ignore_index = ignore_index
        self.reduce_zero_label = reduce_zero_label
        self.label_map: dict[int, int] | None = None
        self.CLASSES, self.PALETTE = self.get_classes_and_palette(classes, palette)
        self.file_client_args = dict(file_client_args)
        self.gt_seg_map_loader = LoadAnnotations(
            **{'file_client_args': self.file_client_args, **(gt_seg_map_loader_cfg or {})})
        self.file_client = mmcv.FileClient.infer_client(self.file_client_args)
        if test_mode and self.CLASSES is None:
            raise InputError(f'{type(self).__name__} needs classes=... for a test: the names of '
                             'its classes')
        self.img_infos = self.load_annotations(self.img_dir, self.img_suffix, self.ann_dir,
                                               self.seg_map_suffix, self.split)

    def _under_root(self, path: str) -> str:
        return osp.join(self.data_root, path) if self.data_root else path

    def __len__(self) -> int:
        return len(self.img_infos)

    def load_annotations(self, img_dir: str, img_suffix: str, ann_dir: str | None,
                         seg_map_suffix: str, split: str | None) -> Sequence[Results]:
        """One dict a page: ``filename``, and ``ann`` with ``seg_map`` where there is ``ann_dir``.

        Raises:
            InputError: No images, or files that the split names are not there.
        """
        if split is None:
            images = find_images(img_dir, img_suffix, self.file_client)
            names = [image.removesuffix(img_suffix) for image in images]
        else:
            names = read_split(split, img_suffix, self.file_client_args)
            check_inside(names, split)
            images = [name + img_suffix for name in names]
            check_folder(img_dir, 'img_dir', self.file_client)
            lost = missing(img_dir, images, self.file_client)
            if lost:
                raise InputError(f'{split} names {plural(len(lost), "image")} (of {len(images)}) '
                                 f'that {img_dir} does not have: {examples(lost)}')
        suffixes = None
        if ann_dir is not None:
            self._check_label_maps(ann_dir, [name + seg_map_suffix for name in names])
            suffixes = img_suffix, seg_map_suffix
        infos = PageInfos(images, suffixes)
        print_log(f'{type(self).__name__}: {plural(len(infos), "image")}', logger=get_root_logger())
        return infos

    def _check_label_maps(self, ann_dir: str, maps: list[str]) -> None:
        """Raise InputError where label maps are not there; a test may go without any of them."""
        if not self.test_mode:
            check_folder(ann_dir, 'ann_dir', self.file_client)
        lost = missing(ann_dir, maps, self.file_client)
        if lost and not (self.test_mode and len(lost) == len(maps)):
            raise InputError(f'{ann_dir} lacks the label maps of {plural(len(lost), "image")} (of '
                             f'{len(maps)}): {examples(lost)}')

    def get_ann_info(self, idx: int) -> Results:
        """``ann`` of page ``idx``: the name of its label map.

        Raises:
            InputError: The data set has no label maps.
        """
        info = self.img_infos[idx]
        if 'ann' not in info:
            raise InputError(f"{info['filename']} has no label map: {type(self).__name__} was "
                             'built without ann_dir')
        return info['ann']

    def pre_pipeline(self, results: Results) -> None:
        """Add what the transforms need to know of the data set."""
        results['seg_fields'] = []
        results['img_prefix'] = self.img_dir
        results['seg_prefix'] = self.ann_dir
        results['file_client_args'] = self.file_client_args
        results['ignore_index'] = self.ignore_index
        results['reduce_zero_label'] = self.reduce_zero_label
        if self.CLASSES is not None:
            results['num_classes'] = len(self.CLASSES)
            results['class_names'] = tuple(self.CLASSES)
        if self.label_map is not None:
            results['label_map'] = self.label_map
        cls_label = results.get('img_info', {}).get('cls_label')
        if cls_label is not None:
            results['cls_label'] = cls_label

    def __getitem__(self, idx: int) -> Results | None:
        keep_freed_memory()
        return self.prepare_test_img(idx) if self.test_mode else self.prepare_train_img(idx)

    def prepare_train_img(self, idx: int) -> Results | None:
        """Page ``idx`` with its label map, through the pipeline."""
        info = self.img_infos[idx]
        results = dict(img_info=info)
        if 'ann' in info:
            results['ann_info'] = info['ann']
        self.pre_pipeline(results)
        return self.pipeline(results)

    def prepare_test_img(self, idx: int) -> Results | None:
        """Page ``idx`` without its label map, through the pipeline."""
        results = dict(img_info=self.img_infos[idx])
        self.pre_pipeline(results)
        return self.pipeline(results)

    def get_gt_seg_map_by_idx(self, index: int) -> np.ndarray:
        """The label map ``(H, W)`` of page ``index`` at its own size, as training sees it."""
        results = dict(ann_info=self.get_ann_info(index))
        self.pre_pipeline(results)
        return self.gt_seg_map_loader(results)['gt_semantic_seg']

    def get_gt_seg_maps(self, efficient_test: Any = None) -> Iterator[np.ndarray]:
        """The label maps ``(H, W)`` of all pages, one after the other.

        Args:
            efficient_test: Has no meaning any more; label maps are never kept.
        """
        return (self.get_gt_seg_map_by_idx(index) for index in range(len(self)))

    def pre_eval(self, preds: Any, indices: Any) -> list[PageCounts]:
        """The counts of some pages for the evaluation.

        Args:
            preds: The pages' results: label maps ``(H, W)``, names of .npy files with them, or
                dicts with ``seg_map`` and, where pages have a type, ``cls_label``.
            indices: The pages' numbers, or one number for a single page.

        Raises:
            InputError: A prediction is not of the size of its page.
        """
        if np.ndim(indices) == 0:
            preds, indices = preds if isinstance(preds, list) else [preds], [indices]
        return [self._count(pred, self.get_gt_seg_map_by_idx(index), index)
                for pred, index in zip(preds, indices, strict=True)]

    def _count(self, pred: Any, label: np.ndarray, index: int) -> PageCounts:
        seg_map = label_map_of(pred)
        info = self.img_infos[index]
        if seg_map.shape != label.shape:
            raise InputError(f"{info['filename']}: the prediction is {seg_map.shape} but its label "
                             f'map is {label.shape}; both must have the size of the page')
        assert self.CLASSES is not None
        # the loader has mapped the labels already
        areas = intersect_and_union(seg_map, label, len(self.CLASSES), self.ignore_index,
                                    label_map=None, reduce_zero_label=False)
        confusion = None
        if (isinstance(pred, Mapping) and pred.get('cls_label') is not None
                and info.get('cls_label') is not None):
            assert self.PAGE_CLASSES is not None
            confusion = page_confusion(int(pred['cls_label']), info['cls_label'],
                                       len(self.PAGE_CLASSES))
        unlabelled = self.with_seg is not True and 'ann' not in info
        regions: Any = None
        if self.region_finder is not None and unlabelled:
            regions = np.zeros((6, len(self.CLASSES)))
        elif self.region_finder is not None:
            regions = region_counts(np.asarray(seg_map), label, len(self.CLASSES),
                                    self.region_finder, self.ignore_index)
        lines: Any = None
        if self.count_lines and unlabelled:
            lines = np.zeros(3)
        elif self.count_lines:
            lines = line_counts(self._found_lines(pred, seg_map), self.get_lines_by_idx(index))
        return PageCounts(areas, confusion, regions=regions, lines=lines)

    def _found_lines(self, pred: Any, seg_map: np.ndarray) -> list[list[float]]:
        """The predicted lines; of a network without a line head the parts of its text pixels."""
        if isinstance(pred, Mapping) and 'lines' in pred:
            return pred['lines']
        parts = LoadTextLines(text_labels=self._text_labels()).parts(np.asarray(seg_map))
        return [[*line.points.ravel().tolist(), 1.] for line in parts]

    def _text_labels(self) -> list[int]:
        labels = [label for label, name in enumerate(self.CLASSES or ()) if name == 'text']
        if not labels:
            raise InputError(f"the metric 'hmean-iou' needs the class 'text', but "
                             f'{type(self).__name__} knows {", ".join(self.CLASSES or ())}')
        return labels

    def get_lines_by_idx(self, index: int) -> list[LinePolygon]:
        """The true text lines of page ``index``, in its own pixels."""
        if self.line_loader is None:
            self.line_loader = LoadTextLines(text_labels=self._text_labels())
        results: Results = dict(img_info=self.img_infos[index],
                                gt_semantic_seg=self.get_gt_seg_map_by_idx(index))
        self.pre_pipeline(results)
        return self.line_loader(results)['line_polygons']

    def evaluate(self, results: Sequence[Any], metric: str | Sequence[str] = 'mIoU',
                 logger: Any = None, gt_seg_maps: Any = None,
                 selected: Sequence[str | int] | None = None, **kwargs: Any) -> EvalResult:
        """Scores of all pages as fractions, rounded as percentages with two digits.

        Args:
            results: Per page what :meth:`pre_eval` gives or takes.
            metric: 'mIoU', 'mDice', 'mFscore', 'regions', 'hmean-iou' (text lines), or several;
                for regions ``region_finder`` has to be set, for lines ``count_lines``.
            logger: Where the tables go; 'silent' for nowhere.
            gt_seg_maps: Label maps in place of the data set's own.
            selected: Classes, by name or index, whose mean IoU is ``mIoU_selected``.
            **kwargs: What custom data sets take; nothing here.

        Returns:
            ``aAcc``, ``mIoU``, ``mAcc``, ``IoU.<class>``, ... and, where page types were
            predicted, ``page_acc``, ``page_mRecall``, ``page_recall.<class>``.
        """
        if len(results) and not is_counts(results[0]):
            labels = self.get_gt_seg_maps() if gt_seg_maps is None else gt_seg_maps
            results = [self._count(pred, label, index)
                       for index, (pred, label) in enumerate(zip(results, labels, strict=True))]
        names = self.CLASSES or tuple(str(i) for i in range(len(results[0][0])))
        scores = evaluate_counts(results, names, metric, page_classes=self.PAGE_CLASSES,
                                 selected=selected)
        print_log(f'\n{scores.text}', logger)
        return scores

    def result_names(self, metric: str | Sequence[str] = 'mIoU',
                     selected: Sequence[str | int] | None = None, **kwargs: Any) -> list[str]:
        """The names of the scores that :meth:`evaluate` gives, for the same arguments."""
        return result_names(self.CLASSES or (), metric, page_classes=self.PAGE_CLASSES,
                            selected=selected)

    def format_results(self, results: Sequence[Any], imgfile_prefix: str,
                       indices: Sequence[int] | None = None, **kwargs: Any) -> list[str]:
        """Label maps written as palette PNGs that hold class indices; gives their names.

        Args:
            results: Label maps ``(H, W)``, or dicts with ``seg_map``.
            imgfile_prefix: Folder to write to.
            indices: Numbers of the pages; all in order where None.
            **kwargs: What custom data sets take; nothing here.
        """
        written = []
        for index, result in zip(range(len(self)) if indices is None else indices, results,
                                 strict=False):
            name = osp.splitext(self.img_infos[index]['filename'])[0] + '.png'
            written.append(osp.join(imgfile_prefix, name))
            write_label_map(written[-1], label_map_of(result), self.PALETTE or ())
        return written

    def get_classes_and_palette(self, classes: str | Sequence[str] | None = None,
                                palette: Sequence[Sequence[int]] | None = None
                                ) -> tuple[Sequence[str] | None, Any]:
        """Class names and colours; also sets ``label_map`` for a choice of the known classes.

        Args:
            classes: See the class.
            palette: See the class.

        Raises:
            InputError: Not names, or a name that the data set does not know.
        """
        if classes is None:
            return self.CLASSES, self.PALETTE if palette is None else palette
        if isinstance(classes, str):
            class_names: Sequence[str] = read_lines(classes)
        elif isinstance(classes, (list, tuple)):
            class_names = classes
        else:
            raise InputError(f'classes must be names or a file of names, got {classes!r}')
        if self.CLASSES:
            for name in class_names:
                if name not in self.CLASSES:
                    raise InputError(f"'{name}' is not a class of {type(self).__name__}"
                                     f"{nearest(name, self.CLASSES)}; it has "
                                     f"{', '.join(self.CLASSES)}")
            places = {name: place for place, name in enumerate(class_names)}
            self.label_map = {old: places.get(name, -1) for old, name in enumerate(self.CLASSES)}
        return class_names, self.get_palette_for_custom_classes(class_names, palette)

    def get_palette_for_custom_classes(self, class_names: Sequence[str],
                                       palette: Sequence[Sequence[int]] | None = None) -> Any:
        """Colours of ``class_names``: those given, those known, or always the same random ones."""
        if palette is not None:
            return palette
        if self.PALETTE is None:
            # its own generator: the run's random numbers stay as they are
            return np.random.RandomState(42).randint(0, 255, (len(class_names), 3)).tolist()
        if self.label_map is None:
            return self.PALETTE
        chosen = sorted((new, old) for old, new in self.label_map.items() if new >= 0)
        return [self.PALETTE[old] for _, old in chosen]
