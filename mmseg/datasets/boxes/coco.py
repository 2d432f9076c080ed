"""Pages and their boxes out of a file in the form of COCO."""
from __future__ import annotations

import os.path as osp
from collections.abc import Mapping, Sequence
from typing import Any

import mmcv
import numpy as np
from mmcv.utils import print_log
from torch.utils.data import Dataset

from mmseg.core.evaluation import cocostuff_classes
from mmseg.core.evaluation.boxes import BOX_SCORES, BoxTruth, box_scores
from mmseg.core.evaluation.report import write_json
from mmseg.core.visualization.paint import distinct_palette
from mmseg.utils.errors import InputError, nearest, plural
from mmseg.utils.logger import get_root_logger

from ..builder import DATASETS
from ..files import check_folder, examples, missing, read_lines
from ..pipelines import Compose
from .coco_file import CocoFile, read_coco
from .transforms import BOX_PIPELINES

Results = dict[str, Any]
_TRIES = 100


@DATASETS.register_module()
class CocoDataset(Dataset):
    """Pages of ``img_prefix`` with the boxes that ``ann_file`` has of them.

    Names and arguments are those of MMDetection 2.x. Transforms of its pipelines are found by
    their names there: ``Resize``, ``RandomFlip``, ``RandomCrop``, ``LoadAnnotations`` and
    ``DefaultFormatBundle`` are those of :mod:`mmseg.datasets.boxes.transforms`, the others those
    of segmentation.

    Args:
        ann_file: A COCO file with ``images``, ``categories`` and ``annotations``.
        pipeline: Transforms of a page.
        classes: Names of the categories to take, a sequence or a file with one a line; by default
            those that the data set knows. The others are left out.
        data_root: Folder in which the relative ones of the paths lie.
        img_prefix: Folder of the images.
        test_mode: Whether pages come without their boxes, for a test.
        filter_empty_gt: Whether a training leaves out pages without a box.
        palette: RGB colours of the classes.
        file_client_args: Where files lie, for mmcv's FileClient.

    Attributes:
        CLASSES: Names of the classes.
        PALETTE: RGB colours of the classes.
        data_infos: Per page ``id``, ``filename``, ``width`` and ``height``.

    Raises:
        InputError: A file is not there or is damaged, or has none of the classes.
    """

    CLASSES: Sequence[str] | None = tuple(cocostuff_classes()[:80])
    PALETTE: Sequence[Sequence[int]] | None = None
    PAGE_CLASSES = None
    # Files and boxes are checked here, when the data set is built.
    checks_itself = True

    def __init__(self, ann_file: str, pipeline: Sequence[Any],
                 classes: str | Sequence[str] | None = None, data_root: str | None = None,
                 img_prefix: str = '', test_mode: bool = False, filter_empty_gt: bool = True,
                 palette: Sequence[Sequence[int]] | None = None,
                 file_client_args: Mapping[str, Any] = dict(backend='disk')) -> None:
        self.ann_file = osp.join(data_root, ann_file) if data_root else ann_file
        self.img_prefix = osp.join(data_root, img_prefix) if data_root else img_prefix
        self.test_mode, self.filter_empty_gt = test_mode, filter_empty_gt
        self.file_client_args = dict(file_client_args)
        self.CLASSES = self.get_classes(classes)
        if palette is None and (self.PALETTE is None or classes is not None):
            palette = distinct_palette(len(self.CLASSES))
        self.PALETTE = self.PALETTE if palette is None else palette
        self._file = read_coco(self.ann_file, self.CLASSES, self.file_client_args)
        self._numbers = self._pages_to_take(self._file)
        self.data_infos = [self._file.images[number] for number in self._numbers]
        self._check_images()
        self.pipeline = Compose([BOX_PIPELINES.build(step) if isinstance(step, Mapping) else step
                                 for step in pipeline])
        print_log(f'{type(self).__name__}: {plural(len(self), "image")}, '
                  f'{sum(len(self.get_ann_info(i)["labels"]) for i in range(len(self)))} boxes',
                  logger=get_root_logger())

    @classmethod
    def get_classes(cls, classes: str | Sequence[str] | None = None) -> tuple[str, ...]:
        """The names of the classes: those given, those of a file, or those of the data set.

        Raises:
            InputError: Neither names nor a file of names.
        """
        if classes is None:
            return tuple(cls.CLASSES or ())
        if isinstance(classes, str):
            return tuple(read_lines(classes))
        if isinstance(classes, (list, tuple)):
            return tuple(classes)
        raise InputError(f'classes must be names or a file of names, got {classes!r}')

    def _pages_to_take(self, file: CocoFile) -> list[int]:
        """Numbers of the file's images; a training leaves out what it has nothing to learn from."""
        numbers = range(len(file.images))
        if self.test_mode:
            return list(numbers)
        taken = [number for number in numbers
                 if len(file.boxes_of(number)[0]) or not self.filter_empty_gt]
        if not taken:
            raise InputError(f'{self.ann_file} has no page with a box of the classes '
                             f'{", ".join(self.CLASSES or ())}')
        return taken

    def _check_images(self) -> None:
        client = mmcv.FileClient.infer_client(self.file_client_args)
        if self.img_prefix:
            check_folder(self.img_prefix, 'img_prefix', client)
        names = [info['filename'] for info in self.data_infos]
        lost = missing(self.img_prefix or '.', names, client)
        if lost:
            raise InputError(f'{self.ann_file} names {plural(len(lost), "image")} (of '
                             f'{len(names)}) that img_prefix={self.img_prefix!r} does not have: '
                             f'{examples(lost)}')

    def __len__(self) -> int:
        return len(self.data_infos)

    @property
    def cat_ids(self) -> list[int]:
        """The file's number of each class."""
        return self._file.category_ids

    def get_ann_info(self, idx: int) -> Results:
        """``bboxes`` ``(G, 4)`` as corners in pixels, ``labels`` ``(G,)``, ``bboxes_ignore``."""
        boxes, labels, crowd = self._file.boxes_of(self._numbers[idx])
        return dict(bboxes=boxes, labels=labels, bboxes_ignore=crowd)

    def pre_pipeline(self, results: Results) -> None:
        """Add what the transforms need to know of the data set."""
        results.update(img_prefix=self.img_prefix or None, seg_fields=[], bbox_fields=[],
                       file_client_args=self.file_client_args,
                       class_names=tuple(self.CLASSES or ()))

    def __getitem__(self, idx: int) -> Results:
        if self.test_mode:
            return self._prepared(dict(img_info=self.data_infos[idx]))
        for _ in range(_TRIES):
            page = self._prepared(dict(img_info=self.data_infos[idx],
                                       ann_info=self.get_ann_info(idx)))
            if page is not None:
                return page
            idx = int(np.random.randint(len(self)))  # a window without a box
        raise InputError(f'{_TRIES} pages of {self.ann_file} had no box left after the pipeline; '
                         'are its crops too small?')

    def _prepared(self, results: Results) -> Any:
        self.pre_pipeline(results)
        return self.pipeline(results)

    def pre_eval(self, preds: list, indices: Any) -> list:
        """The results of some pages as they are: all boxes are needed at the end."""
        return preds

    def evaluate(self, results: Sequence[Any], metric: str | Sequence[str] = 'bbox',
                 logger: Any = None, jsonfile_prefix: str | None = None, classwise: bool = False,
                 proposal_nums: Sequence[int] = (100, 300, 1000),
                 iou_thrs: float | Sequence[float] | None = None,
                 metric_items: str | Sequence[str] | None = None, **kwargs: Any
                 ) -> dict[str, Any]:
        """Average precision by pycocotools: ``bbox_mAP``, ``bbox_mAP_50``, ...

        Args:
            results: For each page an array ``(n, 5)`` for each class.
            metric: ``'bbox'``.
            logger: Where the table goes; 'silent' for nowhere.
            jsonfile_prefix: Also write ``<prefix>.bbox.json``, the boxes in COCO's form.
            classwise: Whether the precision of each class, ``bbox_mAP.<class>``, is given too.
            proposal_nums: How many boxes of a page count; see
                :func:`~mmseg.core.evaluation.boxes.box_scores`.
            iou_thrs: Overlaps from which a box counts as found; by default 0.5 to 0.95.
            metric_items: Which scores to give: some of mAP, mAP_50, mAP_75, mAP_s, mAP_m, mAP_l.
            **kwargs: What custom data sets take; nothing here.

        Raises:
            InputError: Another metric, an unknown score, results of other pages; or pycocotools
                is not installed.
        """
        self._check_metric(metric)
        if len(results) != len(self):
            raise InputError(f'{len(results)} results came for {len(self)} pages of '
                             f'{self.ann_file}')
        found = [box for index, result in enumerate(results)
                 for box in self._as_coco(index, result)]
        if jsonfile_prefix is not None:
            _write(found, f'{jsonfile_prefix}.bbox.json')
        truth = self._file.truth(self._numbers)
        scores, text = box_scores(BoxTruth(truth, tuple(self.CLASSES or ())), found,
                                  iou_thrs=iou_thrs, numbers=proposal_nums, classwise=classwise,
                                  items=metric_items)
        print_log(f'\n{text}', logger)
        return scores

    @staticmethod
    def _check_metric(metric: str | Sequence[str]) -> None:
        for name in [metric] if isinstance(metric, str) else metric:
            if name != 'bbox':
                raise InputError(f"boxes are evaluated by metric='bbox', got {name!r}"
                                 f"{nearest(name, ['bbox'])}")

    def result_names(self, metric: str | Sequence[str] = 'bbox', classwise: bool = False,
                     metric_items: str | Sequence[str] | None = None, **kwargs: Any) -> list[str]:
        """The names of the scores that :meth:`evaluate` gives, for the same arguments."""
        self._check_metric(metric)
        items = [metric_items] if isinstance(metric_items, str) else metric_items or BOX_SCORES
        classes = [f'mAP.{name}' for name in self.CLASSES or ()] if classwise else []
        return [f'bbox_{name}' for name in (*items, *classes)]

    def _as_coco(self, index: int, result: Sequence[np.ndarray]) -> list[Results]:
        """A page's boxes in the form of a COCO result."""
        if len(result) != len(self.CLASSES or ()):
            raise InputError(f'a result has boxes of {len(result)} classes, but '
                             f'{type(self).__name__} has {len(self.CLASSES or ())}: set '
                             'num_classes of the network and classes of the data set alike')
        return [dict(image_id=self.data_infos[index]['id'], category_id=self.cat_ids[label],
                     bbox=[left, top, right - left, bottom - top], score=score)
                for label, boxes in enumerate(result)
                for left, top, right, bottom, score in np.asarray(boxes, float).tolist()]

    def format_results(self, results: Sequence[Any], imgfile_prefix: str,
                       indices: Sequence[int] | None = None, **kwargs: Any) -> list[str]:
        """A file ``<page>.bbox.json`` for each page, in COCO's form; gives their names.

        Args:
            results: For each page an array ``(n, 5)`` for each class.
            imgfile_prefix: Folder to write to.
            indices: Numbers of the pages; all in order where None.
            **kwargs: What custom data sets take; nothing here.
        """
        written = []
        for index, result in zip(range(len(self)) if indices is None else indices, results):
            name = osp.splitext(self.data_infos[index]['filename'])[0]
            written.append(osp.join(imgfile_prefix, f'{name}.bbox.json'))
            _write(self._as_coco(index, result), written[-1])
        return written


def _write(boxes: list[Results], path: str) -> None:
    write_json(boxes, path)  # type: ignore[arg-type]
