"""Transforms that make tensors of a page and pick what goes into a batch."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import mmcv
import numpy as np
import torch
from mmcv.parallel import DataContainer

from mmseg.utils.errors import InputError, nearest

from ..builder import PIPELINES

Results = dict[str, Any]

META_KEYS = ('filename', 'ori_filename', 'ori_shape', 'img_shape', 'pad_shape', 'scale_factor',
             'flip', 'flip_direction', 'img_norm_cfg', 'view_scale', 'cls_label', 'unlabelled',
             'grey_page')
# collected wherever a page has them, even where a config lists its meta keys
_WHERE_THERE = ('view_scale', 'cls_label', 'unlabelled', 'grey_page')
# what DBNetTargets draws
LINE_TARGETS = ('gt_shrink', 'gt_shrink_mask', 'gt_thr', 'gt_thr_mask')
# of a page that went through no RandomFlip
_UNFLIPPED = dict(flip=False, flip_direction=None)


def to_tensor(data: Any) -> torch.Tensor:
    """``data`` as a tensor: a tensor, an array, a sequence of numbers, an int or a float.

    A number becomes a tensor of shape ``(1,)``; other shapes are kept.

    Raises:
        TypeError: Anything else.
    """
    if isinstance(data, torch.Tensor):
        return data
    if isinstance(data, np.ndarray):
        return torch.from_numpy(data)
    if isinstance(data, int):
        return torch.LongTensor([data])
    if isinstance(data, float):
        return torch.FloatTensor([data])
    if isinstance(data, Sequence) and not mmcv.is_str(data):
        return torch.tensor(data)
    raise TypeError(f'{type(data).__name__} cannot become a tensor')


def _channels_first(img: np.ndarray) -> torch.Tensor:
    """``(C, H, W)`` from ``(H, W, C)`` or ``(H, W)``, its planes one after the other."""
    img = img[..., None] if img.ndim == 2 else img
    return torch.from_numpy(np.ascontiguousarray(img.transpose(2, 0, 1)))


class _PerKey:
    """A transform of each of the ``keys`` of the results."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = keys

    def __repr__(self) -> str:
        return f'{type(self).__name__}(keys={self.keys})'


@PIPELINES.register_module()
class ToTensor(_PerKey):
    """The values of some keys as tensors.

    Args:
        keys: Which.
    """

    def __call__(self, results: Results) -> Results:
        """Convert; shapes stay."""
        for key in self.keys:
            results[key] = to_tensor(results[key])
        return results


@PIPELINES.register_module()
class ImageToTensor(_PerKey):
    """Images ``(H, W, C)`` or ``(H, W)`` as tensors ``(C, H, W)``.

    Args:
        keys: Which.
    """

    def __call__(self, results: Results) -> Results:
        """Convert."""
        for key in self.keys:
            results[key] = _channels_first(results[key])
        return results


@PIPELINES.register_module()
class ToHalf(_PerKey):
    """The values of some keys in float16.

    Args:
        keys: Which.
    """

    def __call__(self, results: Results) -> Results:
        """Convert tensors and arrays; shapes stay."""
        for key in self.keys:
            value = results[key]
            results[key] = (value.half() if isinstance(value, torch.Tensor)
                            else value.astype(np.float16))
        return results


@PIPELINES.register_module()
class Transpose(_PerKey):
    """The arrays of some keys with their axes in another order.

    Args:
        keys: Which.
        order: The axes, as numpy's transpose takes them.
    """

    def __init__(self, keys: Sequence[str], order: Sequence[int]) -> None:
        super().__init__(keys)
        self.order = order

    def __call__(self, results: Results) -> Results:
        """Transpose."""
        for key in self.keys:
            results[key] = results[key].transpose(self.order)
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(keys={self.keys}, order={self.order})'


@PIPELINES.register_module()
class ToDataContainer:
    """The values of some keys in mmcv's DataContainer, which tells how a batch is made of them.

    Args:
        fields: Dicts with ``key`` and the arguments of DataContainer.
    """

    def __init__(self, fields: Sequence[Mapping[str, Any]] = (
            dict(key='img', stack=True), dict(key='gt_semantic_seg'))) -> None:
        self.fields = fields

    def __call__(self, results: Results) -> Results:
        """Wrap."""
        for field in self.fields:
            args = dict(field)
            key = args.pop('key')
            results[key] = DataContainer(results[key], **args)
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(fields={self.fields})'


@PIPELINES.register_module()
class DefaultFormatBundle:
    """Image and label map as they enter a training batch.

    ``img`` becomes a tensor ``(C, H, W)`` and ``gt_semantic_seg`` an int64 tensor ``(1, H, W)``,
    both in DataContainers that stack; so do the targets of a line head, ``(1, H, W)``. Where pages
    of different size meet in a batch, images and targets of lines are filled up with 0 and label
    maps with the index to ignore.
    """

    def __call__(self, results: Results) -> Results:
        """Format what is there of the two."""
        if 'img' in results:
            results['img'] = DataContainer(_channels_first(results['img']), stack=True)
        if 'gt_semantic_seg' in results:
            label = results['gt_semantic_seg'][None].astype(np.int64)
            results['gt_semantic_seg'] = DataContainer(
                torch.from_numpy(label), stack=True, padding_value=results.get('ignore_index', 255))
        for key in LINE_TARGETS:
            if key in results:
                results[key] = DataContainer(torch.from_numpy(results[key][None]), stack=True)
        return results

    def __repr__(self) -> str:
        return type(self).__name__


@PIPELINES.register_module()
class KeepPage:
    """Keep the page as it is now, grey, as ``grey_page`` (H, W) uint8 of ``img_metas``.

    For ``test_cfg.ruling_lines``, which needs it at its own size: put the transform after
    ``LoadImageFromFile`` in the test pipeline.
    """

    def __call__(self, results: Results) -> Results:
        """Keep.

        Raises:
            InputError: The image has neither one nor three channels.
        """
        page = np.clip(results['img'], 0, 255).astype(np.uint8, copy=False)
        if page.ndim == 3 and page.shape[2] not in (1, 3):
            raise InputError('KeepPage takes images of one or three channels, got '
                             f'{page.shape[2]}')
        if page.ndim == 3:
            page = page[..., 0] if page.shape[2] == 1 else cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
        results['grey_page'] = page
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}()'


@PIPELINES.register_module()
class Collect:
    """Only what the model takes: some keys, and ``img_metas`` with the page's particulars.

    Args:
        keys: Keys to pass on as they are.
        meta_keys: Keys that go into ``img_metas``. ``view_scale``, ``cls_label``,
            ``unlabelled`` and ``grey_page`` go there whenever a page has them.
    """

    def __init__(self, keys: Sequence[str], meta_keys: Sequence[str] = META_KEYS) -> None:
        self.keys = keys
        self.meta_keys = meta_keys

    def __call__(self, results: Results) -> Results:
        """Pick.

        Raises:
            InputError: No transform has written one of the keys.
        """
        results = {**_UNFLIPPED, **results}
        wanted = [key for key in self.meta_keys if key not in _WHERE_THERE]
        for key in (*self.keys, *wanted):
            if key not in results:
                raise InputError(f"Collect wants '{key}', which no transform before it wrote"
                                 f'{nearest(key, results)}; for an image without it, take it out '
                                 'of keys or meta_keys')
        metas = {key: results[key] for key in (*wanted, *_WHERE_THERE) if key in results}
        collected: Results = {'img_metas': DataContainer(metas, cpu_only=True)}
        collected.update((key, results[key]) for key in self.keys)
        return collected

    def __repr__(self) -> str:
        return f'{type(self).__name__}(keys={self.keys}, meta_keys={self.meta_keys})'
