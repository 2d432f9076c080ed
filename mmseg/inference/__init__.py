"""Scores from a forward function: whole page, windows, flips, scales and layers."""
from .fusion import Fusion, check_layers, fuse, resolve_layers
from .predictor import PageArrays, PageBoxes, Predictor
from .ruling_lines import RulingLines, follow_ruling_lines, with_ruling_lines
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

__all__ = ['Fusion', 'PageArrays', 'PageBoxes', 'PageLogits', 'PageScores', 'Predictor',
           'RulingLines', 'as_page', 'check_layers', 'follow_ruling_lines', 'fuse', 'resize_to',
           'resolve_layers', 'slide', 'softmax_scores', 'undo_flip', 'undo_flips',
           'with_ruling_lines']
