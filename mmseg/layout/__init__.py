"""Regions from the scores of a page, and writers of files for OCR software."""
from mmseg.utils import mmcv_compat  # noqa: F401  before anything uses mmcv

from ..core.erosion import ErosionParams
from .reading_order import reading_order
from .region import PageLayout, Region, TextLine
from .region_options import RegionOptions
from .regions import find_regions, page_layout

__all__ = ['ErosionParams', 'PageLayout', 'Region', 'RegionOptions', 'TextLine',
           'find_regions', 'page_layout',
           'reading_order']
