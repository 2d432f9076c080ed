"""Pages that a network is exported with, and those that calibrate its integers."""
from __future__ import annotations

import copy
from collections.abc import Sequence

import mmcv
import numpy as np
import torch
from torch import Tensor

from ..datasets.prepare import prepare_image
from ..utils.errors import InputError
from ..utils.page_images import find_files, read_page
from .graph import Graph
from .torchscript import base_view

# Pages for calibration and its test, at most, and which of them are for the test.
_MOST_PAGES, _TEST_EVERY = 64, 4


def calibration_pages(config: mmcv.Config, graph: Graph, paths: Sequence[str],
                      size: tuple[int, int] | None = None) -> tuple[list[Tensor], list[Tensor]]:
    """Return pages (1, 3, H, W) for calibration and other ones that test its result.

    Args:
        config: Whose test pipeline prepares the pages.
        graph: What is computed inside the file.
        paths: Files and folders; 64 evenly spaced files of them at most, the first page of each.
        size: (height, width) to which pages are stretched; by default as the pipeline has it.

    Raises:
        InputError: There are fewer than two pages, or one cannot be read.
    """
    files = find_files(paths)
    if len(files) < 2:
        raise InputError(f'two pages are needed, one for calibration and one for its test; '
                         f'got {len(files)} in {" ".join(paths)}')
    chosen = [files[index * len(files) // min(len(files), _MOST_PAGES)]
              for index in range(min(len(files), _MOST_PAGES))]
    pages = [example_page(config, graph, read_page(file).image, size) for file in chosen]
    tests = pages[1::_TEST_EVERY]
    return [page for index, page in enumerate(pages) if index % _TEST_EVERY != 1], tests


def example_page(config: mmcv.Config, graph: Graph, image: str | np.ndarray | None = None,
                 size: tuple[int, int] | None = None) -> Tensor:
    """Return a page (1, 3, H, W) in the form of the exported file's input.

    Args:
        config: Whose test pipeline prepares the image.
        graph: What is computed inside the file.
        image: A picture, a path or (H, W, 3) in BGR; None gives noise, which traces as well.
        size: (height, width) that the picture is stretched to; by default as the pipeline has it.

    Raises:
        InputError: There is neither a picture nor a size, or the picture cannot be read.
    """
    config = copy.deepcopy(config)
    test = config.data.test[0] if isinstance(config.data.test, (list, tuple)) else config.data.test
    views = next((step for step in test.pipeline if step.type == 'MultiScaleFlipAug'), None)
    if image is None:
        if size is None:
            scale = (views or {}).get('img_scale')
            if not scale or not isinstance(scale[0], int):
                raise InputError('the test pipeline has no single img_scale; give --shape or '
                                 '--input-img')
            size = scale[1], scale[0]
        page = torch.randn(1, 3, *size, generator=torch.Generator().manual_seed(0))
    else:
        if size is not None and views is not None:
            views.img_scale = (size[1], size[0])
            for step in views.transforms:
                if step.type == 'Resize':
                    step.keep_ratio = False
        page, _ = base_view(prepare_image(config, image))
    return page if graph.normalization is None else graph.normalization.undo(page)
