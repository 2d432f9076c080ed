"""ONNX in 8-bit integers: static quantization, calibrated on pages.

Weights are quantized for each output channel, and the values between layers for each tensor, over
the range that they have on the calibration pages (Jacob et al., "Quantization and Training of
Neural Networks for Efficient Integer-Arithmetic-Only Inference", CVPR 2018). What follows the last
layers, such as the resize to the page's size and the softmax, is computed in float32.
"""
from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..utils.errors import InputError
from .onnx import onnx_runtime, onnx_session, run_session

# Operators in integers: convolutions, and what is between them, so that values are not converted
# back and forth.
OPERATORS = ('Conv', 'MatMul', 'Gemm', 'Add', 'Concat', 'Relu', 'Clip', 'MaxPool', 'AveragePool',
             'GlobalAveragePool', 'Resize')
_LAYERS = ('Conv', 'MatMul', 'Gemm')


# Mean IoU with float32 below which the first and the last layers are tried in float32.
_CLOSE = 0.99


class Quantized(NamedTuple):
    """A network in 8-bit integers, and how far it agrees with that in float32.

    Attributes:
        proto: The ``onnx.ModelProto``.
        keeps_ends: Whether its first and last layers are in float32.
        calibrated: Number of pages for calibration.
        tested: Number of other pages on which the two were compared.
        pixels: Share of their pixels with the same class, in [0, 1].
        miou: Mean intersection over union with the labels of float32, in [0, 1].
    """
    proto: Any
    keeps_ends: bool
    calibrated: int
    tested: int
    pixels: float
    miou: float


def describe_agreement(found: Quantized) -> str:
    """Return a line on how well a network in integers agrees with that in float32."""
    ends = 'first and last layers in float32, ' if found.keeps_ends else ''
    return (f'8-bit integers ({ends}{found.calibrated} pages for calibration): on {found.tested} '
            f'other pages {found.pixels:.2%} of the pixels have the class of float32, mean IoU '
            f'with it {found.miou:.2%}')


def quantize_onnx(proto: Any, pages: Sequence[Tensor], tests: Sequence[Tensor]) -> Quantized:
    """Return ``proto`` in 8-bit integers, with the ends in float32 where that agrees better.

    Args:
        proto: An ``onnx.ModelProto`` of float32 whose batch norms are fused.
        pages: Inputs (1, 3, H, W) of the graph for calibration, some dozens.
        tests: Other ones, on which it is compared with float32.

    Raises:
        InputError: No pages are given, or the graph has no layer that can be quantized.
    """
    if not pages or not tests:
        raise InputError(f'8-bit integers need pages for calibration and others for its test, got '
                         f'{len(pages)} and {len(tests)}')
    best: Quantized | None = None
    for keep_ends in (False, True):
        found = quantize_static(proto, pages, keep_ends)
        pixels, miou = agreement(proto, found, tests)
        if best is None or miou > best.miou:
            best = Quantized(found, keep_ends, len(pages), len(tests), pixels, miou)
        if best.miou >= _CLOSE:
            break
    assert best is not None
    return best


def quantize_static(proto: Any, pages: Sequence[Tensor], keep_ends: bool = False) -> Any:
    """Return ``proto`` with its layers in 8-bit integers.

    Args:
        proto: An ``onnx.ModelProto`` of float32.
        pages: Inputs (1, 3, H, W) of the graph for calibration.
        keep_ends: Leave the first and the last layers in float32.

    Raises:
        InputError: The graph has no layer that can be quantized.
    """
    onnx_runtime()
    import onnx
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process
    with tempfile.TemporaryDirectory() as folder:
        whole, ready, done = (Path(folder) / f'{name}.onnx' for name in ('whole', 'ready', 'done'))
        onnx.save_model(proto, whole)
        # symbolic shapes are not needed, and are not found for every network
        quant_pre_process(str(whole), str(ready), skip_symbolic_shape=True)
        first, last, after = _ends(onnx.load_model(ready).graph)
        quantization.quantize_static(
            str(ready), str(done), _Reader(pages), quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=list(OPERATORS), per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            nodes_to_exclude=sorted(after | (first | last if keep_ends else set())),
            calibrate_method=quantization.CalibrationMethod.MinMax)
        return onnx.load_model(done)


def _ends(graph: Any) -> tuple[set[str], set[str], set[str]]:
    """Names of the first and the last layers, and of all nodes after the last ones."""
    makers = {name: node for node in graph.node for name in node.output}
    layers = {node.name for node in graph.node if node.op_type in _LAYERS}
    if not layers:
        raise InputError('this network has no convolution or linear layer to quantize')
    before: dict[str, set[str]] = {}
    for node in graph.node:  # in topological order
        inputs = [makers[name] for name in node.input if name in makers]
        before[node.name] = set().union(*(
            before[source.name] | ({source.name} & layers) for source in inputs))
    inner = set().union(*(before[name] for name in layers))
    last = layers - inner
    first = {name for name in layers if not before[name]}
    after = {node.name for node in graph.node if node.name not in layers
             and before[node.name] and not _reaches(node, graph, layers)}
    return first, last, after


def _reaches(node: Any, graph: Any, layers: set[str]) -> bool:
    """Whether a layer comes after the node."""
    outputs, found = set(node.output), False
    for other in graph.node:  # in topological order
        if outputs & set(other.input):
            outputs |= set(other.output)
            found = found or other.name in layers
    return found


class _Reader:
    """Pages as ONNX Runtime's calibration asks for them."""

    def __init__(self, pages: Sequence[Tensor]) -> None:
        self._pages: Iterator[Tensor] = iter(pages)

    def get_next(self) -> dict[str, np.ndarray] | None:
        page = next(self._pages, None)
        return None if page is None else {'input': page.numpy()}


def agreement(first: Any, second: Any, pages: Sequence[Tensor]) -> tuple[float, float]:
    """Return how far two graphs agree on pages.

    Args:
        first: An ``onnx.ModelProto``, whose labels are taken for the truth.
        second: Another one.
        pages: Inputs (1, 3, H, W) of both.

    Returns:
        Share of pixels with the same class, and the mean over the classes of ``first`` of the
        intersection over union with those of ``second``, both in [0, 1].
    """
    sessions = [onnx_session(proto.SerializeToString()) for proto in (first, second)]
    both = either = torch.zeros(0)
    same = total = 0
    for page in pages:
        labels = [_labels(run_session(session, page)[0]) for session in sessions]
        classes = max(len(both), int(max(label.max() for label in labels)) + 1)
        hits = torch.bincount(labels[0][labels[0] == labels[1]], minlength=classes)
        areas = sum(torch.bincount(label.flatten(), minlength=classes) for label in labels)
        grow = (0, classes - len(both))
        both = torch.nn.functional.pad(both, grow) + hits
        either = torch.nn.functional.pad(either, grow) + areas - hits
        same += int(hits.sum())
        total += labels[0].numel()
    there = either > 0
    return same / total, float((both[there] / either[there]).mean())


def _labels(answer: Tensor) -> Tensor:
    """The class (N, H, W) of each pixel, from scores, logits or labels."""
    if answer.ndim == 3:
        return answer.long()
    return (answer[:, 0] > .5).long() if answer.shape[1] == 1 else answer.max(1).indices
