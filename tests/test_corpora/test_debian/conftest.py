"""A small archive of packages with PDFs, in the place where fetched ones lie."""
import hashlib
import random

import cv2
import numpy as np
import pytest

reportlab = pytest.importorskip('reportlab')
pytest.importorskip('pypdfium2')

from reportlab.lib.utils import ImageReader  # noqa: E402
from reportlab.pdfgen.canvas import Canvas  # noqa: E402

A4, BEAMER = (595.3, 841.9), (362.8, 272.1)


def words(seed, number):
    """Words that no other seed gives."""
    draw = random.Random(str(seed))
    return [''.join(draw.choices('abcdefghijklmnoprstuvwyz', k=draw.randint(3, 8)))
            for _ in range(number)]


def picture(seed):
    """A picture (90, 120, 3) of coarse coloured noise, another for each seed."""
    noise = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), np.uint8)
    return cv2.resize(noise, (120, 90), interpolation=cv2.INTER_NEAREST)


@pytest.fixture
def archive(tmp_path):
    """Write PDFs of packages: ``archive('package', 'name.pdf', ['text', 'table', ...])``."""

    def write(package, name, pages, size=A4, seed=None, font='Helvetica', creator='LaTeX'):
        path = tmp_path / 'work' / 'files' / package / 'usr/share/doc' / package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        canvas = Canvas(str(path), pagesize=size, invariant=True)
        canvas.setCreator(creator)
        for number, kind in enumerate(pages):
            _page(canvas, kind, size, f'{seed or name}-{number}', font)
        canvas.save()
        return path

    write.work = tmp_path / 'work'
    return write


def _page(canvas, kind, size, seed, font):
    """A page of text with nothing else, a ruled table, a picture or a rule; or with little text."""
    width, height = size
    canvas.setFont(font, 10)
    lines = {'sparse': 2, 'poster': 1}.get(kind, 0) or int(height / 16) - 6
    chosen, across = words(seed, lines * 8), max(2, int(width / 80))
    offset = int(hashlib.sha256(seed.encode()).hexdigest()[:4], 16) % 120
    for line in range(lines):
        wide = across - (line * 7 + offset) % across // 2
        canvas.drawString(40, height - 40 - 16 * line,
                          ' '.join(chosen[8 * line:8 * line + wide]))
    y = 60
    if kind == 'table':
        for line in (y - 40, y - 20, y, y + 20):
            canvas.line(40, line, 280, line)
        canvas.line(40, y - 40, 40, y + 20)
        canvas.line(280, y - 40, 280, y + 20)
    elif kind == 'figure':
        number = int(hashlib.sha256(seed.encode()).hexdigest()[:8], 16)
        canvas.drawImage(ImageReader(_pil(picture(number))), 40, 20, 160, 120)
    elif kind == 'poster':
        canvas.drawImage(ImageReader(_pil(picture(5))), 50, 100, width - 100, height - 200)
    elif kind == 'rule':
        canvas.line(40, 30, width - 40, 30)
    canvas.showPage()


def _pil(array):
    from PIL import Image
    return Image.fromarray(array)
