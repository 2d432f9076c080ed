"""Data sets of text lines: polygons in files of their own, no label maps."""
from __future__ import annotations

import json
import os.path as osp
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from mmcv.utils import print_log

from mmseg.core.text_lines import LinePolygon
from mmseg.core.text_lines.files import LineFile, collect_lines
from mmseg.utils.errors import InputError, nearest, plural
from mmseg.utils.logger import get_root_logger
from mmseg.utils.pictures import read_head
from mmseg.utils.safe_files import FAULTS

from .builder import DATASETS
from .custom import CustomDataset, Results
from .dataset_wrappers import ConcatDataset
from .files import check_folder, examples, find_images, read_split
from .text_line_files import FORMATS

_SHOWN = 3


class _LineDataset(CustomDataset):
    """Pages whose text lines are read once; their label maps are drawn from these.

    In a label map pixels of lines are 1 and those of ignored lines ``ignore_index``, so that a
    network of pixels can learn from such pages and be tested on them as well.
    """

    CLASSES: Sequence[str] = ('background', 'text')
    PALETTE: Sequence[Sequence[int]] = ((0, 0, 0), (0, 128, 0))
    with_seg = False  # no label maps in files

    def _report(self, problems: Mapping[str, Sequence[str]]) -> None:
        """Warn of lines that were left out, with the first files that have some."""
        if problems:
            count = sum(map(len, problems.values()))
            shown = '; '.join(f'{name}: {found[0]}'
                              for name, found in list(problems.items())[:_SHOWN])
            warnings.warn(f'{plural(count, "text line")} in {plural(len(problems), "file")} left '
                          f'out or corrected: {shown}', stacklevel=3)

    def _log(self, infos: Sequence[Results]) -> None:
        """Log how many images there are, and which have no line."""
        empty = [info['filename'] for info in infos if not info['ann']['lines']]
        named = f', {len(empty)} without text lines: {examples(empty)}' if empty else ''
        print_log(f'{type(self).__name__}: {plural(len(infos), "image")}{named}',
                  logger=get_root_logger())

    def prepare_train_img(self, idx: int) -> Results | None:
        """Page ``idx`` with its text lines, through the pipeline."""
        results: Results = dict(img_info=self.img_infos[idx], ann_info=self.img_infos[idx]['ann'])
        self.pre_pipeline(results)
        return self.pipeline(results)

    def get_lines_by_idx(self, index: int) -> list[LinePolygon]:
        """The true text lines of page ``index``, in its own pixels."""
        return self.img_infos[index]['ann']['lines']

    def get_gt_seg_map_by_idx(self, index: int) -> np.ndarray:
        """The label map ``(H, W)`` of page ``index``, drawn from its lines."""
        name = osp.join(self.img_dir or '', self.img_infos[index]['filename'])
        label = np.zeros(read_head(self.file_client.get(name), name).size, np.uint8)
        lines = self.get_lines_by_idx(index)
        for line in sorted(lines, key=lambda line: not line.ignored):
            cv2.fillPoly(label, [line.points.astype(np.int32)],
                         self.ignore_index if line.ignored else 1)
        return label


@DATASETS.register_module()
class TextLineDataset(_LineDataset):
    """Pages of ``img_dir`` with files of text lines in ``ann_dir``.

    Args:
        pipeline: Transforms of a page; ``LoadTextAnnotations`` hands its lines on.
        img_dir: Folder of the images.
        ann_dir: Folder of the annotation files.
        form: Which they are: ``'icdar2015'``, ``'totaltext'``, ``'ctw1500'``, ``'td500'``,
            ``'page'`` (PAGE-XML), ``'alto'`` or ``'json'``.
        **kwargs: See :class:`~mmseg.datasets.CustomDataset`. ``img_suffix`` may be several, as a
            tuple.

    Raises:
        InputError: An unknown ``form``, a folder or annotation file that is not there, or a file
            of another kind.
    """

    def __init__(self, pipeline: Sequence[Any], img_dir: str, ann_dir: str,
                 form: str = 'icdar2015', img_suffix: Any = ('.jpg', '.png', '.jpeg', '.JPG'),
                 **kwargs: Any) -> None:
        if form not in FORMATS:
            raise InputError(f"form is one of {', '.join(FORMATS)}, got {form!r}"
                             f'{nearest(str(form), FORMATS)}')
        self.form = FORMATS[form]
        super().__init__(pipeline, img_dir, ann_dir=ann_dir, img_suffix=img_suffix, **kwargs)

    def load_annotations(self, img_dir: str, img_suffix: Any, ann_dir: str | None,
                         seg_map_suffix: str, split: str | None) -> list[Results]:
        """One dict a page: ``filename``, and ``ann`` with its ``lines``.

        Raises:
            InputError: Annotations are missing or cannot be read.
        """
        assert ann_dir is not None
        suffixes = (img_suffix,) if isinstance(img_suffix, str) else tuple(img_suffix)
        check_folder(img_dir, 'img_dir', self.file_client)
        check_folder(ann_dir, 'ann_dir', self.file_client)
        images = find_images(img_dir, suffixes, self.file_client)
        if split is not None:
            wanted = set(read_split(split, suffixes[0], self.file_client_args))
            images = [image for image in images if osp.splitext(image)[0] in wanted]
        infos: list[Results] = []
        problems: dict[str, list[str]] = {}
        without: list[str] = []
        for image in images:
            found = self._read(ann_dir, osp.splitext(image)[0])
            if found is None:
                without.append(image)
                continue
            lines, wrong = found
            if wrong:
                problems[image] = wrong
            infos.append(dict(filename=image, ann=dict(lines=lines)))
        if without:
            raise InputError(f'{ann_dir} has no annotation for {plural(len(without), "image")} (of '
                             f'{len(images)}): {examples(without)}; their files would be called '
                             f'{" or ".join(self.form.names).format(*["<page>"] * 3)}')
        self._report(problems)
        self._log(infos)
        return infos

    def _read(self, ann_dir: str, stem: str) -> LineFile | None:
        """The lines of a page; None where it has no file."""
        folder, name = osp.split(stem)
        for pattern in self.form.names:
            path = osp.join(ann_dir, folder, pattern.format(name))
            if self.file_client.exists(path):
                return self.form.read(self.file_client.get(path), path)
        return None


@DATASETS.register_module()
class IcdarDataset(_LineDataset):
    """Pages whose text lines are in one file in COCO's form, as mmocr 0.x converts public sets.

    Args:
        ann_file: The file: ``images``, and ``annotations`` with ``segmentation`` or ``bbox``;
            ``iscrowd`` marks what is ignored.
        pipeline: Transforms of a page.
        img_prefix: Folder of the images.
        select_first_k: Take only so many pages; -1 takes all.
        ann_file_backend: Only ``'disk'``.
        filter_empty_gt: Accepted; pages without lines are learnt from too.
        seg_prefix: Accepted.
        proposal_file: Accepted.
        **kwargs: See :class:`~mmseg.datasets.CustomDataset`.

    Raises:
        InputError: The file does not exist or is not such JSON, or another ``ann_file_backend``.
    """

    def __init__(self, ann_file: str, pipeline: Sequence[Any], img_prefix: str = '',
                 select_first_k: int = -1, ann_file_backend: str = 'disk',
                 filter_empty_gt: bool = True, seg_prefix: str | None = None,
                 proposal_file: str | None = None, **kwargs: Any) -> None:
        if ann_file_backend != 'disk':
            raise InputError(f"IcdarDataset reads ann_file with ann_file_backend='disk', got "
                             f"{ann_file_backend!r}; other places are read with file_client_args")
        self.ann_file, self.select_first_k = ann_file, select_first_k
        super().__init__(pipeline, img_prefix, **kwargs)

    def load_annotations(self, *args: Any) -> list[Results]:
        """One dict a page: ``filename``, and ``ann`` with its ``lines``.

        Raises:
            InputError: Annotations are missing or cannot be read.
        """
        path = self._under_root(self.ann_file)
        try:
            found = json.loads(self.file_client.get(path))
            images, annotations = list(found['images']), list(found['annotations'])
            entries: dict[Any, list[Any]] = {image['id']: [] for image in images}
            for item in annotations:
                entries[item['image_id']].append(
                    (_outline(item), dict(ignored=bool(item.get('iscrowd', 0)))))
            named = [(str(image['file_name']), entries[image['id']]) for image in images]
        except OSError as error:
            raise InputError(f'{path} cannot be read: {error.strerror or error}') from error
        except FAULTS as error:
            raise InputError(f'{path} is not JSON in COCO\'s format with images and annotations '
                             f'({type(error).__name__}: {error})') from error
        infos, problems = [], {}
        for name, items in named[:None if self.select_first_k < 0 else self.select_first_k]:
            lines, wrong = collect_lines(items)
            if wrong:
                problems[name] = wrong
            infos.append(dict(filename=name, ann=dict(lines=lines)))
        self._report(problems)
        self._log(infos)
        return infos


def _outline(item: Mapping[str, Any]) -> Any:
    """The corners of an annotation in COCO's form."""
    polygons = item.get('segmentation')
    if polygons:
        return polygons[0]
    left, top, width, height = item['bbox']
    right, bottom = left + width, top + height
    return [left, top, right, top, right, bottom, left, bottom]


@DATASETS.register_module()
class UniformConcatDataset(ConcatDataset):
    """Several data sets one after the other, with one pipeline for those that have none.

    Args:
        datasets: Their configs.
        separate_eval: Whether each is evaluated by itself.
        pipeline: The transforms, as of mmocr's configs.
        force_apply: Whether the pipeline takes the place of those that data sets have.
        **kwargs: Further arguments of each data set.
    """

    def __init__(self, datasets: Sequence[Mapping[str, Any]], separate_eval: bool = True,
                 pipeline: Sequence[Any] | None = None, force_apply: bool = False,
                 **kwargs: Any) -> None:
        from .builder import build_dataset
        built = []
        for part in datasets:
            config = dict(part, **kwargs)
            if pipeline is not None and (force_apply or config.get('pipeline') is None):
                config['pipeline'] = pipeline
            built.append(build_dataset(config))
        super().__init__(built, separate_eval)
