"""Tesseract on the text lines of PDF pages against Tesseract alone; the PDF's text is the truth."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..core.visualization import save_image
from ..inference.predictor import Predictor
from ..utils.errors import InputError
from ..utils.pdf_pages import load_page, open_pdf, render_page
from .crops import row_pictures
from .region_options import RegionOptions
from .regions import page_layout
from .vertical import predict_pages

# Tesseract's page segmentation modes: find everything by itself, or one line.
_WHOLE, _LINE = 3, 7
# Seconds for a page.
_PATIENCE = 600
# What PDFium gives for a hyphen at the end of a line.
_HYPHENS = str.maketrans({'\ufffe': '-', '\x02': '-'})


@dataclass(frozen=True)
class OcrScore:
    """Wrong characters of a page.

    Attributes:
        page: The file and the number of the page from 1, ``paper.pdf#page=6``.
        characters: Of the PDF's text.
        alone: Characters to insert, delete or replace in what Tesseract reads on the whole page.
        lines: The same of what it reads on the lines, one after the other.
    """
    page: str
    characters: int
    alone: int
    lines: int

    def rates(self) -> tuple[float, float]:
        """Character error rates of Tesseract alone and on lines; may be above 1."""
        return self.alone / self.characters, self.lines / self.characters


def plain(text: str) -> str:
    """Return text in Unicode's form NFKC with single spaces in place of any white space."""
    return re.sub(r'\s+', ' ', unicodedata.normalize('NFKC', text.translate(_HYPHENS))).strip()


def character_errors(text: str, true: str) -> int:
    """Return the Levenshtein distance: characters to insert, delete or replace."""
    one, two = (np.frombuffer(word.encode('utf-32-le'), np.uint32) for word in (text, true))
    steps = np.arange(len(two) + 1)
    distance = steps
    for number, character in enumerate(one, 1):
        below = np.minimum(distance[:-1] + (two != character), distance[1:] + 1)
        # insertions: the least of all cells to the left and their distance
        distance = np.minimum.accumulate(np.append(number, below) - steps) + steps
    return int(distance[-1])


def score_ocr(predictor: Predictor, page: str, options: RegionOptions, *, language: str = 'eng',
              dpi: float = 200) -> OcrScore:
    """Return how many characters Tesseract reads wrong on a page, alone and on its lines.

    Args:
        predictor: Gives the scores of the page.
        page: ``paper.pdf#page=6``; a name without a number is the first page.
        options: How lines are found.
        language: Of Tesseract, as ``eng+deu``.
        dpi: Pixels per inch of the page.

    Raises:
        InputError: The page cannot be read or has no text, or Tesseract is not installed, does
            not know the language or fails.
    """
    image, true = _read(page, dpi)
    true = plain(true)
    if not true:
        raise InputError(f'{page} has no text in the PDF to compare with')
    layout = page_layout(predict_pages(predictor, [image], options)[0], predictor.classes,
                         page_classes=predictor.page_classes, options=options, image=image)
    lines = row_pictures(image, [line for region in layout.regions for line in region.lines])
    alone = read_text([image], _WHOLE, language, dpi)
    ours = read_text(lines, _LINE, language, dpi)
    return OcrScore(page, len(true), character_errors(plain(alone), true),
                    character_errors(plain(ours), true))


def _read(page: str, dpi: float) -> tuple[np.ndarray, str]:
    """A page as a picture, and its text."""
    file, _, number = page.partition('#page=')
    if number and not number.isdigit():
        raise InputError(f'a page is named as paper.pdf#page=6, got {page}')
    with open_pdf(file) as document:
        sheet = load_page(document, int(number or 1) - 1, file)
        return render_page(sheet, dpi=dpi), sheet.get_textpage().get_text_range()


def read_text(pictures: Iterable[np.ndarray], mode: int, language: str, dpi: float) -> str:
    """Return what Tesseract reads on pictures (h, w, 3) in BGR, one after the other.

    Args:
        pictures: A page, or lines.
        mode: Its page segmentation mode.
        language: As ``eng+deu``.
        dpi: Pixels per inch.

    Raises:
        InputError: Tesseract is not installed, does not know the language, or fails.
    """
    program = shutil.which('tesseract')
    if program is None:
        raise InputError('tesseract was not found: install it (Debian: apt-get install '
                         'tesseract-ocr) or put it on the PATH')
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for number, picture in enumerate(pictures):
            names.append(str(Path(folder, f'{number:05d}.png')))
            save_image(names[-1], picture)
        if not names:
            return ''
        listed = Path(folder, 'pictures.txt')
        listed.write_text('\n'.join(names) + '\n', encoding='utf-8')
        command = [program, str(listed), 'stdout', '--psm', str(mode), '--dpi', f'{dpi:.0f}', '-l',
                   language, '-c', 'page_separator=']
        try:
            done = subprocess.run(command, capture_output=True, timeout=_PATIENCE, check=False,
                                  env={**os.environ, 'OMP_THREAD_LIMIT': '1'})
        except subprocess.TimeoutExpired as error:
            raise InputError(f'tesseract took more than {_PATIENCE} seconds for a page') from error
    if done.returncode:
        message = done.stderr.decode(errors='replace').strip().splitlines()
        raise InputError(f'tesseract failed: {message[-1] if message else done.returncode}')
    return done.stdout.decode('utf-8', 'replace')
