"""Some pages of a PDF: their pictures and label maps as files, and what became of each."""
from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mmseg.corpora.jobs import Tally, write_file
from mmseg.utils.errors import InputError
from mmseg.utils.label_files import write_label_map
from mmseg.utils.pdf_pages import load_page, open_pdf
from mmseg.utils.sandbox import LimitError, Worker

from .label import CLASSES, SkippedPage, label_page
from .text import TextLines

IMAGES, LABELS, RECORDS, LINES = ('JPEGImages', 'SegmentationClassPNG', 'pdf_pages', 'TextLines')
_JPEG_QUALITY = 92
# Of Pascal VOC; its module would load the networks in every process.
COLOURS = ((0, 0, 0), (128, 0, 0), (0, 128, 0), (128, 128, 0), (0, 0, 128))
MEMORY = 768 << 20
# After so many pages that end or hang the process that reads them, the rest of a document is
# skipped.
_MAX_ENDED = 3


@dataclass(frozen=True)
class PagesJob:
    """Pages of one PDF to be made into pictures and label maps.

    Attributes:
        path: The PDF.
        out: Folder of the data set.
        names: Of the pages by their number, from 0.
        longer_side: Of the pictures, in pixels; or
        dpi: their pixels per inch.
        timeout: Seconds that a page may take before it is skipped.
        paragraphs: Fill the gaps between the lines of a paragraph.
    """

    path: Path
    out: Path
    names: dict[int, str]
    longer_side: int | None
    dpi: float | None
    timeout: float
    paragraphs: bool = False

    def run(self) -> Tally:
        """Make the pages that are not there yet; each leaves a record, of its labels or of why it
        was skipped.

        Pages are read in a process of their own: one that crashes it, or needs more time or memory
        than it may, is skipped and the others continue.
        """
        due = {number: name for number, name in self.names.items()
               if not record_file(self.out, name).exists()}
        worker: Worker | None = None
        ended = 0
        for number, name in due.items():
            if ended == _MAX_ENDED:
                self._record(name, {'skipped': f'{ended} pages before it could not be read in time '
                                               'or memory'})
                continue
            worker = worker if worker is not None and worker.ready else Worker(__name__)
            try:
                facts = worker.call(make_page, self, number, name, what='the page',
                                    seconds=self.timeout, memory=MEMORY)
            except LimitError as error:
                ended += 1
                facts = {'skipped': str(error)}
            except Exception as error:  # whatever broken files bring about
                facts = {'skipped': _reason(error)}
            self._record(name, facts)
        if worker is not None:
            worker.kill()
        return Tally(len(due), len(self.names) - len(due))

    def _record(self, name: str, facts: dict[str, Any]) -> None:
        write_file(str(record_file(self.out, name)), json.dumps(facts).encode())


def make_page(job: PagesJob, number: int, name: str) -> dict[str, Any]:
    """Write picture, label map and lines of text of a page; its record.

    Args:
        job: Of its document.
        number: Of the page, from 0.
        name: Of its files.
    """
    cv2.setNumThreads(1)
    try:
        with open_pdf(job.path) as document:
            page = label_page(load_page(document, number), job.longer_side, job.dpi,
                              job.paragraphs)
    except (SkippedPage, InputError) as skipped:
        return {'skipped': str(skipped)}
    done, content = cv2.imencode('.jpg', page.image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    assert done
    write_file(str(job.out / LINES / f'{name}.json'),
               (json.dumps(lines_json(page.lines), ensure_ascii=False) + '\n').encode())
    write_file(str(job.out / IMAGES / f'{name}.jpg'), content.tobytes())
    write_label_map(job.out / LABELS / f'{name}.png', page.label, COLOURS)
    pixels = np.bincount(page.label.ravel(), minlength=len(CLASSES)).tolist()
    return {'size': list(page.label.shape), 'pixels': dict(zip(CLASSES, pixels)),
            'lines': len(page.lines.boxes)}


def lines_json(lines: TextLines) -> Mapping[str, Any]:
    """Lines of text as they are written: ``{"lines": [{"polygon": …, "direction": …}, …]}``.

    A polygon has four corners in pixels, edges of pixels and not their middles: the upper left one
    of a reader who holds the line upright, then clockwise. The direction is 'ltr', 'rtl', or
    'vertical' for upright letters below each other.
    """
    written = []
    boxes = lines.boxes.astype(int).tolist()
    for (x0, y0, x1, y1), turn, direction in zip(boxes, lines.turns, lines.directions):
        corners = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
        written.append({'polygon': corners[turn:] + corners[:turn], 'direction': direction})
    return {'lines': written}


def record_file(out: Path, name: str) -> Path:
    """The file that says what became of a page."""
    return out / RECORDS / f'{name}.json'


def _reason(error: Exception) -> str:
    """What is wrong with a page, in a line."""
    said = ' '.join(str(error).split())[:100]
    return f'cannot be read: {type(error).__name__}{": " if said else ""}{said}'
