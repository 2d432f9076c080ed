"""Export of networks to TorchScript and ONNX, and comparison with the model."""
from mmseg.utils import mmcv_compat  # noqa: F401  before anything uses mmcv

from .comparison import Comparison, compare, draw_comparison
from .files import load_traced, save_traced
from .graph import Graph, Normalization, PageScorer
from .info import (
    ExportMetadata,
    Preprocessing,
    describe_trace,
    normalization,
    preprocessing,
    read_info,
    sidecar,
    with_input,
    write_sidecar,
)
from .network import ExportedNetwork
from .onnx import OPSET, export_onnx, save_onnx, verify_onnx
from .predictor import ExportedPredictor
from .segmentor import ExportedClassifier, ExportedSegmentor, exported_model
from .tensorrt import build_engine
from .torchscript import base_view, trace_segmentor

__all__ = [
    'OPSET', 'Comparison', 'ExportMetadata', 'ExportedClassifier', 'ExportedNetwork',
    'ExportedPredictor', 'ExportedSegmentor', 'Graph', 'Normalization', 'PageScorer',
    'Preprocessing', 'base_view', 'build_engine', 'compare', 'describe_trace', 'draw_comparison',
    'export_onnx', 'exported_model', 'load_traced', 'normalization', 'preprocessing', 'read_info',
    'save_onnx', 'save_traced', 'sidecar', 'trace_segmentor',
    'verify_onnx', 'with_input', 'write_sidecar',
]
