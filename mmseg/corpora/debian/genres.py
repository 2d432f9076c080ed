"""Genres of documents and pages, from names, sizes and counts of objects."""
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from mmseg.corpora.pdf.documents import PAPER_SHAPES, SLIDE_SHAPES

# The first whose pattern is found in 'package/path' of a document, lower case, names its genre.
GENRES = (
    ('cv', r'curriculum|resume|europecv|moderncv|altacv|modernti|currvita|(?<![a-z])cvs?(?![a-z])'),
    ('letter', r'(?<!black)(?<![.])letter(?!press|space|ing)|brief(?!ing)|lettre|carta(?!z)'
               r'|envelope|newlfm'),
    ('exam', r'exam(?!ple)|exercise|quiz|homework|problem|worksheet|esami|exsheets|xsim|klausur'),
    ('poster', r'poster|flyer|leaflet|brochure'),
    ('form', r'(?<![a-z])forms?(?![a-z])|invoice|rechnung|fillin|questionnaire|ticket|label'
             r'|checklist|timesheet|certificate|(?<![a-z])cards?(?![a-z])|agenda|calendar|kalender'
             r'|protocol|patent'),
    ('refcard', r'refcard|ref-card|quickref|cheat|refman-card|short-?ref|symbols'),
    ('thesis', r'thes[ie]s|dissert|diplom|memoire|tese|tesi(?![a-z])|phd|bachelor|master(?!ing)'),
    ('music', r'music|guitar|song|lilypond|chord|gregorio|lyric|abc2|piano|opus'),
    ('puzzle', r'sudoku|chess|crossw|puzzle|texlive-games|(?<![a-z])go(?![a-z])|mahjong|othello'),
    ('font', r'fonts?[-_/]|specimen|glyph|unicode|texlive-fonts'),
    ('vignette', r'/r-(cran|bioc|other)|r-(cran|bioc)-|vignette'),
    ('paper', r'texlive-publishers|article|journal|paper|proceeding|preprint|conference|ieee|acm|'
              r'elsevier|springer|revtex|amsart|aastex|template|sample|(?<![a-z])report'),
    ('book', r'(?<![a-z])books?(?![a-z])|novel|poem|verse|bible|tufte|memoir|handbook|tutorial'),
)
# In points, those of beamer for 4:3, 16:9, 16:10, 14:9, 5:4 and 3:2, and of office programs.
_SLIDE_SIZES = ((362.8, 272.1), (453.5, 255.1), (453.5, 283.5), (396.9, 255.1), (354.3, 283.5),
                (382.7, 255.1), (720, 540), (960, 540), (720, 405), (960, 720), (793.7, 595.3))
_SLIDE_MAKERS = re.compile(r'beamer|powerpoint|impress|keynote|powerdot|prosper|ltxtalk', re.I)
_MADE_AS_DRAWING = re.compile(r'matplotlib|^r graphics|gnuplot|inkscape|^r |pdf2svg|metapost|xfig|'
                              r'fig2dev|graphviz|asymptote|dia ', re.I)
# Short side of sheets in points: A6 to A0, with letter, legal and book formats between them.
_SHEETS = (280, 2400)
_STANDARD = tuple((a, b) for a, b in (
    (297.6, 419.5), (419.5, 595.3), (595.3, 841.9), (841.9, 1190.6), (1190.6, 1683.8),
    (1683.8, 2383.9), (2383.9, 3370.4), (612, 792), (612, 1008), (792, 1224), (498.9, 708.7),
    (708.7, 1000.6), (516, 728.5), (522, 756), (432, 648), (396, 612)))
# Letters on a page of a report; slides have fewer.
_FULL = 900
DRAWING, LANDSCAPE = 'drawing', 'landscape'


def is_wide(width: float, height: float) -> bool:
    """Whether a page has the shape of a slide: wide, and no turned sheet of A4 or letter."""
    shape = width / height
    return SLIDE_SHAPES[0] <= shape <= SLIDE_SHAPES[1] and all(
        abs(shape / paper - 1) > 0.01 for paper in PAPER_SHAPES)


def genre_of(package: str, document: Mapping[str, Any]) -> str:
    """Genre of a surveyed document.

    'slide', one of ``GENRES``, 'manual' for the rest; 'drawing' for a single picture and
    'landscape' for wide pages that are not slides, neither of which is a page to learn from.

    Args:
        package: Its package.
        document: Its line of the survey.
    """
    seen = document['seen']
    sizes = [page['size'] for page in seen]
    made = f'{document["creator"]} {document["producer"]}'
    if 2 * sum(width > 1.02 * height for width, height in sizes) > len(sizes):
        genre = _wide_genre(document, sizes, made)
        if genre:
            return genre
    short, long = sorted(Counter(map(tuple, sizes)).most_common(1)[0][0])
    if not _SHEETS[0] <= short <= _SHEETS[1] or long > 1.9 * short:
        return DRAWING
    if document['pages'] == 1 and (_MADE_AS_DRAWING.search(made) or not _is_sheet(short, long)):
        return DRAWING
    name = f'{package}/{document["file"]}'.lower()
    name = re.sub(r'/(usr|share|doc|texlive-doc|latex|texmf)(?=/)', '', name)
    return next((genre for genre, pattern in GENRES if re.search(pattern, name)), 'manual')


def _wide_genre(document: Mapping[str, Any], sizes: Sequence[tuple[float, float]],
                made: str) -> str:
    """What a document of wide pages is: 'slide' or no page; '' for sheets of paper on their side
    that are full of text."""
    letters = median(page['chars'] for page in document['seen'])
    if 2 * sum(is_wide(*size) for size in sizes) <= len(sizes):
        return '' if letters >= _FULL else LANDSCAPE
    wide = next(size for size in sizes if is_wide(*size))
    if _SLIDE_MAKERS.search(made) or any(
            abs(wide[0] - width) < 2 and abs(wide[1] - height) < 2
            for width, height in _SLIDE_SIZES):
        return 'slide'
    if document['pages'] < 3 or not 180 <= min(wide) <= 700 or _MADE_AS_DRAWING.search(made):
        return DRAWING
    return 'slide' if 20 <= letters <= 600 else LANDSCAPE


def _is_sheet(width: float, height: float) -> bool:
    return any(abs(width - short) < 4 and abs(height - long) < 4 for short, long in _STANDARD)


def script_of(document: Mapping[str, Any]) -> str:
    """The script that most of the surveyed pages are in, '' for a document without letters."""
    scripts = Counter(page['script'] for page in document['seen'] if page['script'])
    scripts['han'] += scripts.pop('kana', 0) + scripts.pop('cjk', 0)
    for name in ('mathematical', 'fullwidth', 'modifier', 'other', 'double'):
        scripts['latin'] += scripts.pop(name, 0)
    return max(scripts, key=lambda name: (scripts[name], name)) if scripts.total() else ''


def content_of(page: Mapping[str, Any]) -> str:
    """What a surveyed page seems to hold: 'table', 'figure', 'rule', 'plain' or 'sparse'.

    Args:
        page: Its facts in the survey.
    """
    if page['same_rules'] >= 3 or (page['upright'] >= 2 and page['level'] >= 3):
        return 'table'
    if 0.02 <= page['image'] <= 0.85 or page['drawn'] >= 8:
        return 'figure'
    if page['level']:
        return 'rule'
    return 'plain' if page['chars'] >= 600 else 'sparse'


def family_of(package: str) -> str:
    """Name of a package without a language or machine at its end: those are translations and
    builds of the same documents."""
    return re.sub(r'(-(amd64|arm64|armel|armhf|i386|mips64el|mipsel|ppc64el|s390x|doc|dev|pdf|data'
                  r'|extra|[a-z]{2}(-[a-z]{2})?))+$', '', package)


def look_of(package: str, document: Mapping[str, Any]) -> str:
    """What documents have in common that look alike: family, size of the page and font."""
    width, height = document['seen'][0]['size']
    fonts = Counter(page['font'] for page in document['seen'])
    return f'{family_of(package)} {width:.0f}x{height:.0f} {fonts.most_common(1)[0][0]}'
