"""Born-digital PDFs as a layout data set: labels come from what is drawn on their pages.

- ``convert_pdfs(folder, out_dir, ...)``: the data set in VOC layout, and its report.
- ``report_table(report)``: the report to be read.
- ``label_page(page, longer_side=…) -> PageLabel``: picture, label map and lines of one page.
"""
from .convert import convert_pdfs, report_table
from .label import CLASSES, PageLabel, SkippedPage, label_page

__all__ = ['CLASSES', 'PageLabel', 'SkippedPage', 'convert_pdfs', 'label_page', 'report_table']
