"""Pages drawn by tests, as the converter of PDFs labels them."""
import numpy as np

from mmseg.corpora.pdf.label import label_page
from mmseg.utils.pdf_pages import load_page, open_pdf

BACKGROUND, FIGURE, TEXT, TABLE, LINE = range(5)


def page_of(file, longer_side=600, number=0, **options):
    with open_pdf(file) as document:
        page = label_page(load_page(document, number), longer_side, **options)
        assert page.label.shape == page.image.shape[:2] and page.label.dtype == np.uint8
        return page


def labels_of(file, longer_side=600, **options) -> np.ndarray:
    return page_of(file, longer_side, **options).label


def finish(page, turn=0, **options) -> np.ndarray:
    page.save(turn)
    return labels_of(page.canvas._filename, **options)


def classes_in(label, x0, y0, x1, y1) -> set:
    return set(np.unique(label[y0:y1, x0:x1]).tolist())
