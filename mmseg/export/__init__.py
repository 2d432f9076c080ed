"""Networks for programs without Python: TorchScript, and how far it is from the model."""
from .compare import Comparison, compare, draw_comparison
from .torchscript import PageScorer, base_view, trace_segmentor
from .trace_file import TraceInfo, describe_trace, load_traced, preparation, save_traced

__all__ = ['Comparison', 'PageScorer', 'TraceInfo', 'base_view', 'compare', 'describe_trace',
           'draw_comparison', 'load_traced', 'preparation', 'save_traced', 'trace_segmentor']
