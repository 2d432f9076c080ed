"""Born-digital PDFs as a layout data set: labels come from what is drawn on their pages.

- ``convert_pdfs(folder, out_dir, ...)``: the data set in VOC layout, and its report.
- ``report_table(report)``: the report to be read.
- ``label_page(page, image) -> label``: the label map of one page.
"""
from .convert import convert_pdfs, report_table
from .label import CLASSES, SkippedPage, label_page

__all__ = ['CLASSES', 'SkippedPage', 'convert_pdfs', 'label_page', 'report_table']
