"""A quick survey of the pages of a package's PDFs, to choose among them."""
from __future__ import annotations

import ctypes
import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mmseg.corpora.pdf.documents import chosen_pages
from mmseg.utils.errors import InputError
from mmseg.utils.pdf_pages import open_pdf

from .fingerprints import text_sketch
from .watched import pdfs_below, write_lines_of

# Pages of a document that are looked at, evenly spread; of one whose pages are wide, more.
PAGES_SEEN, WIDE_PAGES_SEEN = 14, 60
_MAX_OBJECTS = 4000
_MAX_BYTES = 60_000_000
# In points: a rule is thinner and longer than this.
_RULE_THICKNESS, _RULE_LENGTH = 4, 36
_SCRIPTS = {'CJK': 'han', 'HIRAGANA': 'kana', 'KATAKANA': 'kana', 'HANGUL': 'hangul'}


def survey_package(folder: Path, record: Path, seconds: float = 60.) -> None:
    """Look at all PDFs below a package's folder and write a line of JSON for each into a file.

    Args:
        folder: Of the package.
        record: The file to write; one that is there is finished.
        seconds: That a document may take.
    """
    if not record.is_file():
        write_lines_of(survey_document, folder, pdfs_below(folder), record, seconds)


def survey_document(path: Path) -> dict[str, Any]:
    """Facts of a document and of some of its pages; or ``{'skipped': reason}``."""
    try:
        size = path.stat().st_size
        if size > _MAX_BYTES:
            return {'skipped': f'has {size} bytes'}
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        with open_pdf(path, name='it') as document:
            count = len(document)
            numbers = chosen_pages(count, PAGES_SEEN)
            if _is_wide(document, numbers):
                numbers = chosen_pages(count, WIDE_PAGES_SEEN)
            pages = [_survey_page(document, number) for number in numbers]
            meta = document.get_metadata_dict(skip_empty=True)
    except (InputError, OSError) as error:
        return {'skipped': str(error)}
    except Exception as error:  # whatever PDFium's wrapper raises for a broken file
        return {'skipped': f'cannot be read: {type(error).__name__}'}
    return {'sha256': content, 'pages': count, 'producer': meta.get('Producer', '')[:60],
            'creator': meta.get('Creator', '')[:60], 'title': meta.get('Title', '')[:80],
            'seen': [page for page in pages if page]}


def _is_wide(document: Any, numbers: Sequence[int]) -> bool:
    """Whether most of these pages are wider than tall."""
    sizes = [document.get_page_size(number) for number in numbers]
    return 2 * sum(width > height for width, height in sizes) > len(sizes)


def _survey_page(document: Any, number: int) -> dict[str, Any] | None:
    """Facts of a page, None where it cannot be loaded."""
    import pypdfium2  # type: ignore[import-untyped]
    try:
        page = document[number]
        width, height = page.get_size()
        text = page.get_textpage().get_text_range()
    except pypdfium2.PdfiumError:
        return None
    letters = [char for char in text if char.isalpha()]
    scripts = Counter(_script(char) for char in letters[::max(1, len(letters) // 200)])
    return {'number': number, 'size': [round(width, 1), round(height, 1)],
            'chars': sum(not char.isspace() for char in text),
            'script': scripts.most_common(1)[0][0] if scripts else '',
            'sketch': text_sketch(text), **_objects(page, width, height)}


def _script(char: str) -> str:
    name = unicodedata.name(char, 'OTHER').split()[0].split('-')[0]
    return _SCRIPTS.get(name, name.lower())


def _objects(page: Any, width: float, height: float) -> dict[str, Any]:
    """How many images, drawings and rules are on a page, and in which fonts its text is."""
    import pypdfium2.raw as pdfium  # type: ignore[import-untyped]
    images: list[float] = []
    level: list[tuple[float, float, float]] = []
    upright = drawn = filled = texts = 0
    fonts: Counter[str] = Counter()
    for item, kind in _walk(page):
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            texts += 1
            if texts % 8 == 1 and texts < 400:
                fonts[_font(item)] += 1
            continue
        x0, y0, x1, y1 = _bounds(item)
        wide, high = x1 - x0, y1 - y0
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            images.append(round(wide * high / (width * height), 3))
        elif high < _RULE_THICKNESS and wide > _RULE_LENGTH:
            level.append((round(x0), round(x1), round(y0)))
        elif wide < _RULE_THICKNESS and high > 8:
            upright += 1
        elif wide * high > 0.3 * width * height:
            filled += 1
        elif wide * high > 16:
            drawn += 1
    alike = Counter((x0, x1) for x0, x1, _ in set(level))
    return {'images': len(images), 'image': max(images, default=0.), 'drawn': drawn,
            'filled': filled, 'level': len(set(level)), 'upright': upright,
            'same_rules': max(alike.values(), default=0), 'texts': texts,
            'font': fonts.most_common(1)[0][0] if fonts else ''}


def _walk(page: Any) -> Iterator[tuple[Any, int]]:
    """Objects of a page with their types, those inside of forms too; at most some thousands."""
    import pypdfium2.raw as pdfium
    left = _MAX_OBJECTS
    stack = [(page.raw, False, 0)]
    while stack and left > 0:
        holder, form, depth = stack.pop()
        count = (pdfium.FPDFFormObj_CountObjects if form else pdfium.FPDFPage_CountObjects)(holder)
        get = pdfium.FPDFFormObj_GetObject if form else pdfium.FPDFPage_GetObject
        for index in range(min(count, left)):
            left -= 1
            item = get(holder, index)
            kind = pdfium.FPDFPageObj_GetType(item)
            if kind != pdfium.FPDF_PAGEOBJ_FORM:
                yield item, kind
            elif depth < 3:
                stack.append((item, True, depth + 1))


def _bounds(item: Any) -> tuple[float, float, float, float]:
    import pypdfium2.raw as pdfium
    edges = [ctypes.c_float() for _ in range(4)]
    pdfium.FPDFPageObj_GetBounds(item, *edges)
    x0, y0, x1, y1 = (edge.value for edge in edges)
    return x0, y0, x1, y1


def _font(item: Any) -> str:
    """Name of a text's font, without the letters in front of it that mark a subset."""
    import pypdfium2.raw as pdfium
    font = pdfium.FPDFTextObj_GetFont(item)
    room = ctypes.create_string_buffer(128)
    if not font or not pdfium.FPDFFont_GetBaseFontName(font, room, 128):
        return ''
    return room.value.decode('utf-8', 'replace').split('+')[-1]
