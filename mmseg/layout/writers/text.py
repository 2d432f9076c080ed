"""Functions for all text formats: characters allowed in XML, names of pages, numbers."""
from __future__ import annotations

import re
from pathlib import PurePath

from mmseg.version import __version__

from ..region import PageLayout

GENERATOR = f'mmseg {__version__}'
# XML 1.0, section 2.2: no control characters but tab and line ends, no surrogates (by which
# Python represents bytes of a file name that are not UTF-8).
_NOT_XML = re.compile('[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')


def clean(text: str) -> str:
    """``text`` with U+FFFD for each character that UTF-8 and XML cannot hold."""
    return _NOT_XML.sub('\ufffd', text)


def file_name(page: PageLayout) -> str:
    """Name of the page's file without its folder; ``'page'`` for an array."""
    return clean(PurePath(page.source).name) if page.source else 'page'


def number(value: float, digits: int = 4) -> str:
    """``value`` rounded, without an exponent and without zeros at the end."""
    text = f'{value:.{digits}f}'
    return text.rstrip('0').rstrip('.') if '.' in text else text
