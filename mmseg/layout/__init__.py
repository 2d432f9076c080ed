"""From the scores of a page to its regions, and to files that OCR software reads."""
from .region import PageLayout, Region

__all__ = ['PageLayout', 'Region']
