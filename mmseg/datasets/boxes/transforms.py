"""Transforms that move boxes with their image.

They have the names of MMDetection 2.x, several of which mean other transforms in segmentation; so
they are in a registry of their own, which data sets of boxes ask first.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from mmcv.parallel import DataContainer
from mmcv.utils import Registry

from mmseg.utils.errors import InputError, nearest
from mmseg.utils.registry import build_from_cfg

from ..builder import PIPELINES
from ..pipelines import Compose, DefaultFormatBundle, RandomFlip, Resize
from ..pipelines.geometry import flip

Results = dict[str, Any]
Size = tuple[int, int]


def _build(cfg: Mapping[str, Any], registry: Registry) -> Any:
    """Build a transform of boxes, or one of segmentation where that has another name."""
    kind = cfg.get('type')
    own = isinstance(kind, str) and kind.removeprefix('mmdet.') in registry.module_dict
    return build_from_cfg(dict(cfg), registry if own else PIPELINES)


BOX_PIPELINES = Registry('box pipeline', build_func=_build, scope='boxes')
_CROPS = ('absolute', 'absolute_range', 'relative', 'relative_range')


def clip(boxes: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """Corners ``(G, 4)`` moved into an image of (height, width)."""
    return boxes.clip(0, [size[1], size[0], size[1], size[0]]).astype(np.float32)


@BOX_PIPELINES.register_module('LoadAnnotations')
class LoadBoxes:
    """The page's boxes: ``gt_bboxes`` and ``gt_bboxes_ignore`` ``(G, 4)``, ``gt_labels`` ``(G,)``.

    Args:
        with_bbox: Whether to write boxes.
        with_label: Whether to write labels.
        with_mask, with_seg: Masks and label maps are not read here.
        **kwargs: What MMDetection takes for masks; without effect.

    Raises:
        InputError: Masks or label maps are asked for.
    """

    def __init__(self, with_bbox: bool = True, with_label: bool = True, with_mask: bool = False,
                 with_seg: bool = False, **kwargs: Any) -> None:
        if with_mask or with_seg:
            raise InputError('LoadAnnotations of a data set of boxes reads boxes and labels: leave '
                             'out with_mask and with_seg')
        self.with_bbox, self.with_label = with_bbox, with_label

    def __call__(self, results: Results) -> Results:
        """Write what the data set knows."""
        known = results['ann_info']
        if self.with_bbox:
            results['gt_bboxes'] = known['bboxes'].copy()
            results['gt_bboxes_ignore'] = known['bboxes_ignore'].copy()
            results['bbox_fields'] = ['gt_bboxes', 'gt_bboxes_ignore']
        if self.with_label:
            results['gt_labels'] = known['labels'].copy()
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(with_bbox={self.with_bbox}, '
                f'with_label={self.with_label})')


@BOX_PIPELINES.register_module('Resize')
class BoxResize(Resize):
    """Image and boxes at another size; see :class:`~mmseg.datasets.pipelines.Resize`.

    Args:
        img_scale, multiscale_mode, ratio_range, keep_ratio: As there.
        bbox_clip_border: Whether boxes are cut off at the borders of the image.
        override: Whether to draw a size where an earlier Resize has set one.
    """

    def __init__(self, img_scale: Any = None, multiscale_mode: str = 'range',
                 ratio_range: tuple[float, float] | None = None, keep_ratio: bool = True,
                 bbox_clip_border: bool = True, override: bool = False) -> None:
        super().__init__(img_scale, multiscale_mode, ratio_range, keep_ratio)
        self.bbox_clip_border, self.override = bbox_clip_border, override

    def __call__(self, results: Results, lazily: bool = False) -> Results:
        """Resize; writes scale, scale_factor, img_shape and pad_shape."""
        if self.override:
            results.pop('scale', None)
        results = super().__call__(results)
        for key in results.get('bbox_fields', ()):
            boxes = results[key] * results['scale_factor']
            results[key] = clip(boxes, results['img_shape']) if self.bbox_clip_border else boxes
        return results


@BOX_PIPELINES.register_module('RandomFlip')
class BoxRandomFlip:
    """Image and boxes mirrored, with a probability.

    Args:
        flip_ratio: Share of pages that are mirrored; None mirrors only where ``results`` say so. A
            list has a share for each direction.
        direction: 'horizontal' (left becomes right), 'vertical', 'diagonal' (both), or a list; of
            a list with a single share each is as likely.

    Raises:
        InputError: Another direction, or shares that are not in [0, 1] together.
    """

    def __init__(self, flip_ratio: float | Sequence[float] | None = None,
                 direction: str | Sequence[str] = 'horizontal') -> None:
        self.directions = [direction] if isinstance(direction, str) else list(direction)
        for name in self.directions:
            RandomFlip(None, name)  # says what is wrong with a direction
        many = len(self.directions)
        shares = ([float(flip_ratio or 0) / many] * many
                  if flip_ratio is None or isinstance(flip_ratio, (int, float))
                  else list(flip_ratio))
        if len(shares) != len(self.directions) or min(shares) < 0 or sum(shares) > 1 + 1e-9:
            raise InputError('flip_ratio of RandomFlip is a share in [0, 1], or one for each '
                             f'direction, got {flip_ratio} for {self.directions}')
        self.shares = shares

    def __call__(self, results: Results) -> Results:
        """Mirror; writes flip and flip_direction."""
        if 'flip' not in results:
            number = int(np.searchsorted(np.cumsum(self.shares), np.random.rand(), side='right'))
            results['flip'] = number < len(self.directions)
            if results['flip']:
                results['flip_direction'] = self.directions[number]
        direction = results.setdefault('flip_direction', self.directions[0])
        if results['flip']:
            results['img'] = flip(results['img'], direction)
            for key in results.get('bbox_fields', ()):
                results[key] = self.bbox_flip(results[key], results['img'].shape, direction)
        return results

    @staticmethod
    def bbox_flip(bboxes: np.ndarray, img_shape: Sequence[int], direction: str) -> np.ndarray:
        """Corners ``(..., 4)`` as they are in the mirrored image of (height, width)."""
        left, top, right, bottom = np.moveaxis(bboxes, -1, 0)
        if direction != 'vertical':
            left, right = img_shape[1] - right, img_shape[1] - left
        if direction != 'horizontal':
            top, bottom = img_shape[0] - bottom, img_shape[0] - top
        return np.stack([left, top, right, bottom], axis=-1)

    def __repr__(self) -> str:
        return f'{type(self).__name__}(directions={self.directions}, shares={self.shares})'


@BOX_PIPELINES.register_module('RandomCrop')
class BoxRandomCrop:
    """A random window of the image, with the boxes that reach into it.

    Args:
        crop_size: (height, width): pixels for 'absolute', smallest and largest side for
            'absolute_range', shares of the image for 'relative' and the smallest shares for
            'relative_range'.
        crop_type: One of those.
        allow_negative_crop: Whether a window without a box is taken; else the page gives None.
        recompute_bbox: Boxes from masks; there are none here.
        bbox_clip_border: Whether boxes are cut off at the borders of the window.

    Raises:
        InputError: Another type, or sizes that do not fit it.
    """

    def __init__(self, crop_size: tuple[float, float], crop_type: str = 'absolute',
                 allow_negative_crop: bool = False, recompute_bbox: bool = False,
                 bbox_clip_border: bool = True) -> None:
        if crop_type not in _CROPS:
            raise InputError(f'crop_type of RandomCrop is one of {", ".join(_CROPS)}, got '
                             f'{crop_type!r}{nearest(crop_type, _CROPS)}')
        relative = crop_type.startswith('relative')
        if min(crop_size) <= 0 or (max(crop_size) > 1 if relative else
                                   any(side != int(side) for side in crop_size)):
            raise InputError(f'crop_size of RandomCrop are two {"shares" if relative else "sizes"} '
                             f'for crop_type={crop_type!r}, got {crop_size}')
        if recompute_bbox:
            raise InputError('recompute_bbox of RandomCrop needs masks, which a data set of boxes '
                             'does not read')
        self.crop_size, self.crop_type = crop_size, crop_type
        self.allow_negative_crop = allow_negative_crop
        self.bbox_clip_border = bbox_clip_border

    def draw_size(self, size: Size) -> Size:
        """(height, width) of the window in an image of ``size``."""
        first, second = self.crop_size
        if self.crop_type == 'absolute':
            return min(int(first), size[0]), min(int(second), size[1])
        if self.crop_type == 'absolute_range':
            height, width = (np.random.randint(min(side, int(first)), min(side, int(second)) + 1)
                             for side in size)
            return height, width
        shares = np.array([first, second])
        if self.crop_type == 'relative_range':
            shares = shares + np.random.rand(2) * (1 - shares)
        return int(size[0] * shares[0] + 0.5), int(size[1] * shares[1] + 0.5)

    def __call__(self, results: Results) -> Results | None:
        """Crop; writes img_shape and pad_shape. None for a window without a box."""
        size = results['img'].shape[:2]
        window = self.draw_size(size)
        top, left = (int(np.random.randint(max(full - side, 0) + 1))
                     for full, side in zip(size, window))
        return self.crop(results, top, left, window)

    def crop(self, results: Results, top: int, left: int, size: Size) -> Results | None:
        """The window of (height, width) whose first pixel is (top, left)."""
        results['img'] = results['img'][top:top + size[0], left:left + size[1]]
        results['img_shape'] = results['pad_shape'] = results['img'].shape
        for key in results.get('bbox_fields', ()):
            boxes = results[key] - np.array([left, top, left, top], np.float32)
            inside = clip(boxes, results['img_shape'])
            seen = (inside[:, 2] > inside[:, 0]) & (inside[:, 3] > inside[:, 1])
            if key == 'gt_bboxes':
                if not seen.any() and not self.allow_negative_crop:
                    return None
                if 'gt_labels' in results:
                    results['gt_labels'] = results['gt_labels'][seen]
            results[key] = (inside if self.bbox_clip_border else boxes)[seen]
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(crop_size={self.crop_size}, crop_type={self.crop_type!r}, '
                f'allow_negative_crop={self.allow_negative_crop}, '
                f'bbox_clip_border={self.bbox_clip_border})')


@BOX_PIPELINES.register_module()
class AutoAugment:
    """One of several pipelines, drawn for each page.

    Args:
        policies: Lists of configs of transforms.

    Raises:
        InputError: No policy, or one that is not a list of configs.
    """

    def __init__(self, policies: Sequence[Sequence[Mapping[str, Any]]]) -> None:
        if not policies or not all(isinstance(policy, (list, tuple)) and policy
                                   for policy in policies):
            raise InputError('policies of AutoAugment are lists of configs of transforms, got '
                             f'{policies!r}')
        self.transforms = [Compose([BOX_PIPELINES.build(step) for step in policy])
                           for policy in policies]

    def __call__(self, results: Results) -> Results | None:
        """Apply one policy."""
        return self.transforms[np.random.randint(len(self.transforms))](results)

    def __repr__(self) -> str:
        return f'{type(self).__name__}(policies={self.transforms})'


@BOX_PIPELINES.register_module('DefaultFormatBundle')
class FormatBoxes(DefaultFormatBundle):
    """Image and boxes as they enter a training batch.

    ``img`` becomes a tensor ``(C, H, W)`` that stacks; boxes and labels become tensors that a
    batch lists, since each page has a number of its own.
    """

    def __call__(self, results: Results) -> Results:
        """Format what is there of them."""
        results = super().__call__(results)
        for key in ('gt_bboxes', 'gt_bboxes_ignore', 'gt_labels'):
            if key in results:
                results[key] = DataContainer(torch.from_numpy(np.ascontiguousarray(results[key])))
        return results
