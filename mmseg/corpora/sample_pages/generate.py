"""Sample pages with their label maps, one at a time or as a data set in VOC layout."""
from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from tqdm import tqdm

from mmseg.core.visualization import fonts
from mmseg.utils.atomic_write import atomic_folder
from mmseg.utils.errors import InputError, nearest
from mmseg.utils.label_files import write_label_map

from . import rich
from .canvas import Box, PageCanvas, Style, Typeface
from .degrade import degrade
from .documents import DOCUMENTS
from .slides import SLIDES

CLASSES = ('background', 'figure', 'text', 'table', 'validline')
PAGE_CLASSES = ('document', 'slide')
PALETTE = ((0, 0, 0), (128, 0, 0), (0, 128, 0), (128, 128, 0), (0, 0, 128))
# Height over width of documents (A4, letter) and slides (4:3, 16:10, 16:9).
DOCUMENT_SHAPES = (2 ** 0.5, 2 ** 0.5, 11 / 8.5)
SLIDE_SHAPES = (3 / 4, 10 / 16, 9 / 16)
ACCENTS = ((30, 60, 120), (140, 20, 40), (20, 110, 70), (200, 90, 10), (80, 30, 110),
           (40, 40, 40), (0, 120, 150))
DARK_PAPERS = ((24, 28, 40), (10, 45, 70), (35, 35, 35), (60, 15, 30))
LIGHT_PAPERS = ((255, 255, 255), (255, 255, 255), (255, 255, 255), (250, 248, 240),
                (242, 245, 250))
SPLITS = ('train', 'val')
STYLES = ('plain', 'rich')
_PLAIN_LANGUAGES = ('english', 'english', 'english', 'german', 'french', 'chinese')
LANGUAGES = {'plain': _PLAIN_LANGUAGES, 'rich': (*_PLAIN_LANGUAGES, 'spanish', 'russian')}
# The folder of the lines of text.
LINES = 'TextLines'
# Is in every folder written here, and only a folder with it is ever replaced.
MARKER = 'sample_pages.json'


def _draw_style(rng: np.random.Generator, slide: bool, language: str) -> Style:
    """Colours, fonts and text size of one page."""
    families = [Typeface.named('sans'), Typeface.named('serif')]
    body, head = (families[rng.integers(2)] for _ in range(2))
    if language == 'chinese':
        body = head = Typeface.named('cjk')
    style = Style(body=body, head=head, accent=ACCENTS[rng.integers(len(ACCENTS))],
                  paper=LIGHT_PAPERS[rng.integers(len(LIGHT_PAPERS))])
    if slide:
        style.text_size = float(rng.uniform(24, 34))
        style.justified = False
        if rng.random() < 0.2:
            style.paper = DARK_PAPERS[rng.integers(len(DARK_PAPERS))]
            style.ink, style.accent = (240, 240, 240), (230, 180, 90)
    else:
        style.text_size = float(rng.uniform(13, 17.5))
        style.justified = bool(rng.random() < 0.6)
        style.ink = tuple(int(c) for c in rng.integers(0, 60, 3))  # type: ignore[assignment]
    style.leading = float(rng.uniform(1.3, 1.6))
    return style


class SamplePage(NamedTuple):
    """One page: image ``(H, W, 3)``, label map ``(H, W)``, page class, and its lines of text.

    ``lines`` are polygons ``(4, 2)`` of x and y in pixels, edges of pixels and not their middles,
    from the upper left corner on clockwise; text in figures and tables has its lines too.
    """
    image: np.ndarray
    label: np.ndarray
    page_class: int
    lines: list[np.ndarray]


def draw_page(index: int, seed: int = 0, size: int = 640, split: str = 'train',
              style: str = 'plain') -> SamplePage:
    """One page with its label map and its lines of text; arguments as in :func:`sample_page`.

    Raises:
        InputError: No such split or style, or a number out of range.
    """
    if split not in SPLITS:
        raise InputError(f'split is one of {SPLITS}, not {split!r}.')
    if style not in STYLES:
        raise InputError(f'style is one of {STYLES}, not {style!r}{nearest(style, STYLES)}.')
    if min(index, seed) < 0 or size < 128:
        raise InputError(f'Sample pages need index and seed from 0 and a size of at least 128 '
                         f'pixels, not index {index}, seed {seed}, size {size}.')
    rng = np.random.default_rng([seed, SPLITS.index(split), index])
    slide = bool(rng.random() < 0.35)
    shapes = SLIDE_SHAPES if slide else DOCUMENT_SHAPES
    tall = shapes[rng.integers(len(shapes))]
    shape = (round(size * min(1, tall)), round(size * min(1, 1 / tall)))
    languages = LANGUAGES[style]
    language = languages[rng.integers(len(languages))]
    # Pillow's own font, where the machine has none, can write English only.
    needed = fonts.CJK if language == 'chinese' else fonts.SANS
    if fonts.find_font(needed) is None:
        language = 'english'
    if style == 'rich':
        page = PageCanvas(shape, rng, rich.draw_style(rng, slide, language), language)
        designs = rich.SLIDES if slide else rich.DOCUMENTS
    else:
        page = PageCanvas(shape, rng, _draw_style(rng, slide, language), language)
        designs = SLIDES if slide else DOCUMENTS
    designs[rng.integers(len(designs))](page)
    image, label, turn = page.image, page.label, np.eye(2, 3)
    if style == 'plain':
        image, label, turn = degrade(image, label, page.style.paper, rng)
    return SamplePage(image, label, int(slide), [_corners(box) @ turn[:, :2].T + turn[:, 2]
                                                 for box in _seen(page)])


def _seen(page: PageCanvas) -> list[Box]:
    """The boxes of the lines, cut to the page."""
    cut = [Box(max(0, box.left), max(0, box.top), min(page.box.right, box.right),
               min(page.box.bottom, box.bottom)) for box in page.lines]
    return [box for box in cut if box.width > 0 and box.height > 0]


def _corners(box: Box) -> np.ndarray:
    """The corners of a box, ``(4, 2)``, clockwise from the upper left."""
    return np.array([(box.left, box.top), (box.right, box.top), (box.right, box.bottom),
                     (box.left, box.bottom)], float)


def sample_page(index: int, seed: int = 0, size: int = 640, split: str = 'train',
                style: str = 'plain') -> tuple[np.ndarray, np.ndarray, int]:
    """Image, label map and page class of one page.

    A page depends only on its arguments (and on the fonts that the machine has), not on how many
    pages are made or in which order. Text is labelled line by line, each with the box of its ink.

    Args:
        index: Number of the page in its split, from 0.
        seed: Of the whole data set.
        size: Long side in pixels.
        split: ``train`` or ``val``; the two have no page in common.
        style: ``plain``, some of whose pages look scanned; or ``rich``, clean pages of what real
            corpora often lack: tables with and without rules, forms, newspapers, coloured boxes
            that are not figures, charts, mathematics, stamps, handwriting, dark slides, nearly
            blank pages.

    Returns:
        image: uint8 ``(H, W, 3)`` in BGR.
        label: uint8 ``(H, W)``: 0 background, 1 figure, 2 text, 3 table, 4 validline.
        page_class: 0 document, 1 slide.

    Raises:
        InputError: An unknown split or style, a negative number, or a size below 128.
    """
    page = draw_page(index, seed, size, split, style)
    return page.image, page.label, page.page_class


def _lines_json(lines: list[np.ndarray]) -> str:
    """The lines of a page as JSON, in tenths of a pixel."""
    return json.dumps({'lines': [{'polygon': np.round(polygon, 1).tolist(), 'direction': 'ltr'}
                                 for polygon in lines]}) + '\n'


def _write_pages(folder: Path, counts: dict[str, int], seed: int, size: int, style: str,
                 progress: bool) -> None:
    """Write images, masks, lines, splits and page labels into the empty folder."""
    for name in ('JPEGImages', 'SegmentationClassPNG', LINES, 'ImageSets/Segmentation'):
        (folder / name).mkdir(parents=True)
    page_labels: dict[str, int] = {}
    with tqdm(total=sum(counts.values()), desc='sample pages', unit='page',
              disable=not progress) as bar:
        for split, count in counts.items():
            names = [f'{split}_{index:05d}' for index in range(count)]
            for index, name in enumerate(names):
                page = draw_page(index, seed, size, split, style)
                page_labels[f'{name}.jpg'] = page.page_class
                cv2.imwrite(str(folder / 'JPEGImages' / f'{name}.jpg'), page.image,
                            [cv2.IMWRITE_JPEG_QUALITY, 92])
                (folder / LINES / f'{name}.json').write_text(_lines_json(page.lines))
                write_label_map(folder / 'SegmentationClassPNG' / f'{name}.png', page.label,
                                PALETTE)
                bar.update()
            lines = ''.join(f'{name}\n' for name in names)
            (folder / 'ImageSets/Segmentation' / f'{split}.txt').write_text(lines)
    (folder / 'class_names.txt').write_text(''.join(f'{name}\n' for name in CLASSES))
    (folder / 'cls_label.json').write_text(json.dumps(page_labels, indent=1) + '\n')
    facts = {'seed': seed, 'size': size, 'style': style, **counts, 'page_classes': PAGE_CLASSES}
    (folder / MARKER).write_text(json.dumps(facts, indent=1) + '\n')


def make_sample_pages(out_dir: str | os.PathLike,
                      num_train: int,
                      num_val: int,
                      seed: int = 0,
                      size: int = 640,
                      overwrite: bool = False,
                      progress: bool = False,
                      style: str = 'plain') -> Path:
    """Folder of a data set of sample pages in VOC layout.

    It holds ``JPEGImages``, ``SegmentationClassPNG`` (palette PNGs whose values are the classes),
    ``TextLines`` (per page a JSON file ``{"lines": [{"polygon": [[x, y], ...], "direction":
    "ltr"}]}``, in pixels), ``ImageSets/Segmentation/{train,val}.txt``, ``class_names.txt``,
    ``cls_label.json`` (file name to page class) and ``sample_pages.json`` (seed, size, style and
    counts). It is written under a temporary name and renamed, so that it is complete or absent.

    Args:
        out_dir: The folder to make.
        num_train: Pages of the training split.
        num_val: Pages of the validation split.
        seed: Every page depends on the seed and its own number only.
        size: Long side of the pages in pixels.
        overwrite: Replace sample pages that an earlier call wrote here.
        progress: Show a progress bar.
        style: ``plain`` or ``rich``, see :func:`sample_page`.

    Raises:
        InputError: An unknown style, a folder that holds something already (and is not to be
            overwritten, or was not written here), or no page to make.
    """
    out = Path(out_dir).absolute()
    if num_train < 0 or num_val < 0 or num_train + num_val == 0:
        raise InputError(f'Give the number of pages to make, not {num_train} for training and '
                         f'{num_val} for validation.')
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        if not (out / MARKER).is_file():
            raise InputError(f'{out} exists and does not hold sample pages: name a new or empty '
                             'folder.')
        if not overwrite:
            raise InputError(f'{out} holds sample pages already: name another folder, or ask for '
                             'overwriting.')
    with atomic_folder(out) as folder:
        _write_pages(folder, {'train': num_train, 'val': num_val}, seed, size, style, progress)
    return out
