"""Checks of a config's data: mistakes in its files, and recommendations."""
from mmseg.utils import mmcv_compat  # noqa: F401  before anything uses mmcv

from .check import check_config, check_first_pages
from .findings import KINDS, Finding, Findings
from .report import Report
from .splits import SPLITS

__all__ = ['Finding', 'Findings', 'KINDS', 'Report', 'SPLITS', 'check_config',
           'check_first_pages']
