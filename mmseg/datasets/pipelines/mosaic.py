"""Four pages on one."""
from __future__ import annotations

from typing import Any

import numpy as np

from mmseg.core.text_lines import LinePolygon, moved
from mmseg.utils.errors import InputError

from ..builder import PIPELINES
from .geometry import Results, Size, _check_probability
from .resized import resize


@PIPELINES.register_module()
class RandomMosaic:
    """Four pages around a random centre, with a probability (YOLOv4, Bochkovskiy et al., 2020).

    Works within a MultiImageMixDataset, which asks :meth:`get_indexes` for the three other pages
    and hands them in as ``mix_results``. The page itself comes to the upper left, the others to
    the upper right, lower left and lower right; each fits into ``img_scale``.

    Args:
        prob: Share of pages that become a mosaic.
        img_scale: (height, width) of one page in pixels; the mosaic has twice that.
        center_ratio_range: Range of the centre, in units of ``img_scale``.
        pad_val: Grey level where no page lies.
        seg_pad_val: Label there.

    Raises:
        InputError: A probability outside [0, 1], or a size that is not (height, width).
    """

    def __init__(self, prob: float, img_scale: Size = (640, 640),
                 center_ratio_range: tuple[float, float] = (0.5, 1.5), pad_val: float = 0,
                 seg_pad_val: int = 255) -> None:
        _check_probability(prob, 'RandomMosaic')
        if not isinstance(img_scale, list | tuple) or len(img_scale) != 2:
            raise InputError(f'RandomMosaic: img_scale must be (height, width), got {img_scale!r}')
        self.prob = prob
        self.img_scale = (img_scale[0], img_scale[1])
        self.center_ratio_range = center_ratio_range
        self.pad_val = pad_val
        self.seg_pad_val = seg_pad_val

    def get_indexes(self, dataset: Any) -> list[int]:
        """Numbers of three pages to go with this one."""
        return [int(np.random.randint(0, len(dataset))) for _ in range(3)]

    def _draw(self) -> Size | None:
        """(row, column) of the centre; None for an unchanged page."""
        if np.random.rand() >= self.prob:
            return None
        column = int(np.random.uniform(*self.center_ratio_range) * self.img_scale[1])
        row = int(np.random.uniform(*self.center_ratio_range) * self.img_scale[0])
        return row, column

    def _assemble(self, arrays: list[np.ndarray], center: Size, fill: float,
                  nearest: bool) -> np.ndarray:
        """The four arrays with their inner corners at the centre, cut at the mosaic's border."""
        size = (int(self.img_scale[0] * 2), int(self.img_scale[1] * 2))
        mosaic = np.full((*size, *arrays[0].shape[2:]), fill, dtype=arrays[0].dtype)
        quarters = [mosaic[rows, columns]
                    for rows in (slice(0, center[0]), slice(center[0], None))
                    for columns in (slice(0, center[1]), slice(center[1], None))]
        for number, (quarter, array) in enumerate(zip(quarters, arrays, strict=True)):
            ratio = min(self.img_scale[0] / array.shape[0], self.img_scale[1] / array.shape[1])
            height, width = (int(side * ratio) for side in array.shape[:2])
            part = resize(array, (height, width), nearest)
            high, wide = min(height, quarter.shape[0]), min(width, quarter.shape[1])
            # upper pages end at the centre, lower ones begin there; the same from left to right
            rows = slice(-high or high, None) if number < 2 else slice(0, high)
            columns = slice(-wide or wide, None) if number % 2 == 0 else slice(0, wide)
            if high and wide:
                quarter[rows, columns] = part[rows, columns]
        return mosaic

    def _moved_lines(self, page: Results, shape: Size, number: int,
                     center: Size) -> list[LinePolygon]:
        """The text lines of a page where it lies in the mosaic."""
        ratio = min(self.img_scale[0] / shape[0], self.img_scale[1] / shape[1])
        height, width = (int(side * ratio) for side in shape)
        top = center[0] - height if number < 2 else center[0]
        left = center[1] - width if number % 2 == 0 else center[1]
        across, down = width / shape[1], height / shape[0]
        return moved(page.get('line_polygons', []),
                     np.array([[across, 0, left], [0, down, top]]))

    def __call__(self, results: Results) -> Results:
        """Put the pages together; writes img_shape, ori_shape stays that of the page.

        Raises:
            InputError: The three other pages are not there.
        """
        if self.prob and len(results.get('mix_results', ())) != 3:
            raise InputError("RandomMosaic needs three more pages in 'mix_results', got "
                             f"{len(results.get('mix_results', ()))}; put it into the pipeline of "
                             'a MultiImageMixDataset, which loads them')
        center = self._draw()
        if center is None:
            return results
        pages = [results, *results['mix_results']]
        shapes = [page['img'].shape[:2] for page in pages]
        results['img'] = self._assemble([page['img'] for page in pages], center, self.pad_val,
                                        nearest=False)
        for key in results.get('seg_fields', []):
            results[key] = self._assemble([page[key] for page in pages], center, self.seg_pad_val,
                                          nearest=True)
        if 'line_polygons' in results:
            results['line_polygons'] = [
                line for number, page in enumerate(pages)
                for line in self._moved_lines(page, shapes[number], number, center)]
        results['img_shape'] = results['pad_shape'] = results['img'].shape
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(prob={self.prob}, img_scale={self.img_scale}, '
                f'center_ratio_range={self.center_ratio_range}, pad_val={self.pad_val}, '
                f'seg_pad_val={self.seg_pad_val})')
