"""TensorRT engines from ONNX files, where TensorRT (10 or newer) is installed."""
from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..utils.errors import InputError
from .files import write_whole


def _tensorrt() -> Any:
    try:
        tensorrt = importlib.import_module('tensorrt')
    except ImportError as error:
        raise InputError('TensorRT is not installed here: it comes from NVIDIA, for their GPUs '
                         '(pip install tensorrt); an ONNX file runs without it, in ONNX Runtime'
                         ) from error
    if not torch.cuda.is_available():
        raise InputError('TensorRT needs an NVIDIA GPU, and there is none; an ONNX file runs in '
                         'ONNX Runtime, on the CPU too')
    return tensorrt


def build_engine(onnx_file: str | os.PathLike, engine_file: str | os.PathLike,
                 min_shape: Sequence[int], max_shape: Sequence[int], fp16: bool = False,
                 workspace_gib: int = 1, verbose: bool = False) -> None:
    """Write the TensorRT engine of an ONNX file, for the GPU of this machine.

    Args:
        onnx_file: What ``tools/pytorch2onnx.py`` wrote.
        engine_file: Where the engine is written, atomically.
        min_shape: Smallest input (N, 3, H, W), for a file of any size.
        max_shape: Largest input; it is the one that the engine is tuned for.
        fp16: Calculate in 16 bits where that is faster.
        workspace_gib: Memory for trying out kernels, in GiB.
        verbose: Print what TensorRT says.

    Raises:
        InputError: TensorRT or a GPU is missing, or it does not take the file.
    """
    trt = _tensorrt()
    logger = trt.Logger(trt.Logger.VERBOSE if verbose else trt.Logger.ERROR)
    builder = trt.Builder(logger)
    network = builder.create_network()
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(onnx_file)):
        raise InputError(f'TensorRT does not take {onnx_file}: {parser.get_error(0).desc()}')
    config = builder.create_builder_config()
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, workspace_gib << 30)
    if fp16:
        config.set_flag(trt.BuilderFlag.FP16)
    entry = network.get_input(0)
    if -1 in tuple(entry.shape):
        profile = builder.create_optimization_profile()
        profile.set_shape(entry.name, tuple(min_shape), tuple(max_shape), tuple(max_shape))
        config.add_optimization_profile(profile)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise InputError(f'TensorRT builds no engine of {onnx_file}; --verbose says why')
    write_whole(engine_file, lambda part: Path(part).write_bytes(engine))


def engine_runner(path: str, device: str = 'cuda') -> Callable[[Tensor], Sequence[Tensor]]:
    """Return a function that gives the outputs of an engine for pages (N, 3, H, W).

    Raises:
        InputError: TensorRT or a GPU is missing, or the file is not an engine of this version.
    """
    trt = _tensorrt()
    engine = trt.Runtime(trt.Logger(trt.Logger.ERROR)).deserialize_cuda_engine(
        Path(path).read_bytes())
    if engine is None:
        raise InputError(f'{path} is not an engine that this TensorRT ({trt.__version__}) reads')
    context = engine.create_execution_context()
    names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
    entry, *outputs = sorted(names, key=lambda name: engine.get_tensor_mode(name)
                             != trt.TensorIOMode.INPUT)

    def run(img: Tensor) -> list[Tensor]:
        img = img.to(device if device.startswith('cuda') else 'cuda').contiguous()
        context.set_input_shape(entry, tuple(img.shape))
        context.set_tensor_address(entry, img.data_ptr())
        found = []
        for name in outputs:
            dtype = torch.int64 if name == 'seg_pred' else torch.float32
            found.append(torch.empty(tuple(context.get_tensor_shape(name)), dtype=dtype,
                                     device=img.device))
            context.set_tensor_address(name, found[-1].data_ptr())
        stream = torch.cuda.current_stream(img.device)
        context.execute_async_v3(stream.cuda_stream)
        stream.synchronize()
        return found

    return run
