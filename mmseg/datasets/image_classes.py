"""Data sets of classified images, by the names that configs of MMClassification have."""
from __future__ import annotations

import os.path as osp
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from mmseg.utils.errors import InputError
from mmseg.utils.matlab import demand_scipy, read_mat
from mmseg.utils.pickles import read_pickle
from mmseg.utils.sandbox import run_limited

from .builder import DATASETS
from .files import read_split
from .page_types import PageTypeDataset


@DATASETS.register_module()
class ImageNet21k(PageTypeDataset):
    """Folders of images, or a list of them; see :class:`PageTypeDataset`.

    Args:
        data_prefix: Folder of the images.
        serialize_data: Accepted; names and labels never take much memory here.
        recursion_subdir: Images are found in folders below a class's folder, so only True.
        **kwargs: See :class:`PageTypeDataset`.

    Raises:
        InputError: ``recursion_subdir`` is False, or see :class:`PageTypeDataset`.
    """

    def __init__(self, data_prefix: str, serialize_data: bool = True,
                 recursion_subdir: bool = True, **kwargs: Any) -> None:
        if not recursion_subdir:
            raise InputError('ImageNet21k finds images in folders below those of the classes too; '
                             'leave recursion_subdir out')
        super().__init__(data_prefix, **kwargs)

    def _named_classes(self, raw: Mapping[str, Any]) -> tuple[str, ...]:
        numbers = [int(label) for label in raw.values() if str(label).isdigit()]
        if len(numbers) < len(raw):
            return super()._named_classes(raw)
        return tuple(str(number) for number in range(max(numbers) + 1))


@DATASETS.register_module()
class CUB(PageTypeDataset):
    """Birds of CUB-200-2011, as its archive has them.

    Classes are called as the folders of the images, without their numbers.

    Args:
        data_prefix: Folder of the images.
        ann_file: ``images.txt``, numbers and paths of the images.
        image_class_labels_file: ``image_class_labels.txt``, numbers of images and classes.
        train_test_split_file: ``train_test_split.txt``, numbers of images, and 1 for training.
        test_mode: Whether to take the images that are not for training.
        **kwargs: See :class:`PageTypeDataset`.

    Raises:
        InputError: A file is not there, or the three name different images.
    """

    def __init__(self, data_prefix: str, ann_file: str, image_class_labels_file: str,
                 train_test_split_file: str, test_mode: bool = False, **kwargs: Any) -> None:
        self._tables = image_class_labels_file, train_test_split_file
        super().__init__(data_prefix, ann_file=ann_file, test_mode=test_mode, **kwargs)

    def _of_list(self, file: str) -> dict[str, Any]:
        """Path of each image of this part -> the number of its class."""
        paths = self._read_numbered(file)
        labels, training = (self._read_numbered(self._under_root(table)) for table in self._tables)
        if not paths.keys() == labels.keys() == training.keys():
            raise InputError(f'{file}, {" and ".join(self._tables)} must name the same images; '
                             f'they name {len(paths)}, {len(labels)} and {len(training)}')
        if self.CLASSES is None:
            folders = {labels[number]: path.partition('/')[0] for number, path in paths.items()}
            self.CLASSES = tuple(folders[number].partition('.')[2] or folders[number]
                                 for number in sorted(folders, key=int))
        found = {path: int(labels[number]) - 1 for number, path in paths.items()
                 if (training[number] == '1') != self.test_mode}
        self._check_files(list(found), file)
        return found

    def _read_numbered(self, file: str) -> dict[str, str]:
        """The number at the start of each line -> the rest of it."""
        lines = [line.partition(' ') for line in read_split(file, '', self.file_client_args)]
        wrong = [number for number, _, rest in lines if not number.isdigit() or not rest]
        if wrong:
            raise InputError(f"{file} has a line that starts with '{wrong[0]}'; expected a number "
                             'and what belongs to it on each line')
        return {number: rest.strip() for number, _, rest in lines}


@DATASETS.register_module()
class StanfordCars(PageTypeDataset):
    """Cars of Stanford Cars, as its archives have them; needs SciPy.

    Args:
        data_prefix: Folder with ``cars_train``, ``cars_test`` and ``devkit``.
        test_mode: Whether to take the images for testing.
        ann_file: The ``.mat`` file of labels; by default that of ``devkit``.
        **kwargs: See :class:`PageTypeDataset`.

    Raises:
        InputError: A file is not there or not readable, or SciPy is not installed.
    """

    def __init__(self, data_prefix: str, test_mode: bool, ann_file: str | None = None,
                 **kwargs: Any) -> None:
        demand_scipy('Stanford Cars')
        self._devkit = osp.join(data_prefix, 'devkit')
        part, labels = (('cars_test', 'cars_test_annos_withlabels.mat') if test_mode else
                        ('cars_train', 'cars_train_annos.mat'))
        super().__init__(osp.join(data_prefix, part), test_mode=test_mode,
                         ann_file=ann_file or osp.join(self._devkit, labels), **kwargs)

    def _of_list(self, file: str) -> dict[str, Any]:
        """Path of each image -> the number of its class."""
        rows = np.atleast_1d(self._read(file, 'annotations'))  # a single one is not a list
        if not all(isinstance(row, dict) and {'fname', 'class'} <= row.keys() for row in rows):
            raise InputError(f"{file}: expected 'annotations' to have 'fname' and 'class'")
        found = {str(row['fname']): int(row['class']) - 1 for row in rows}
        self._check_files(list(found), file)
        if self.CLASSES is None:
            meta = self._under_root(osp.join(self._devkit, 'cars_meta.mat'))
            self.CLASSES = tuple(map(str, np.atleast_1d(self._read(meta, 'class_names'))))
        return found

    def _read(self, file: str, name: str) -> Any:
        try:
            content = self.file_client.get(file)
        except OSError as error:
            raise InputError(f'{file} cannot be read: {error.strerror or error}') from error
        # damaged files can crash SciPy
        return run_limited(read_mat, content, name, file, True, what=file)


@DATASETS.register_module()
class CIFAR10(PageTypeDataset):
    """Images of CIFAR-10, ``(32, 32, 3)`` in RGB, as its archive for Python has them.

    Pipelines begin without ``LoadImageFromFile``. Files are read without running what may be in
    them.

    Args:
        data_prefix: Folder with that of the archive, ``cifar-10-batches-py``.
        **kwargs: See :class:`PageTypeDataset`; ``test_mode`` takes the images for testing.

    Raises:
        InputError: A file is not there, or does not hold images and labels.
    """

    FOLDER: ClassVar[str] = 'cifar-10-batches-py'
    ARCHIVE: ClassVar[str] = 'https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz'
    PARTS: ClassVar[tuple[tuple[str, ...], tuple[str, ...]]] = (
        tuple(f'data_batch_{number}' for number in range(1, 6)), ('test_batch', ))
    META: ClassVar[tuple[str, str]] = 'batches.meta', 'label_names'
    LABELS: ClassVar[str] = 'labels'

    def load_annotations(self) -> None:
        """Read the images and their labels.

        Raises:
            InputError: A file holds something else, or labels outside the classes.
        """
        parts = [self._read(name) for name in self.PARTS[self.test_mode]]
        images = [np.asarray(part.get('data')) for part in parts]
        labels = [np.asarray(part.get(self.LABELS)) for part in parts]
        if not all(label.ndim == 1 and label.dtype.kind in 'iu' and data.dtype == np.uint8
                   and data.shape == (len(label), 3 * 32 * 32)
                   for data, label in zip(images, labels)):
            raise InputError(f'{osp.join(self.data_prefix, self.FOLDER)} does not hold images of '
                             f"32 x 32 pixels under 'data' and numbers under '{self.LABELS}'; "
                             f'unpack {self.ARCHIVE} there again')
        self._images = np.concatenate(images).reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        self._labels = np.concatenate(labels).astype(np.int64)
        if self.CLASSES is None:
            self.CLASSES = tuple(map(str, self._read(self.META[0]).get(self.META[1], ())))
        if not 0 <= self._labels.min() <= self._labels.max() < len(self.CLASSES):
            raise InputError(f'{self.data_prefix} has labels from {self._labels.min()} to '
                             f'{self._labels.max()}; expected 0 to {len(self.CLASSES) - 1}')

    def _read(self, name: str) -> dict[str, Any]:
        file = osp.join(self.data_prefix, self.FOLDER, name)
        if not osp.isfile(file):
            raise InputError(f'{file} is not there: unpack {self.ARCHIVE} in {self.data_prefix}')
        content = read_pickle(file, encoding='latin1')
        if not isinstance(content, dict):
            raise InputError(f'{file} holds a {type(content).__name__}; expected a dict')
        return content

    def _info(self, index: int) -> dict[str, Any]:
        image, name = np.ascontiguousarray(self._images[index]), f'{index}'
        return dict(
            img_prefix=self.data_prefix, img_info=dict(filename=name), filename=name,
            ori_filename=name, img=image, img_shape=image.shape, ori_shape=image.shape,
            pad_shape=image.shape, scale_factor=1.0,
            img_norm_cfg=dict(mean=np.zeros(3, np.float32), std=np.ones(3, np.float32),
                              to_rgb=False),
            gt_label=np.array(self._labels[index], dtype=np.int64))


@DATASETS.register_module()
class CIFAR100(CIFAR10):
    """Images of CIFAR-100 with its 100 classes; see :class:`CIFAR10`."""

    FOLDER = 'cifar-100-python'
    ARCHIVE = 'https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz'
    PARTS = ('train', ), ('test', )
    META = 'meta', 'fine_label_names'
    LABELS = 'fine_labels'
