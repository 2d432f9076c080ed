"""Scores from a forward function: whole page, windows, flips, scales and layers."""
from .figure_boxes import FigureBoxes
from .fusion import Fusion, check_layers, fuse, resolve_layers
from .predictor import PageArrays, PageBoxes, Predictor
from .refinement import refine, refine_batch, refinements
from .ruled_tables import RuledTables
from .ruling_lines import RulingLines
from .table_boxes import TableBoxes
from .text_ink import TextInk
from .views import (
    PageLogits,
    PageScores,
    as_page,
    resize_to,
    slide,
    softmax_scores,
    undo_flip,
    undo_flips,
)

__all__ = ['FigureBoxes', 'Fusion', 'PageArrays', 'PageBoxes', 'PageLogits', 'PageScores',
           'Predictor', 'RuledTables', 'RulingLines', 'TableBoxes', 'TextInk', 'as_page',
           'check_layers', 'fuse', 'refine', 'refine_batch', 'refinements', 'resize_to',
           'resolve_layers', 'slide', 'softmax_scores', 'undo_flip', 'undo_flips']
