"""Transforms that read the text lines of a page and draw the targets of a line head."""
from __future__ import annotations

import os.path as osp
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import mmcv
import numpy as np

from mmseg.core.text_lines import LinePolygon
from mmseg.core.text_lines.files import LineFile, on_page, read_line_json
from mmseg.core.text_lines.targets import TargetOptions, draw_targets
from mmseg.utils.errors import InputError, plural

from ..builder import PIPELINES

Results = dict[str, Any]

_SHOWN = 3


def lines_of_page(found: LineFile, results: Results, source: str) -> list[LinePolygon]:
    """Return the lines that are on the page, and warn of those that are left out or corrected."""
    lines, problems = on_page(found, results['img'].shape) if 'img' in results else found
    if problems:
        warnings.warn(f'{source}: {plural(len(problems), "text line")} left out or corrected: '
                      f'{"; ".join(problems[:_SHOWN])}', stacklevel=3)
    return lines


@PIPELINES.register_module()
class LoadTextLines:
    """The page's text lines, as polygons in ``line_polygons``.

    They come from ``<line_dir>/<page>.json`` next to the image folder (``{"lines": [{"polygon":
    [[x, y], …], "direction": "ltr", "ignored": false}]}``). Where a page has no such file, the
    connected parts of the text labels are its lines.

    Args:
        line_dir: Name of the folder next to the one of the images.
        text_labels: Labels whose connected parts are lines; none for label maps whose parts are
            paragraphs: pages without a file are then ignored as a whole.
        min_area: Smallest area of such a part, in pixels.
        file_client_args: How files are read, by mmcv's FileClient; by default where the data set
            says.
    """

    def __init__(self, line_dir: str = 'TextLines', text_labels: Sequence[int] = (2,),
                 min_area: float = 50,
                 file_client_args: Mapping[str, Any] = dict(backend='disk')) -> None:
        self.line_dir, self.text_labels, self.min_area = line_dir, tuple(text_labels), min_area
        self.file_client_args = dict(file_client_args)
        self.client: mmcv.FileClient | None = None

    def __call__(self, results: Results) -> Results:
        """Load.

        Raises:
            InputError: The file is not JSON of lines, or there is neither a file nor a label map.
        """
        content = self._content(results)
        if content is not None:
            results['line_polygons'] = lines_of_page(read_line_json(*content), results, content[1])
        elif not self.text_labels:
            height, width = results['img'].shape[:2]
            corners = [[0, 0], [width, 0], [width, height], [0, height]]
            results['line_polygons'] = [LinePolygon(np.array(corners, np.float32), ignored=True)]
        elif 'gt_semantic_seg' in results:
            results['line_polygons'] = self.parts(results['gt_semantic_seg'])
        else:
            raise InputError(f"{results.get('filename', 'a page')} has neither a file in "
                             f'{self.line_dir} nor a label map: LoadAnnotations has to come before '
                             'LoadTextLines')
        return results

    def _content(self, results: Results) -> tuple[bytes, str] | None:
        """The file's content and name; None where there is none."""
        images = osp.normpath(results.get('img_prefix') or '.')
        name = osp.splitext(results['img_info']['filename'])[0] + '.json'
        path = osp.join(osp.dirname(images), self.line_dir, name)
        if self.client is None:
            args = results.get('file_client_args') or self.file_client_args
            self.client = mmcv.FileClient(**(
                args if self.file_client_args == dict(backend='disk') else self.file_client_args))
        try:
            return self.client.get(path), path
        except (OSError, KeyError):
            return None

    def parts(self, label: np.ndarray) -> list[LinePolygon]:
        """Return the connected parts of the text labels of a label map (H, W)."""
        lines = []
        for value in self.text_labels:
            mask = (label == value).view(np.uint8)
            for contour in cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]:
                points = cv2.approxPolyDP(contour, 1., True)[:, 0].astype(np.float32)
                if len(points) > 2 and cv2.contourArea(points) >= self.min_area:
                    # contours run through centres of pixels
                    lines.append(LinePolygon(points + 0.5))
        return lines

    def __repr__(self) -> str:
        return (f"{type(self).__name__}(line_dir='{self.line_dir}', "
                f'text_labels={self.text_labels}, min_area={self.min_area})')


@PIPELINES.register_module()
class DBNetTargets:
    """Shrunk text lines and thresholds near their borders, which ``DBLoss`` compares with.

    Reads ``line_polygons``; writes ``gt_shrink``, ``gt_shrink_mask``, ``gt_thr`` and
    ``gt_thr_mask``, each (H, W), at the size of the image. It comes after every transform that
    moves the page.

    Args:
        shrink_ratio: r: lines shrink and borders spread by area (1 - r^2) / perimeter.
        thr_min: Threshold far from borders.
        thr_max: Threshold on them.
        min_short_size: Lines with a side below this are ignored, in pixels.
        whole_pixels: Whether lines shrink by whole pixels, as published weights were trained.
    """

    def __init__(self, shrink_ratio: float = 0.4, thr_min: float = 0.3, thr_max: float = 0.7,
                 min_short_size: float = 8, whole_pixels: bool = True) -> None:
        self.options = TargetOptions(shrink_ratio, thr_min, thr_max, min_short_size, whole_pixels)

    def __call__(self, results: Results) -> Results:
        """Draw.

        Raises:
            InputError: No transform has read text lines.
        """
        if 'line_polygons' not in results:
            raise InputError('DBNetTargets needs text lines: LoadTextLines or LoadTextAnnotations '
                             'has to come before it')
        targets = draw_targets(results['line_polygons'], results['img'].shape[:2], self.options)
        results.update(gt_shrink=targets.shrink, gt_shrink_mask=targets.shrink_mask,
                       gt_thr=targets.thr, gt_thr_mask=targets.thr_mask)
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}({self.options})'
