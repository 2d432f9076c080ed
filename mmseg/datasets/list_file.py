"""Pages named by a list of image and label files, as HRNet's repository has them."""
from __future__ import annotations

import os.path as osp
from collections.abc import Sequence
from typing import Any

from mmcv.utils import print_log

from mmseg.utils.errors import InputError, plural
from mmseg.utils.logger import get_root_logger

from .builder import DATASETS
from .custom import CustomDataset, Results
from .files import examples, missing, read_split
from .page_infos import PageInfos


@DATASETS.register_module()
class ListFileDataset(CustomDataset):
    """Pages of a ``.lst`` file: image and label map on a line, with a tab or blanks between.

    A list for a test may have only images. With ``data_root='data'``, ``img_dir='cityscapes'``,
    ``ann_dir='cityscapes'`` and ``split='list/cityscapes/train.lst'`` the folders are those of
    github.com/HRNet/HRNet-Semantic-Segmentation.

    Args:
        pipeline: Transforms of a page.
        split: The list.
        img_dir: Folder to which the images on the list are relative.
        ann_dir: Folder to which the label maps on the list are relative.
        label_ids: The value in the files of each class, in order; what is none of them is
            ignored. None where the values are the classes' numbers.
        more_columns: Whether a line may have more than two names, of which the first two count.
        **kwargs: See :class:`CustomDataset`.

    Raises:
        InputError: A line that is not as above, a file on it that is not there, or as many
            ``label_ids`` as there are no classes.
    """

    def __init__(self, pipeline: Sequence[Any], split: str, img_dir: str = '', ann_dir: str = '',
                 label_ids: Sequence[int] | None = None, more_columns: bool = False,
                 **kwargs: Any) -> None:
        self.more_columns = more_columns
        super().__init__(pipeline, img_dir=img_dir, ann_dir=ann_dir, split=split, **kwargs)
        if label_ids is not None:
            self.label_map = self._map_of_files(label_ids)

    def _map_of_files(self, label_ids: Sequence[int]) -> dict[int, int]:
        """The label of each value that a file can hold, -1 for none."""
        known = len(self.label_map or self.CLASSES or label_ids)
        if len(label_ids) != known:
            raise InputError(f'label_ids of {type(self).__name__} has {len(label_ids)} values for '
                             f'{known} classes; give the file value of each class')
        chosen = self.label_map or {number: number for number in range(known)}
        by_value = {value: chosen[number] for number, value in enumerate(label_ids)}
        return {value: by_value.get(value, -1) for value in range(256)}

    def load_annotations(self, img_dir: str, img_suffix: str, ann_dir: str | None,
                         seg_map_suffix: str, split: str | None) -> Sequence[Results]:
        """One dict a page: ``filename``, and ``ann`` with ``seg_map`` where the list has one.

        Raises:
            InputError: See the class.
        """
        assert split is not None and ann_dir is not None
        rows = [self._columns(line, split) for line in read_split(split, '', self.file_client_args)]
        bare = [row[0] for row in rows if len(row) == 1]
        if bare and not (self.test_mode and len(bare) == len(rows)):
            raise InputError(f'{split} names no label map for {examples(bare)}; expected image '
                             'and label map on each line, or in a test only an image')
        self._check_files(img_dir, [row[0] for row in rows], split, 'image')
        self._check_files(ann_dir, [row[1] for row in rows if len(row) > 1], split, 'label map')
        print_log(f'{type(self).__name__}: {plural(len(rows), "image")}', logger=get_root_logger())
        return PageInfos([row[0] for row in rows], None if bare else [row[1] for row in rows])

    def _columns(self, line: str, split: str) -> list[str]:
        """The one or two names on a line, which may hold blanks where a tab parts them."""
        names = [name.strip() for name in line.split('\t')] if '\t' in line else line.split()
        if self.more_columns:
            names = names[:2]
        if len(names) > 2 or not all(names):
            raise InputError(f"{split} has the line '{line}'; expected image and label map, with "
                             'one tab between where names hold blanks')
        return names

    def _check_files(self, folder: str, names: list[str], split: str, what: str) -> None:
        """Raise InputError where ``folder`` lacks some of ``names``."""
        lost = missing(folder or osp.curdir, names, self.file_client)
        if lost:
            raise InputError(f'{split} names {plural(len(lost), what)} (of {len(names)}) that '
                             f"{folder or 'this folder'} does not have: {examples(lost)}; see "
                             'data_root, img_dir and ann_dir')
