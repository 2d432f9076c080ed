"""A network of the package as ONNX: in float32, and in 8-bit integers.

The float32 file has no weights of its own. Its external data are the tensors of the safetensors
file next to it, at their places there, so that the weights are in the package once; float16 ones
become float32 inside. Any runtime that reads external data opens it.
"""
from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from ..utils.atomic_write import atomic_write
from ..utils.errors import InputError
from ..utils.named_weights import EXPORTED
from .files import INSIDE, inside_text
from .graph import Graph
from .info import ExportMetadata, describe_trace, normalization
from .int8 import Quantized, quantize_onnx
from .onnx import export_onnx
from .pages import calibration_pages, example_page

# Of the example; the files take pages of any size.
_SIZE = 768, 544
_MODEL = 'model.'  # before the names of the network's weights in a graph


def describe_packaged(model: nn.Module, fuse_conv_bn: bool = False) -> ExportMetadata:
    """Return what the files of a network with its config say about themselves."""
    graph = Graph(output='logits', normalization=normalization(model.cfg),
                  fuse_conv_bn=fuse_conv_bn)
    return describe_trace(model, model.cfg, graph)


def write_packaged(model: nn.Module, weights: Path,
                   pages: Sequence[str]) -> tuple[dict[str, Any], Quantized]:
    """Write both files of a network next to its weights.

    Args:
        model: The network with its config as ``cfg``, on the CPU.
        weights: Its safetensors file.
        pages: Files and folders of pages that calibrate the integers.

    Returns:
        What the index of the package says of the files, and how well the integers agree.

    Raises:
        InputError: No pages, the weights are not the network's, or a file cannot be written.
    """
    entries, quantized = {}, None
    for kind, suffix in EXPORTED.items():
        info = describe_packaged(model, fuse_conv_bn=kind == 'int8')
        example = example_page(model.cfg, info.graph, size=_SIZE)
        proto = export_onnx(model, example, info.graph, keep_norms=kind != 'int8')
        if kind == 'int8':
            quantized = quantize_onnx(proto, *calibration_pages(model.cfg, info.graph, pages))
            proto = quantized.proto
        else:
            refer_to_weights(proto.graph, weights)
        entry = proto.metadata_props.add()
        entry.key, entry.value = INSIDE, inside_text(info)
        content = proto.SerializeToString()
        file = weights.with_name(f'{weights.stem}{suffix}')
        with atomic_write(file) as part:
            part.write_bytes(content)
        entries[kind] = {'file': file.name, 'sha256': hashlib.sha256(content).hexdigest()}
    assert quantized is not None
    return entries, quantized


def refer_to_weights(graph: Any, weights: Path) -> None:
    """Let the weights of an ``onnx.GraphProto`` be tensors of a safetensors file.

    Raises:
        InputError: The file does not hold a weight of the graph, or another value of it.
    """
    from onnx import TensorProto, helper, numpy_helper
    content = weights.read_bytes()
    length, = struct.unpack('<Q', content[:8])
    header, start = json.loads(content[8:8 + length]), 8 + length
    for tensor in [part for part in graph.initializer if part.name.startswith(_MODEL)]:
        entry = header.get(tensor.name.removeprefix(_MODEL), {'dtype': None})
        half = entry['dtype'] == 'F16'
        if entry['dtype'] not in ('F16', 'F32'):
            raise InputError(f'{weights} has no float16 or float32 {tensor.name}')
        first, last = (start + offset for offset in entry['data_offsets'])
        stored = np.frombuffer(content[first:last], np.float16 if half else np.float32)
        if not np.array_equal(stored.reshape(entry['shape']), numpy_helper.to_array(tensor)):
            raise InputError(f'{weights} has another {tensor.name} than the network')
        outside = TensorProto(
            name=f'{tensor.name}{".half" * half}', dims=entry['shape'],
            data_type=TensorProto.FLOAT16 if half else TensorProto.FLOAT,
            data_location=TensorProto.EXTERNAL)
        for key, value in (('location', weights.name), ('offset', first), ('length', last - first)):
            outside.external_data.add(key=key, value=str(value))
        if half:
            cast = helper.make_node('Cast', [outside.name], [tensor.name], f'{tensor.name}.float',
                                    to=TensorProto.FLOAT)
            graph.node.insert(0, cast)
        graph.initializer.remove(tensor)
        graph.initializer.append(outside)
