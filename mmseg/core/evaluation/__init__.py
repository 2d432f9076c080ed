"""Scores of predictions: per-page counts, metrics, page types, reports."""
from mmseg.core.evaluation.counts import (
    PageCounts,
    all_reduce_counts,
    is_counts,
    split_by_pages,
    sum_counts,
)
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
from mmseg.core.evaluation.report import (
    EvalResult,
    evaluate_counts,
    result_names,
    write_report,
)

__all__ = [
    'EvalResult', 'PageCounter', 'PageCounts', 'all_reduce_counts', 'eval_metrics',
    'evaluate_counts', 'f_score', 'intersect_and_union', 'is_counts', 'mean_dice', 'mean_fscore',
    'mean_iou', 'page_confusion', 'page_type_metrics', 'pre_eval_to_metrics', 'result_names',
    'split_by_pages', 'sum_counts', 'total_area_to_metrics', 'total_intersect_and_union',
    'write_report'
]
