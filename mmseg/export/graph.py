"""What is computed inside an exported file: the model, and the steps before and after it."""
from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from mmcv.cnn.utils import revert_sync_batchnorm
from torch import Tensor, nn

from ..inference import PageLogits, PageScores, as_page, resize_to, softmax_scores
from ..ops import DeformConv2dPack, ModulatedDeformConv2dPack
from ..utils.errors import InputError, nearest
from .fuse_conv_bn import fuse_conv_bn

# Class name or index → the scale or scales that it uses.
Layers = Mapping[str | int, float | Sequence[float]]

# Scores that differ by less come of another order of additions.
SAME_SCORES = 1e-3

OUTPUTS = ('scores', 'logits', 'pred')


@dataclass(frozen=True)
class Normalization:
    """Normalisation of a page.

    Attributes:
        mean: Of each channel, in the network's order.
        std: Of each channel, in the network's order.
        to_rgb: Whether that order is RGB; pages come in BGR.
    """
    mean: tuple[float, ...]
    std: tuple[float, ...]
    to_rgb: bool = True

    def undo(self, img: Tensor) -> Tensor:
        """Return normalised pages (N, 3, H, W) as they were: uint8 in BGR."""
        mean, std = (torch.tensor(values, device=img.device).view(1, -1, 1, 1)
                     for values in (self.mean, self.std))
        img = (img * std + mean).round().clamp(0, 255).to(torch.uint8)
        return img.flip(1) if self.to_rgb else img


@dataclass(frozen=True)
class Graph:
    """The parts of an exported file in addition to the network itself.

    Attributes:
        scales: Views of a page, as ratios to its own size, resized inside.
        flip: Add the mirror image of each view.
        layers: Class name or index → scales it uses. With several scales the model's own
            ``test_cfg.layers`` count where this is None.
        output: ``'scores'`` in [0, 1], ``'logits'`` before the softmax, or ``'pred'``, the label of
            each pixel (page types stay scores there).
        normalization: Done inside where given: pages go in as uint8 (N, 3, H, W) in BGR.
        fuse_conv_bn: Each batch norm becomes part of the convolution before it.
        size: (height, width) to which the answer is resized; the page's own where None.

    Raises:
        InputError: An unknown output, no scale, or logits of several views, which have no mean.
    """
    scales: tuple[float, ...] = (1.0,)
    flip: bool = False
    layers: dict[str | int, tuple[float, ...]] | None = None
    output: str = 'scores'
    normalization: Normalization | None = None
    fuse_conv_bn: bool = False
    size: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.output not in OUTPUTS:
            raise InputError(f'an exported file gives one of {", ".join(OUTPUTS)}, not '
                             f"'{self.output}'{nearest(self.output, OUTPUTS)}")
        if not self.scales or min(self.scales) <= 0:
            raise InputError(f'scales must be ratios above 0, got {self.scales}')
        if self.output == 'logits' and not (self.single_view and self.layers is None):
            raise InputError('logits of several views have no mean; take the output scores or '
                             'pred, or a single scale without flip and layers')
        # One form whatever came, so that what was read from a file equals what was written.
        plain = {'scales': tuple(float(scale) for scale in self.scales),
                 'layers': None if self.layers is None else
                 {str(name): _floats(scales) for name, scales in self.layers.items()},
                 'size': None if self.size is None else tuple(int(side) for side in self.size)}
        for name, value in plain.items():
            object.__setattr__(self, name, value)

    @property
    def single_view(self) -> bool:
        """Whether the network sees a page once, as it is."""
        return tuple(self.scales) == (1.0,) and not self.flip

    def output_names(self, with_cls: bool, with_lines: bool = False,
                     with_seg: bool = True) -> list[str]:
        """Names of the outputs: of pixels, and where wanted of the page type and of lines.

        A classifier gives the page type alone.
        """
        if not with_seg:
            return [f'cls_{self.output}']
        kind = 'logits' if self.output == 'logits' else 'scores'
        further = [f'cls_{kind}'] * with_cls + [f'line_{kind}'] * with_lines
        return [f'seg_{self.output}', *further]


def _floats(values: float | Sequence[float]) -> tuple[float, ...]:
    return tuple(map(float, values)) if isinstance(values, Sequence) else (float(values),)


def is_classifier(model: Any) -> bool:
    """Whether a network tells page types alone."""
    return getattr(model, 'num_classes', None) == 0


class PageScorer(nn.Module):
    """Outputs for a batch as the exported file gives them.

    Args:
        model: A segmentor with ``page_scores`` and ``encode_decode``, or a classifier.
        graph: What is computed around it.
    """

    def __init__(self, model: nn.Module, graph: Graph = Graph()) -> None:
        super().__init__()
        self.model = model
        if getattr(model, 'autocast_dtype', None) is not None:
            model.autocast_dtype = None  # the file always computes in float32
        self.graph = graph
        if graph.normalization is not None:
            mean, std = (torch.tensor(values).view(1, -1, 1, 1)
                         for values in (graph.normalization.mean, graph.normalization.std))
            self.register_buffer('mean', mean, persistent=False)
            self.register_buffer('std', std, persistent=False)

    def forward(self, img: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Return the answer for each pixel and, of a model with further heads, what they say.

        Args:
            img: Pages (N, 3, H, W), float32 normalised, or uint8 in BGR where the graph
                normalises.

        Returns:
            (N, K, H, W) scores or logits, or labels (N, H, W); with a cls head also (N, C), with
            a line head also (N, 1, H, W). Of a classifier (N, C) alone, or labels (N,).
        """
        if is_classifier(self.model):
            return self._page_type(self._normalized(img))
        answer = self._answer(self._normalized(img))
        seg = self._labels(answer.seg) if self.graph.output == 'pred' else answer.seg
        further = [part for part in answer[1:] if part is not None]
        return (seg, *further) if further else seg

    def _normalized(self, img: Tensor) -> Tensor:
        normalization = self.graph.normalization
        if normalization is None:
            return img
        if normalization.to_rgb:
            img = img.flip(1)
        return (img.float() - self.mean) / self.std

    def _answer(self, img: Tensor) -> PageLogits | PageScores:
        graph = self.graph
        if graph.single_view and graph.layers is None:
            logits = self._resized(as_page(self.model.encode_decode(img, None)))
            return logits if graph.output == 'logits' else softmax_scores(logits)
        return self._resized(self.model.page_scores(img, graph.scales, graph.flip, graph.layers))

    def _page_type(self, img: Tensor) -> Tensor:
        """What a classifier says."""
        graph, model = self.graph, self.model
        if graph.output == 'logits':
            return model.logits(img)  # type: ignore[operator]
        scores = model.page_scores(img, graph.scales, graph.flip, graph.layers).cls
        return scores.argmax(dim=1) if graph.output == 'pred' else scores

    def _resized(self, answer: Any) -> Any:
        """What was said of pixels and lines, at the size that the graph asks for."""
        size = self.graph.size
        if size is None:
            return answer
        lines = None if answer.lines is None else resize_to(answer.lines, size, False)
        return answer._replace(seg=resize_to(answer.seg, size, self.model.align_corners),
                               lines=lines)

    def _labels(self, scores: Tensor) -> Tensor:
        """Labels (N, H, W) of scores (N, K, H, W), int64."""
        if scores.shape[1] == 1:
            return (scores[:, 0] > self.model.threshold).long()
        return scores.max(dim=1).indices  # on a CPU, argmax takes six times as long


@torch.no_grad()
def prepared_scorer(model: nn.Module, example: Tensor, graph: Graph) -> PageScorer:
    """Return a scorer of a copy of ``model``, ready to export; the model is not changed.

    Args:
        model: A segmentor.
        example: Pages (N, 3, H, W) as the graph takes them.
        graph: What is computed around the model.

    Raises:
        InputError: The example is none, or fusing the batch norms changed the answer.
    """
    _check_example(example, graph)
    portable = _portable(revert_sync_batchnorm(copy.deepcopy(model))).eval()
    scorer = PageScorer(portable, graph).eval().to(example.device).requires_grad_(False)
    if graph.fuse_conv_bn:
        scores = PageScorer(portable, replace(graph, output='scores')).to(example.device)
        wanted = scores(example[:1])
        fuse_conv_bn(portable, lambda: scores(example[:1]))
        difference = largest_difference(wanted, scores(example[:1]))
        if not difference <= SAME_SCORES:
            raise InputError(f'with its batch norms fused the network answers otherwise (scores '
                             f'differ by {difference:.2g}); leave fuse_conv_bn (--fuse-conv-bn) '
                             f'away')
    return scorer


def _check_example(example: Tensor, graph: Graph) -> None:
    if example.ndim != 4 or example.shape[1] != 3:
        raise InputError('the example to trace with must be (N, 3, H, W), got '
                         f'{tuple(example.shape)}')
    wanted = torch.float32 if graph.normalization is None else torch.uint8
    if example.dtype != wanted:
        raise InputError(f'a file that {"normalises" if graph.normalization else "takes"} pages '
                         f'is made from an example of {wanted}, got {example.dtype}')


def other_pages(example: Tensor) -> Tensor:
    """Return ``(2, C, h, w)``, pages of another and odd size, of the first of ``example``,
    which is ``(N, C, H, W)``."""
    height, width = example.shape[2] * 3 // 4 + 1, example.shape[3] * 2 // 3 + 1
    pages = nn.functional.interpolate(example[:1].float(), size=(height, width), mode='bilinear',
                                      align_corners=False).to(example.dtype)
    return torch.cat([pages, pages.flip(2)])


def largest_difference(one: Any, other: Any) -> float:
    """Return the largest difference of two outputs; infinite if their shapes differ.

    Of labels, which are integers, it is the share of pixels that got another one.
    """
    ones, others = ([answer] if isinstance(answer, Tensor) else list(answer)
                    for answer in (one, other))
    if [part.shape for part in ones] != [part.shape for part in others]:
        return float('inf')
    return torch.stack([(a - b).abs().max() if a.is_floating_point() else (a != b).float().mean()
                        for a, b in zip(ones, others)]).max().item()  # keeps NaN


def _portable(model: nn.Module) -> nn.Module:
    """The model with our deformable convolutions for those that mmcv-full compiles.

    Compiled operators are not part of libtorch or ONNX, so a file that calls them cannot be loaded
    there.
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
