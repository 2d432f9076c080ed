"""ONNX files in OpenVINO, which is fast on CPUs, of Intel's kind in particular."""
from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..utils.errors import InputError
from .files import INSIDE

Run = Callable[[Tensor], Sequence[Tensor]]


def _openvino() -> Any:
    try:
        import openvino
    except ImportError as error:
        raise InputError("the backend openvino needs openvino: install the extra 'openvino' (pip "
                         "install 'mmseg-layout[openvino]'); ONNX Runtime takes the same file"
                         ) from error
    return openvino


def openvino_runner(path: str | os.PathLike, device: str = 'cpu') -> tuple[Run, str | None]:
    """Return a function that gives the outputs of an ONNX file for pages, and the info inside.

    It computes in float32 on as many threads as torch uses. Files in 8-bit integers are refused:
    OpenVINO 2026.4 gave another class than ONNX Runtime to 15% of the pixels of real pages.

    Args:
        path: The ONNX file.
        device: ``'cpu'``.

    Returns:
        The function, which takes pages (N, 3, H, W), and the text that ``save_onnx`` put into the
        file; None without one.

    Raises:
        InputError: OpenVINO is missing, does not take the file, or is wanted on a GPU; the file is
            in 8-bit integers.
    """
    if torch.device(device).type != 'cpu':
        raise InputError(f"the backend openvino runs on the CPU, got the device '{device}'; take "
                         "the device 'cpu'")
    core = _openvino().Core()
    # Processes of `mmseg layout` would all be pinned to the same cores.
    settings = {'INFERENCE_PRECISION_HINT': 'f32', 'PERFORMANCE_HINT': 'LATENCY',
                'INFERENCE_NUM_THREADS': torch.get_num_threads(), 'ENABLE_CPU_PINNING': False}
    try:
        # the content, so that no file that it names is read
        model = core.read_model(Path(path).read_bytes())
        if any(part.get_type_name() == 'FakeQuantize' for part in model.get_ops()):
            raise InputError(f'{path} is in 8-bit integers, which OpenVINO computes with other '
                             'scores than ONNX Runtime: take the file in float32, or the backend '
                             'onnxruntime')
        request = core.compile_model(model, 'CPU', settings).create_infer_request()
    except RuntimeError as error:
        reason = next((line for line in reversed(str(error).splitlines()) if line.strip()), '')
        raise InputError(f'OpenVINO does not take {path}: {reason.strip()}') from error
    inside = ['framework', INSIDE]
    text = str(model.get_rt_info(inside).value) if model.has_rt_info(inside) else None

    def run(pages: Tensor) -> list[Tensor]:
        answers = request.infer([pages.cpu().numpy()])
        # the arrays are overwritten by the next call
        return [torch.from_numpy(answers[output].copy()) for output in request.model_outputs]

    return run, text
