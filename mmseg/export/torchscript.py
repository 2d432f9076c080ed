"""TorchScript of a segmentor: an image tensor in, scores out, at any image size."""
from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmcv.cnn.utils import revert_sync_batchnorm
from torch import Tensor, nn

from ..ops import DeformConv2dPack, ModulatedDeformConv2dPack
from ..utils.errors import InputError

# Scores that differ by less come of another order of additions.
_SAME_SCORES = 1e-3

# Class name or index → the scale or scales that it listens to.
Layers = Mapping[str | int, float | Sequence[float]]


class PageScorer(nn.Module):
    """Scores of a batch as the traced module gives them.

    Args:
        model: A segmentor with ``page_scores``.
        scales: Sizes of the views of a page, as ratios to its own.
        flip: Add the mirror image of each view.
        layers: Class name or index → scales it listens to. With several scales the model's own
            ``test_cfg.layers`` count where this is None.
    """

    def __init__(self, model: nn.Module, scales: Sequence[float] = (1.0,), flip: bool = False,
                 layers: Layers | None = None) -> None:
        super().__init__()
        self.model = model
        self.scales = tuple(float(scale) for scale in scales)
        self.flip = flip
        self.layers = None if layers is None else dict(layers)

    def forward(self, img: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Return pixel scores (N, K, H, W) and, of a model with a cls head, page scores (N, C).

        Args:
            img: Normalised pages (N, 3, H, W).
        """
        scores = self.model.page_scores(img, self.scales, self.flip, self.layers)
        return scores.seg if scores.cls is None else (scores.seg, scores.cls)


def trace_segmentor(model: nn.Module, example: Tensor,
                    layers: Layers | None = None,
                    scales: Sequence[float] = (1.0,), flip: bool = False,
                    any_size: bool = True) -> torch.jit.ScriptModule:
    """Return a module that answers as the model does, and needs no Python.

    It takes normalised pages (N, 3, H, W) and gives pixel scores (N, K, H, W), of a model with a
    cls head a pair with page-type scores (N, C). The model itself stays as it is.

    Args:
        model: A segmentor, on the device on which the traced module is to run.
        example: Normalised pages (N, 3, H, W); a real page is best.
        layers: See :class:`PageScorer`; like the next two it is baked in.
        scales: Sizes of the views of a page, as ratios to its own.
        flip: Add the mirror image of each view.
        any_size: Check on pages of another size and number than the example's that both still
            agree. A network whose code counts pixels or pages cannot pass.

    Raises:
        InputError: The example is no batch of pages, the layers do not fit, or the check of
            ``any_size`` failed.
    """
    if example.ndim != 4 or example.shape[1] != 3:
        raise InputError('the example to trace with must be (N, 3, H, W), got '
                         f'{tuple(example.shape)}')
    portable = _portable(revert_sync_batchnorm(copy.deepcopy(model)))
    scorer = PageScorer(portable, scales, flip, layers).eval().requires_grad_(False)
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


def _portable(model: nn.Module) -> nn.Module:
    """The model with our deformable convolutions for those that mmcv-full compiles.

    Compiled operators are no part of libtorch, so a file that calls them cannot be loaded there.
    """
    ours = {'DeformConv2dPack': DeformConv2dPack,
            'ModulatedDeformConv2dPack': ModulatedDeformConv2dPack}
    for parent in list(model.modules()):
        for name, layer in parent.named_children():
            kind = type(layer)
            if kind.__module__.startswith('mmcv.ops.') and kind.__name__ in ours:
                twin = ours[kind.__name__](
                    layer.in_channels, layer.out_channels, layer.kernel_size, layer.stride,
                    layer.padding, layer.dilation, layer.groups, layer.deform_groups,
                    bias=layer.bias is not None)
                twin.load_state_dict(layer.state_dict())
                setattr(parent, name, twin.to(layer.weight.device))
    return model


def _largest_difference(one: Tensor | tuple, other: Tensor | tuple) -> float:
    """Largest absolute difference of two answers; infinite where their shapes differ."""
    ones, others = ([answer] if isinstance(answer, Tensor) else list(answer)
                    for answer in (one, other))
    if [part.shape for part in ones] != [part.shape for part in others]:
        return float('inf')
    return max((a - b).abs().max().item() for a, b in zip(ones, others))


@torch.no_grad()
def _check_other_size(scorer: nn.Module, traced: torch.jit.ScriptModule, example: Tensor) -> None:
    """Raise InputError where the traced module holds on to the size or number of the example."""
    height, width = example.shape[2] * 3 // 4 + 1, example.shape[3] * 2 // 3 + 1
    pages = F.interpolate(example[:1], size=(height, width), mode='bilinear', align_corners=False)
    pages = torch.cat([pages, pages.flip(2)])
    try:
        difference = _largest_difference(scorer(pages), traced(pages))
        found = f'the scores differ by {difference:.2g}'
    except RuntimeError as error:
        difference = float('inf')
        found = str(error).strip().splitlines()[-1]
    if not difference <= _SAME_SCORES:
        example_size = f'{example.shape[0]} of {example.shape[2]}x{example.shape[3]}'
        raise InputError(
            f'the traced network fails on 2 pages of {height}x{width} ({found}): something in it '
            'fixes their size or number; trace it with any_size=False (--fixed-size), and feed '
            f'{example_size} alone')
