"""ONNX of a segmentor, of fixed or of any page size, and how far it is from the model.

The exporter that goes by a trace is used (``dynamo=False``): it writes every network of the zoo for
pages of any size, while the one based on ``torch.export`` makes sizes constant in many (torch
2.11).
"""
from __future__ import annotations

import contextlib
import io
import os
import warnings
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ..ops import adaptive_avg_pool
from ..utils.errors import InputError
from ..utils.safe_files import in_words
from .files import INSIDE, inside_text, write_whole
from .graph import (
    Graph,
    PageScorer,
    is_classifier,
    largest_difference,
    other_pages,
    prepared_scorer,
)
from .info import ExportMetadata, write_sidecar

# What runtimes of the last years read: ONNX Runtime from 1.12, TensorRT from 8.6.
OPSET = 17
_PACKAGES = "needs {}: install the extra 'export' (pip install 'mmseg-layout[export]')"


class _Portable(TorchFunctionMode):
    """Operators that ONNX cannot write for pages of any size, or that ONNX Runtime computes slowly,
    as others."""

    def __torch_function__(self, func: Any, types: Any, args: tuple = (),
                           kwargs: dict | None = None) -> Any:
        if func is F.adaptive_avg_pool2d:
            func = adaptive_avg_pool
        elif (func is torch.Tensor.softmax and args[0].ndim == 4
              and (kwargs or {}).get('dim', args[1:2]) in (1, (1,))):
            func = _softmax_of_maps
        return func(*args, **(kwargs or {}))


def _softmax_of_maps(maps: Tensor, dim: int) -> Tensor:
    """Softmax in steps: ONNX Runtime 1.31 takes six times as long for its operator, since it moves
    the classes to the end and back."""
    powers = (maps - maps.amax(dim, keepdim=True)).exp()
    return powers / powers.sum(dim, keepdim=True)


def _onnx() -> Any:
    try:
        import onnx
    except ImportError as error:
        raise InputError(f'writing ONNX {_PACKAGES.format("onnx")}') from error
    return onnx


def onnx_runtime() -> Any:
    """Return the module ``onnxruntime``.

    Raises:
        InputError: It is not installed.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise InputError(f'running ONNX {_PACKAGES.format("onnxruntime")}') from error
    onnxruntime.set_default_logger_severity(4)  # what goes wrong is raised too
    return onnxruntime


def export_onnx(model: nn.Module, example: Tensor, graph: Graph | None = None,
                any_size: bool = True, opset: int = OPSET, keep_norms: bool = False) -> Any:
    """Return the ``onnx.ModelProto`` of ``model``, which itself stays as it is.

    Args:
        model: A segmentor on the CPU.
        example: Pages (N, 3, H, W) as the graph takes them: normalised float32 by default.
        graph: What is computed in addition to the model. Its outputs have the names of
            ``graph.output_names``.
        any_size: Leave number, height and width of the pages open; else they are the example's.
        opset: Version of ONNX's operators.
        keep_norms: Leave batch norms as operators, so that the weights in the graph are those of
            the model, by name and value; a runtime fuses them when it opens the file.

    Raises:
        InputError: The example is not a batch of pages, the network has an operator that ONNX or
            this opset does not know, or the package is missing.
    """
    onnx = _onnx()
    graph = graph or Graph()
    scorer = prepared_scorer(model, example, graph)
    with_cls, with_lines = (getattr(model, head, None) is not None
                            for head in ('cls_head', 'line_head'))
    names = graph.output_names(with_cls, with_lines, not is_classifier(model))
    axes: dict[str, dict[int, str]] = {}
    if any_size:
        axes = {'input': {0: 'pages', 2: 'height', 3: 'width'},
                **{name: {0: 'pages'} for name in names}}
        if graph.size is None and not is_classifier(model):
            rows = 1 if graph.output == 'pred' else 2
            axes[names[0]].update({rows: 'height', rows + 1: 'width'})
            for name in names[1:]:
                axes[name].update({2: 'height', 3: 'width'} if name.startswith('line_') else {})
    written: Any = io.BytesIO()  # the stub knows only paths
    try:
        with torch.no_grad(), warnings.catch_warnings(), _Portable(), \
                contextlib.redirect_stdout(io.StringIO()):  # a failed graph is printed whole
            warnings.simplefilter('ignore')
            mode = torch.onnx.TrainingMode
            torch.onnx.export(scorer, (example,), written, dynamo=False, opset_version=opset,
                              input_names=['input'], output_names=names, dynamic_axes=axes,
                              training=mode.PRESERVE if keep_norms else mode.EVAL)
        return onnx.load_model_from_string(written.getvalue())
    except (RuntimeError, ValueError, torch.onnx.errors.OnnxExporterError) as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(f'this network cannot be written as ONNX with opset {opset}: {reason}'
                         ) from error


def save_onnx(proto: Any, path: str | os.PathLike, info: ExportMetadata) -> None:
    """Write ``proto`` with ``info`` inside, and the info as JSON next to it.

    Raises:
        InputError: The file cannot be written.
    """
    onnx = _onnx()
    onnx.helper.set_model_props(proto, {INSIDE: inside_text(info)})
    write_whole(path, lambda part: onnx.save_model(proto, part))
    write_sidecar(info, path)


def onnx_session(path: str | bytes, device: str = 'cpu') -> Any:
    """Return an ``onnxruntime.InferenceSession`` on as many threads as torch uses.

    Args:
        path: The ONNX file, or its content.
        device: ``'cpu'`` or ``'cuda'``, with the index of a GPU where wanted.

    Raises:
        InputError: ONNX Runtime is missing, does not take the file, or cannot use the GPU.
    """
    runtime = onnx_runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    providers: list[Any] = ['CPUExecutionProvider']
    if device.startswith('cuda'):
        if 'CUDAExecutionProvider' not in runtime.get_available_providers():
            raise InputError("this ONNX Runtime knows no GPU: install onnxruntime-gpu, or take the "
                             "device 'cpu'")
        index = torch.device(device).index or 0
        providers.insert(0, ('CUDAExecutionProvider', {'device_id': index}))
    try:
        session = runtime.InferenceSession(path, options, providers=providers)
    except Exception as error:  # its classes of errors have no name in the package
        what = 'the graph' if isinstance(path, bytes) else path
        raise InputError(f'ONNX Runtime does not take {what}: {in_words(error)}'
                         ) from error
    # where a library of CUDA is missing, it goes on with the CPU
    if len(providers) > 1 and 'CUDAExecutionProvider' not in session.get_providers():
        raise InputError('ONNX Runtime cannot use the GPU: it needs the versions of CUDA and cuDNN '
                         "that it was built for (its log names them); or take the device 'cpu'")
    return session


def run_session(session: Any, pages: Tensor) -> list[Tensor]:
    """Return the session's outputs for pages (N, 3, H, W)."""
    name = session.get_inputs()[0].name
    return [torch.from_numpy(part) for part in session.run(None, {name: pages.cpu().numpy()})]


@torch.no_grad()
def verify_onnx(model: nn.Module, path: str | os.PathLike, example: Tensor,
                graph: Graph | None = None, any_size: bool = True) -> dict[str, float]:
    """Return the largest difference between the outputs of the model and of ONNX Runtime.

    Args:
        model: The segmentor.
        path: The ONNX file.
        example: Pages (N, 3, H, W) as it takes them.
        graph: What is computed in addition to the model.
        any_size: Ask also for two pages of another size.

    Returns:
        Number and size of pages → difference; of labels, the share of pixels with another one.
    """
    # Batch norms are fused only in the file: what that changes is part of the difference.
    scorer = PageScorer(model.eval(), graph or Graph()).eval()
    session = onnx_session(os.fspath(path))
    differences = {}
    for pages in [example] + [other_pages(example)] * any_size:
        name = f'{pages.shape[0]} of {pages.shape[2]}x{pages.shape[3]}'
        answers = run_session(session, pages)
        wanted = scorer(pages)
        found = answers[0] if isinstance(wanted, Tensor) else tuple(answers)
        differences[name] = largest_difference(wanted, found)
    return differences
