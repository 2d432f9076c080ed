"""TorchScript of a segmentor: an image tensor in, scores out, at any image size."""
from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ..utils.errors import InputError
from .graph import SAME_SCORES, Graph, PageScorer, largest_difference, other_pages, prepared_scorer


def trace_segmentor(model: nn.Module, example: Tensor, graph: Graph | None = None,
                    any_size: bool = True) -> torch.jit.ScriptModule:
    """Return a module with the outputs of the model that runs without Python.

    It takes pages (N, 3, H, W) and gives pixel scores (N, K, H, W), of a model with a cls head a
    pair with page-type scores (N, C); the graph may ask for something else. The model itself stays
    as it is.

    Args:
        model: A segmentor, on the device on which the traced module is to run.
        example: Pages (N, 3, H, W) as the graph takes them: normalised float32 by default. A real
            page is best.
        graph: What is computed in addition to the model.
        any_size: Check on pages of another size and number than the example's that both still
            agree. A network whose code counts pixels or pages cannot pass.

    Raises:
        InputError: The example is not a batch of pages, the layers do not fit, or the check of
            ``any_size`` failed.
    """
    scorer = prepared_scorer(model, example, graph or Graph())
    with torch.no_grad(), warnings.catch_warnings():
        # What they warn of (shapes that became constants) is measured below instead.
        warnings.filterwarnings('ignore', category=torch.jit.TracerWarning)
        traced = torch.jit.trace(scorer, example, check_trace=False)
    if any_size:
        _check_other_size(scorer, traced, example)
    return traced


def base_view(prepared: Mapping[str, Any]) -> tuple[Tensor, dict]:
    """Return the input (1, 3, H, W) and the metas of a prepared page, of its view as it is.

    Args:
        prepared: ``img`` and ``img_metas`` as a test pipeline gives them: for each view the
            tensor (N, 3, H, W), and the metas of its pages.

    Raises:
        InputError: All views are flipped or of another scale.
    """
    for img, metas in zip(prepared['img'], prepared['img_metas']):
        if metas[0].get('view_scale', 1.0) == 1.0 and not metas[0].get('flip', False):
            return img[:1], metas[0]
    raise InputError('the test pipeline has no view at img_ratio 1.0 without a flip: give '
                     'MultiScaleFlipAug one')


@torch.no_grad()
def _check_other_size(scorer: PageScorer, traced: torch.jit.ScriptModule, example: Tensor) -> None:
    """Raise InputError where the traced module holds on to the size or number of the example."""
    pages = other_pages(example)
    height, width = pages.shape[2:]
    try:
        difference = largest_difference(scorer(pages), traced(pages))
        found = f'the scores differ by {difference:.2g}'
    except InputError:  # a RuntimeError too
        raise
    except RuntimeError as error:
        difference = float('inf')
        found = str(error).strip().splitlines()[-1]
    if not difference <= SAME_SCORES:
        example_size = f'{example.shape[0]} of {example.shape[2]}x{example.shape[3]}'
        raise InputError(
            f'the traced network fails on 2 pages of {height}x{width} ({found}): something in it '
            'makes their size or number constant; trace it with any_size=False (--fixed-size), '
            'and feed '
            f'{example_size} alone')
