"""Transforms that read a page's image and its label map from files."""
from __future__ import annotations

import os.path as osp
from collections.abc import Mapping
from typing import Any

import cv2
import mmcv
import numpy as np

from mmseg.utils.errors import InputError
from mmseg.utils.pictures import (
    Decoder,
    UnknownFormatError,
    check_before_decoding,
    decode_picture,
    open_picture,
    stored_values,
)

from ..builder import PIPELINES

Results = dict[str, Any]

_DISK = dict(backend='disk')
_VOID = 255
_SHOWN = 8
# What a data set says of a page that it knows to have no label map.
NO_LABEL_MAP: dict[str, Any] = dict(seg_map=None)


class _Reader:
    """Files as bytes from where ``file_client_args`` says; connects at the first file."""

    def __init__(self, file_client_args: Mapping[str, Any]) -> None:
        self.args = dict(file_client_args)
        self.client: mmcv.FileClient | None = None

    def __call__(self, filename: str, of_dataset: Mapping[str, Any] | None = None) -> bytes:
        """The file's bytes; ``of_dataset`` says where files are if this reader was told nothing."""
        if self.client is None:
            args = of_dataset if of_dataset is not None and self.args == _DISK else self.args
            self.client = mmcv.FileClient(**args)
        try:
            return self.client.get(filename)
        except OSError as error:
            raise InputError(f'{filename} cannot be read: {error.strerror or error}') from error


def _join(prefix: str | None, name: str) -> str:
    return name if prefix is None else osp.join(prefix, name)


@PIPELINES.register_module()
class LoadImageFromFile:
    """The page's image, ``(H, W, 3)`` uint8 in BGR order unless told otherwise.

    Transparent pictures lie on white paper and those of more than 8 bits are scaled to 8, as
    everywhere in this project; ``color_type='unchanged'`` takes the numbers as they are stored.

    Reads ``img_prefix`` and ``img_info['filename']``; writes img, filename, ori_filename,
    img_shape, ori_shape, pad_shape, scale_factor and img_norm_cfg.

    Args:
        to_float32: Whether the image comes as float32.
        color_type: How mmcv decodes: 'color', 'grayscale', 'unchanged', ...
        file_client_args: How files are read, by mmcv's FileClient; by default where the data set
            says.
        imdecode_backend: Who decodes: 'cv2', 'pillow', 'turbojpeg' or 'tifffile'.
    """

    def __init__(self, to_float32: bool = False, color_type: str = 'color',
                 file_client_args: Mapping[str, Any] = _DISK,
                 imdecode_backend: str = 'cv2') -> None:
        self.to_float32 = to_float32
        self.color_type = color_type
        self.file_client_args = dict(file_client_args)
        self.imdecode_backend = imdecode_backend
        self._read = _Reader(file_client_args)

    def __call__(self, results: Results) -> Results:
        """Load.

        Raises:
            InputError: The file cannot be read, is cut off, or is not an image.
        """
        name = results['img_info']['filename']
        filename = _join(results.get('img_prefix'), name)
        img = self.decode(self._read(filename, results.get('file_client_args')), filename)
        channels = 1 if img.ndim == 2 else img.shape[2]
        results.update(
            filename=filename, ori_filename=name,
            img=img.astype(np.float32) if self.to_float32 else img,
            img_shape=img.shape, ori_shape=img.shape, pad_shape=img.shape, scale_factor=1.0,
            img_norm_cfg=dict(mean=np.zeros(channels, dtype=np.float32),
                              std=np.ones(channels, dtype=np.float32), to_rgb=False))
        return results

    def decode(self, content: bytes, filename: str) -> np.ndarray:
        """The pixels: what the backend makes of ordinary pictures, and of others
        :mod:`mmseg.utils.pictures`, as inference and the converters do.

        Raises:
            InputError: See :meth:`__call__`.
        """
        def by_backend(content: bytes) -> np.ndarray | None:
            return mmcv.imfrombytes(content, flag=self.color_type, backend=self.imdecode_backend)

        if _looks_cut(content):
            _check_whole(content, filename)
        kind, _, ignore = self.color_type.partition('_')
        if kind not in ('color', 'grayscale') or self.imdecode_backend == 'tifffile':
            return self._as_stored(content, filename, by_backend)
        ordinary = self.color_type == 'color' and self.imdecode_backend == 'cv2'
        try:
            img = decode_picture(content, filename, None if ordinary else by_backend,
                                 upright=not ignore)
        except UnknownFormatError:
            return self._as_stored(content, filename, by_backend)
        if kind == 'grayscale' and img.ndim == 3:
            img = cv2.cvtColor(img, cv2.COLOR_BGR2GRAY)
        return img

    @staticmethod
    def _as_stored(content: bytes, filename: str, decode: Decoder) -> np.ndarray:
        """What the backend gives, in formats that only it knows and for numbers as they are."""
        check_before_decoding(content, filename)
        try:
            img = decode(content)
        except (OSError, cv2.error) as error:
            raise InputError(f'{filename} cannot be read as an image: {error}') from error
        if img is None:
            raise InputError(f'{filename} cannot be read as an image; is it damaged, or of '
                             'another kind than its suffix says?')
        return img

    def __repr__(self) -> str:
        return (f"{type(self).__name__}(to_float32={self.to_float32},"
                f"color_type='{self.color_type}',imdecode_backend='{self.imdecode_backend}')")


def _looks_cut(content: bytes) -> bool:
    """Whether a JPEG or PNG does not end as it should; OpenCV fills such images up with grey."""
    if content.startswith(b'\xff\xd8'):
        return b'\xff\xd9' not in content[-64:]
    return content.startswith(b'\x89PNG') and b'IEND' not in content[-64:]


def _check_whole(content: bytes, filename: str) -> None:
    """Raise InputError if the image ends too early; bytes after its end are allowed."""
    try:
        with open_picture(content, filename) as img:
            img.load()
    except InputError:
        raise
    except Exception as error:  # damaged files raise OSError, SyntaxError, struct.error ...
        raise InputError(f'{filename} is cut off or damaged ({error}); copy it again or take it '
                         'out of the split') from error


@PIPELINES.register_module()
class LoadAnnotations:
    """The page's label map, ``(H, W)`` uint8.

    Reads ``seg_prefix`` and ``ann_info['seg_map']``; writes gt_semantic_seg and adds it to
    seg_fields. One look-up table turns the file's values into labels: ``reduce_zero_label``
    first, then ``label_map`` (a negative label there is a class left out). Values that are neither
    a label nor to be ignored are an error, if the data set gives its ``num_classes``. Of a page
    that is known to have no label map, all pixels are ignored, and ``unlabelled`` is True.

    Args:
        reduce_zero_label: Whether 0 is background to ignore, and 1 becomes 0 and so on. A data set
            with ``reduce_zero_label`` does it here too; it happens once either way.
        file_client_args: How files are read, by mmcv's FileClient; by default where the data set
            says.
        imdecode_backend: Who decodes; pillow gives the indices of palette PNGs.
    """

    def __init__(self, reduce_zero_label: bool = False,
                 file_client_args: Mapping[str, Any] = _DISK,
                 imdecode_backend: str = 'pillow') -> None:
        self.reduce_zero_label = reduce_zero_label
        self.file_client_args = dict(file_client_args)
        self.imdecode_backend = imdecode_backend
        self._read = _Reader(file_client_args)

    def __call__(self, results: Results) -> Results:
        """Load.

        Raises:
            InputError: The file cannot be read, is not a map of single values, has another size
                than the image, or has values outside the classes.
        """
        if 'ann_info' not in results:
            raise InputError('LoadAnnotations needs a label map, but the page '
                             f"{results.get('filename', '')} comes without one: does the data set "
                             'have ann_dir, and is this not a test pipeline?')
        if results['ann_info'].get('seg_map', '') is None:
            results['gt_semantic_seg'] = np.full(
                results['img'].shape[:2], results.get('ignore_index', _VOID), np.uint8)
            results.setdefault('seg_fields', []).append('gt_semantic_seg')
            return dict(results, unlabelled=True)
        filename = _join(results.get('seg_prefix'), results['ann_info']['seg_map'])
        label = self._decode(self._read(filename, results.get('file_client_args')), filename)
        if 'img' in results and results['img'].shape[:2] != label.shape:
            raise InputError(
                f'{filename} is {_size(label)} pixels but its image '
                f'{results.get("filename", "")} is {_size(results["img"])}; both must have the '
                'same size')
        results['gt_semantic_seg'] = self._relabel(label, results, filename)
        results.setdefault('seg_fields', []).append('gt_semantic_seg')
        return results

    def _decode(self, content: bytes, filename: str) -> np.ndarray:
        try:
            if self.imdecode_backend == 'pillow':
                label, _ = stored_values(content, filename)
            else:
                check_before_decoding(content, filename)
                label = mmcv.imfrombytes(content, flag='unchanged',
                                         backend=self.imdecode_backend)
        except InputError as error:
            why = str(error).removeprefix(f'{filename} cannot be read as a picture: ')
            raise InputError(f'{filename} cannot be read as a label map: {why}') from error
        except (OSError, SyntaxError, cv2.error) as error:
            raise InputError(f'{filename} cannot be read as a label map: {error}') from error
        if label is None:
            raise InputError(f'{filename} cannot be read as a label map')
        if label.ndim == 3 and label.shape[2] == 1:
            label = label[..., 0]
        if label.ndim != 2:
            raise InputError(
                f'{filename} has {label.shape[-1]} channels, but a label map holds one class index '
                'per pixel (a grey or palette PNG); convert its colours to indices')
        if label.dtype != np.uint8:
            if label.max(initial=0) > _VOID or label.min(initial=0) < 0:
                raise InputError(f'{filename} has values from {label.min()} to {label.max()}, '
                                 'but labels lie in [0, 255]')
            label = label.astype(np.uint8)
        return label

    def _relabel(self, label: np.ndarray, results: Results, filename: str) -> np.ndarray:
        """Labels of the file's values; checked against the classes of the data set."""
        ignore = results.get('ignore_index', _VOID)
        reduce = self.reduce_zero_label or results.get('reduce_zero_label', False)
        label_map = results.get('label_map')
        if reduce or label_map:
            label = np.take(label_table(reduce, label_map, ignore), label)
        num_classes = results.get('num_classes')
        if num_classes is not None and _has_stray(label, num_classes, ignore):
            raise InputError(_stray_sentence(label, num_classes, ignore, filename))
        return label

    def __repr__(self) -> str:
        return (f"{type(self).__name__}(reduce_zero_label={self.reduce_zero_label},"
                f"imdecode_backend='{self.imdecode_backend}')")


def _size(array: np.ndarray) -> str:
    return f'{array.shape[1]}x{array.shape[0]}'


def label_table(reduce: bool, label_map: Mapping[int, int] | None, ignore: int) -> np.ndarray:
    """``(256,)``, uint8: the label of each value a file can hold."""
    table = np.arange(256)
    if reduce:
        table -= 1
        table[[0, _VOID, ignore]] = ignore
    if label_map:
        of_class = np.arange(256)
        for old, new in label_map.items():
            of_class[old] = new if new >= 0 else ignore
        # a void pixel stays void, even where that number is a class's as well
        table = np.where(table == ignore, ignore, of_class[table])
    return table.astype(np.uint8)


def _has_stray(label: np.ndarray, num_classes: int, ignore: int) -> bool:
    """Whether any value is neither a label nor to be ignored."""
    if ignore == _VOID:
        # 255 wraps to 0, so that the largest value says it all
        return label.size > 0 and int((label + np.uint8(1)).max()) > num_classes
    return bool(((label >= num_classes) & (label != ignore)).any())


def _stray_sentence(label: np.ndarray, num_classes: int, ignore: int, filename: str) -> str:
    counts = np.bincount(label.ravel(), minlength=256)
    counts[:num_classes] = 0
    if 0 <= ignore <= _VOID:
        counts[ignore] = 0
    values = np.flatnonzero(counts)
    shown = ', '.join(f'{value} ({counts[value]} pixels)' for value in values[:_SHOWN])
    more = f' and {len(values) - _SHOWN} more values' if len(values) > _SHOWN else ''
    return (f'{filename} has values outside the {num_classes} classes: {shown}{more}; expected 0 '
            f'to {num_classes - 1}, or {ignore} to ignore a pixel')
