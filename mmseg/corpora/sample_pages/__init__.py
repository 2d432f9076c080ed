"""Sample pages: documents and slides drawn with their label maps, as many as wanted."""
from .generate import (
    CLASSES,
    PAGE_CLASSES,
    PALETTE,
    SamplePage,
    draw_page,
    make_sample_pages,
    sample_page,
)

__all__ = ['CLASSES', 'PAGE_CLASSES', 'PALETTE', 'SamplePage', 'draw_page', 'make_sample_pages',
           'sample_page']
