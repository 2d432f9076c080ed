"""Scores of predictions: per-page counts, metrics, page types, reports."""
from mmseg.core.evaluation.class_names import (
    ade_classes,
    ade_palette,
    cityscapes_classes,
    cityscapes_palette,
    cocostuff_classes,
    cocostuff_palette,
    get_classes,
    get_palette,
    isaid_classes,
    isaid_palette,
    layout_classes,
    layout_palette,
    loveda_classes,
    loveda_palette,
    occludedface_classes,
    occludedface_palette,
    potsdam_classes,
    potsdam_palette,
    stare_classes,
    stare_palette,
    vaihingen_classes,
    vaihingen_palette,
    voc_classes,
    voc_palette,
)
from mmseg.core.evaluation.counts import (
    PageCounts,
    all_reduce_counts,
    is_counts,
    split_by_pages,
    sum_counts,
)
from mmseg.core.evaluation.eval_hooks import DistEvalHook, EvalHook
from mmseg.core.evaluation.line_counts import LINE_METRIC, line_counts, line_scores
from mmseg.core.evaluation.metrics import (
    eval_metrics,
    f_score,
    intersect_and_union,
    mean_dice,
    mean_fscore,
    mean_iou,
    pre_eval_to_metrics,
    total_area_to_metrics,
    total_intersect_and_union,
)
from mmseg.core.evaluation.page_counter import PageCounter
from mmseg.core.evaluation.page_type import page_confusion, page_type_metrics
from mmseg.core.evaluation.region_counts import (
    REGION_METRIC,
    RegionFinder,
    region_counts,
    region_scores,
)
from mmseg.core.evaluation.report import (
    EvalResult,
    evaluate_counts,
    result_names,
    write_report,
)

__all__ = [
    'DistEvalHook', 'EvalHook', 'EvalResult', 'LINE_METRIC', 'PageCounter', 'PageCounts',
    'REGION_METRIC', 'RegionFinder', 'ade_classes', 'ade_palette', 'all_reduce_counts',
    'cityscapes_classes', 'cityscapes_palette', 'cocostuff_classes', 'cocostuff_palette',
    'eval_metrics', 'evaluate_counts', 'f_score', 'get_classes', 'get_palette',
    'intersect_and_union', 'is_counts', 'isaid_classes', 'isaid_palette', 'layout_classes',
    'layout_palette', 'line_counts', 'line_scores', 'loveda_classes', 'loveda_palette',
    'mean_dice', 'mean_fscore', 'mean_iou', 'occludedface_classes', 'occludedface_palette',
    'page_confusion', 'page_type_metrics', 'potsdam_classes', 'potsdam_palette',
    'pre_eval_to_metrics', 'region_counts', 'region_scores', 'result_names', 'split_by_pages',
    'stare_classes', 'stare_palette', 'sum_counts', 'total_area_to_metrics',
    'total_intersect_and_union', 'vaihingen_classes', 'vaihingen_palette', 'voc_classes',
    'voc_palette', 'write_report'
]
