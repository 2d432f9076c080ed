"""Some pages of a PDF: their pictures and label maps as files, and what became of each."""
from __future__ import annotations

import io
import json
import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import cv2
import numpy as np
from PIL import Image

from mmseg.corpora.jobs import Tally, write_file
from mmseg.datasets.voc import voc_palette
from mmseg.utils.errors import InputError
from mmseg.utils.pdf_pages import load_page, open_pdf, render_page

from .label import CLASSES, SkippedPage, label_page

IMAGES, LABELS, RECORDS = 'JPEGImages', 'SegmentationClassPNG', 'pdf_pages'
_JPEG_QUALITY = 92


def pdfplumber() -> ModuleType:
    """The library that reads a page's objects, without its remarks on broken fonts.

    Raises:
        InputError: It is not installed.
    """
    try:
        import pdfplumber as library  # type: ignore[import-untyped]
    except ImportError as error:
        raise InputError("labels out of PDFs need pdfplumber: install the extra 'pdf' "
                         "(pip install -e '.[pdf]')") from error
    logging.getLogger('pdfminer').setLevel(logging.CRITICAL)
    return library


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
    """

    path: Path
    out: Path
    names: dict[int, str]
    longer_side: int | None
    dpi: float | None
    timeout: float

    def run(self) -> Tally:
        """Make the pages that are not there yet; each leaves a record, of its labels or of why it
        was skipped."""
        due = {number: name for number, name in self.names.items()
               if not record_file(self.out, name).exists()}
        if due:
            try:
                self._make(due)
            except InputError as error:  # the document itself; it was readable a moment ago
                for name in due.values():
                    self._record(name, {'skipped': str(error)})
        return Tally(len(due), len(self.names) - len(due))

    def _make(self, due: dict[int, str]) -> None:
        numbers = [number + 1 for number in due]  # pdfplumber counts from 1
        with open_pdf(self.path) as document:
            try:
                objects = pdfplumber().open(self.path, pages=numbers)
            except InputError:
                raise
            except Exception as error:
                raise InputError(_reason(error)) from error
            with objects:
                by_number = {page.page_number - 1: page for page in _pages_of(objects)}
                for number, name in due.items():
                    self._record(name, self._make_page(document, by_number.get(number), number,
                                                       name))

    def _make_page(self, document: Any, page: Any, number: int, name: str) -> dict[str, Any]:
        """Write picture and label map of a page; its record."""
        if page is None:
            return {'skipped': 'cannot be read: the page is broken'}
        try:
            with _time_limit(self.timeout):
                shown = load_page(document, number)
                image = render_page(shown, self.longer_side, self.dpi, annotations=False)
                label = label_page(page, image, shown)
        except (SkippedPage, InputError) as skipped:
            return {'skipped': str(skipped)}
        except Exception as error:  # whatever a parser of broken files may raise
            return {'skipped': _reason(error)}
        finally:
            page.close()
        done, content = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        assert done
        write_file(str(self.out / IMAGES / f'{name}.jpg'), content.tobytes())
        write_file(str(self.out / LABELS / f'{name}.png'), palette_png(label))
        pixels = np.bincount(label.ravel(), minlength=len(CLASSES)).tolist()
        return {'size': list(label.shape), 'pixels': dict(zip(CLASSES, pixels))}

    def _record(self, name: str, facts: dict[str, Any]) -> None:
        write_file(str(record_file(self.out, name)), json.dumps(facts).encode())


def _pages_of(objects: Any) -> list[Any]:
    """The pages of pdfplumber's document.

    Raises:
        InputError: It cannot read them.
    """
    try:
        return objects.pages
    except Exception as error:
        raise InputError(_reason(error)) from error


def record_file(out: Path, name: str) -> Path:
    """The file that says what became of a page."""
    return out / RECORDS / f'{name}.json'


def palette_png(label: np.ndarray) -> bytes:
    """A label map (H, W) as the bytes of a PNG with the colours of Pascal VOC."""
    picture = Image.fromarray(label).convert('P')
    picture.putdata(label.ravel())
    colours = np.zeros((256, 3), np.uint8)
    colours[:len(CLASSES)] = voc_palette(len(CLASSES))
    picture.putpalette(colours.tobytes())
    content = io.BytesIO()
    picture.save(content, 'PNG')
    return content.getvalue()


def _reason(error: Exception) -> str:
    """What is wrong with a page, in a line."""
    if isinstance(error, TimeoutError):
        return str(error)
    said = ' '.join(str(error).split())[:100]
    return f'cannot be read: {type(error).__name__}{": " if said else ""}{said}'


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeoutError where the body takes longer: some files send a parser round in circles.

    Signals reach the main thread only, which is where jobs run; elsewhere there is no limit.
    """
    if not hasattr(signal, 'SIGALRM') or (
            threading.current_thread() is not threading.main_thread()):
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f'takes longer than {seconds:g} s')

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
