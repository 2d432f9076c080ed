"""Transforms that configs of mmocr 0.x name, for pages whose text lines are polygons."""
from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import torch
from mmcv.parallel import DataContainer

from mmseg.core.text_lines import LinePolygon
from mmseg.core.text_lines.files import LineFile
from mmseg.utils.errors import InputError, nearest

from ..builder import PIPELINES
from .formatting import LINE_TARGETS, DefaultFormatBundle
from .geometry import flip
from .line_polygons import move_lines, scale_lines
from .resized import resize
from .text_lines import lines_of_page

Results = dict[str, Any]
Size = tuple[int, int]
Window = tuple[int, int, int, int]

_AUGMENTERS = ('Fliplr', 'Affine', 'Resize')


@PIPELINES.register_module()
class LoadTextAnnotations:
    """The text lines of ``ann_info``, as polygons in ``line_polygons``.

    Args:
        with_bbox: Accepted; boxes follow from polygons.
        with_label: Accepted; there is one kind of text.
        with_mask: Accepted.
        with_seg: Accepted.
        poly2mask: Accepted; polygons stay polygons.
        use_img_shape: Accepted.
    """

    def __init__(self, with_bbox: bool = True, with_label: bool = True, with_mask: bool = False,
                 with_seg: bool = False, poly2mask: bool = True,
                 use_img_shape: bool = False) -> None:
        self.with_mask = with_mask

    def __call__(self, results: Results) -> Results:
        """Return ``results`` with the lines that are on the page.

        Raises:
            InputError: The data set has no text lines.
        """
        lines = results.get('ann_info', {}).get('lines')
        if lines is None:
            raise InputError('LoadTextAnnotations needs a data set of text lines, such as '
                             'TextLineDataset or IcdarDataset; in a VOC folder LoadTextLines '
                             'reads them')
        results['line_polygons'] = lines_of_page(LineFile(list(lines), []), results,
                                                 str(results.get('filename', 'a page')))
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}()'


@PIPELINES.register_module()
class ColorJitter:
    """The image with random brightness, contrast, saturation and hue, as torchvision draws them.

    Args:
        **kwargs: Of ``torchvision.transforms.ColorJitter``.
    """

    def __init__(self, **kwargs: Any) -> None:
        from torchvision import transforms
        self.transform = transforms.ColorJitter(**kwargs)

    def __call__(self, results: Results) -> Results:
        """Change the uint8 image in BGR."""
        picture = torch.from_numpy(np.ascontiguousarray(results['img'][..., ::-1]))
        changed = self.transform(picture.permute(2, 0, 1)).permute(1, 2, 0)
        results['img'] = np.ascontiguousarray(changed.numpy()[..., ::-1])
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}({self.transform})'


@PIPELINES.register_module()
class ImgAug:
    """Image and text lines mirrored, turned and resized at random.

    It takes those of imgaug's augmenters that the configs of DBNet name, written as there: a list
    of name and arguments, or a dict with ``cls``.

    Args:
        args: ``['Fliplr', 0.5]`` mirrors half of the pages, ``dict(cls='Affine', rotate=[-10,
            10])`` turns them by degrees, ``['Resize', [0.5, 3.0]]`` scales them.
        clip_invalid_ploys: Accepted; lines that leave the page stay as they are.

    Raises:
        InputError: Another augmenter.
    """

    def __init__(self, args: Sequence[Any] | None = None, clip_invalid_ploys: bool = True) -> None:
        self.steps = [self._step(step) for step in args or ()]

    @staticmethod
    def _step(step: Any) -> tuple[str, Any]:
        name, value = ((step.get('cls'), step.get('rotate')) if isinstance(step, dict)
                       else (step[0], step[1] if len(step) > 1 else None))
        if name not in _AUGMENTERS or value is None:
            raise InputError(f'ImgAug knows {", ".join(_AUGMENTERS)} (with rotate), got {step}'
                             f'{nearest(str(name), _AUGMENTERS)}')
        return name, value

    def __call__(self, results: Results) -> Results:
        """Change; writes img_shape and pad_shape."""
        for name, value in self.steps:
            draw = np.random.uniform(*value) if isinstance(value, (list, tuple)) else value
            img = results['img']
            height, width = img.shape[:2]
            if name == 'Fliplr':
                if np.random.rand() < draw:
                    results['img'] = flip(img, 'horizontal')
                    move_lines(results, [[-1, 0, width], [0, 1, 0]])
            elif name == 'Affine':
                matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -draw, 1.)
                results['img'] = cv2.warpAffine(img, matrix, (width, height))
                matrix[:, 2] = matrix[:, 2] + 0.5 - matrix[:, :2].sum(axis=1) / 2
                move_lines(results, matrix)
            else:
                size = max(round(height * draw), 1), max(round(width * draw), 1)
                results['img'] = resize(img, size)
                scale_lines(results, (size[1] / width, size[0] / height))
        results['img_shape'] = results['pad_shape'] = results['img'].shape
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}({self.steps})'


@PIPELINES.register_module()
class EastRandomCrop:
    """A random window whose sides cut no text line, fitted into a size (Zhou et al., "EAST: An
    Efficient and Accurate Scene Text Detector", CVPR 2017).

    Args:
        target_size: (width, height) of the result, in pixels; black where the window ends.
        max_tries: So many windows are drawn before the whole page is taken.
        min_crop_side_ratio: Smallest side of a window, as a share of the page's.
    """

    def __init__(self, target_size: Size = (640, 640), max_tries: int = 10,
                 min_crop_side_ratio: float = 0.1) -> None:
        self.target_size, self.max_tries = tuple(target_size), max_tries
        self.min_crop_side_ratio = min_crop_side_ratio

    def __call__(self, results: Results) -> Results:
        """Crop; writes img_shape, pad_shape and scale_factor."""
        img = results['img']
        lines: list[LinePolygon] = results.get('line_polygons', [])
        left, top, right, bottom = self._draw(img.shape[:2], [
            line for line in lines if not line.ignored] or lines)
        scale = min(self.target_size[0] / (right - left), self.target_size[1] / (bottom - top))
        size = max(int((bottom - top) * scale), 1), max(int((right - left) * scale), 1)
        canvas = np.zeros((self.target_size[1], self.target_size[0], *img.shape[2:]), img.dtype)
        canvas[:size[0], :size[1]] = resize(
            np.ascontiguousarray(img[top:bottom, left:right]), size)
        results['img'] = canvas
        results['line_polygons'] = [line for line in lines
                                    if _overlaps(line.points, (left, top, right, bottom))]
        move_lines(results, [[scale, 0, -left * scale], [0, scale, -top * scale]])
        results['img_shape'] = results['pad_shape'] = canvas.shape
        results['scale_factor'] = np.full(4, scale, np.float32)
        return results

    def _draw(self, size: Size, lines: Sequence[LinePolygon]) -> Window:
        """Left, top, right and bottom of a window that holds a line, or the whole page."""
        height, width = size
        free = [_free(np.array([line.points[:, axis] for line in lines], object), length)
                for axis, length in ((0, width), (1, height))]
        whole = 0, 0, width, height
        if not lines or not all(len(places) for places in free):
            return whole
        for _ in range(self.max_tries):
            (left, right), (top, bottom) = (
                np.sort(np.random.choice(places, 2)).tolist() for places in free)
            if (right - left < max(self.min_crop_side_ratio * width, 1)
                    or bottom - top < max(self.min_crop_side_ratio * height, 1)):
                continue
            window = left, top, right, bottom
            if any(_overlaps(line.points, window) for line in lines):
                return window
        return whole

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(target_size={self.target_size}, '
                f'max_tries={self.max_tries}, min_crop_side_ratio={self.min_crop_side_ratio})')


def _free(spans: np.ndarray, length: int) -> np.ndarray:
    """The places 0 … length along an axis at which no line would be cut."""
    taken = np.zeros(length + 1, bool)
    for span in spans:
        first, last = math.floor(min(span)), math.ceil(max(span))
        taken[max(first + 1, 0):max(last, 0)] = True
    return np.flatnonzero(~taken)


def _overlaps(points: np.ndarray, window: Window) -> bool:
    """Whether the box of a polygon and a window (left, top, right, bottom) overlap."""
    low, high = points.min(axis=0), points.max(axis=0)
    return bool(low[0] < window[2] and high[0] > window[0]
                and low[1] < window[3] and high[1] > window[1])


@PIPELINES.register_module()
class CustomFormatBundle(DefaultFormatBundle):
    """Image and targets as they enter a training batch.

    Args:
        keys: Targets in addition to those of DBNet, arrays (H, W).
        call_super: Whether the image is formatted too.
        visualize: Accepted; mmocr's configs have it.
    """

    def __init__(self, keys: Sequence[str] = (), call_super: bool = True,
                 visualize: dict = dict(flag=False, boundary_key=None)) -> None:
        self.keys, self.call_super = tuple(keys), call_super

    def __call__(self, results: Results) -> Results:
        """Format."""
        if self.call_super:
            results = super().__call__(results)
        for key in self.keys:
            if key in results and not (self.call_super and key in LINE_TARGETS):
                results[key] = DataContainer(torch.from_numpy(results[key][None]), stack=True)
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(keys={self.keys})'
