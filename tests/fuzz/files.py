"""Groups: pictures, PDFs, requests to the service, logs and results."""
from __future__ import annotations

import io
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import cv2
import numpy as np
from PIL import Image

from mmseg.corpora.annotations.images import Picture
from mmseg.corpora.pdf.label import SkippedPage, label_page
from mmseg.datasets.pipelines import LoadImageFromFile
from mmseg.inference import PageArrays
from mmseg.utils.page_images import read_page, read_pages
from mmseg.utils.pdf_pages import load_page, open_pdf
from mmseg.utils.training_log import read_runs

from ..test_serve.attack_files import good_page, pdf
from .group import Group

_MODES = {'PNG': ('1', 'L', 'P', 'RGB', 'RGBA', 'I;16'), 'JPEG': ('L', 'RGB', 'CMYK'),
          'TIFF': ('1', 'L', 'RGB', 'F'), 'WEBP': ('RGB', 'RGBA'), 'BMP': ('L', 'RGB'),
          'GIF': ('P', ), 'PPM': ('RGB', '1'), 'JPEG2000': ('RGB', ), 'TGA': ('RGB', ),
          'PCX': ('L', ), 'ICO': ('RGBA', ), 'SGI': ('RGB', )}


def _pictures(kind: str) -> list[bytes]:
    page = np.full((24, 32, 3), 255, np.uint8)
    page[4:9, 3:20] = (200, 30, 60)
    found = []
    for mode in _MODES[kind]:
        picture = Image.fromarray(page)
        picture = picture.convert('I').convert(mode) if ';' in mode else picture.convert(mode)
        options: dict[str, Any] = {}
        if kind in ('JPEG', 'PNG', 'TIFF') and mode in ('L', 'RGB'):
            options['exif'] = Image.Exif()
            options['exif'][0x0112] = 6
        if kind == 'TIFF':
            options.update(save_all=True, append_images=[picture])
        stream = io.BytesIO()
        picture.save(stream, kind, **options)
        found.append(stream.getvalue())
    return found


def _read_picture(folder: Path) -> None:
    """As inference, converters, the service and training read it."""
    file = folder / 'page'
    for page in read_pages(str(file)):
        assert page.image.ndim == 3 and page.image.dtype == np.uint8
    read_page(str(file), 0, max_pages=50)
    Picture(str(file), None, 'a.json').write(str(folder / 'out.png'))
    LoadImageFromFile()(dict(img_prefix=str(folder), img_info=dict(filename='page')))


def _pdfs() -> list[bytes]:
    lines = '\n'.join(f'BT /F 12 Tf 1 0 0 1 60 {700 - 16 * line} Tm (The quick brown fox jumps '
                      f'over the lazy dog) Tj ET' for line in range(8))
    drawn = '60 500 m 540 500 l S 100 100 200 150 re f q 90 0 0 90 300 200 cm /I Do Q 1 0 0 rg '
    font = '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'
    image = ('<< /Type /XObject /Subtype /Image /Width 2 /Height 2 /ColorSpace /DeviceGray '
             '/BitsPerComponent 8 /Length 4 >>\nstream\nabcd\nendstream')
    return [pdf(lines + drawn, '/Font << /F 5 0 R >> /XObject << /I 6 0 R >>', [font, image]),
            pdf(f'0.5 w q 1 0 0 1 5 5 cm {drawn} Q /X Do {lines}',
                '/Font << /F 5 0 R >> /XObject << /I 6 0 R /X 7 0 R >>',
                [font, image, '<< /Type /XObject /Subtype /Form /BBox [0 0 600 800] /Length 12 >>\n'
                 'stream\n0 0 5 5 re f\nendstream'])]


def _read_pdf(folder: Path) -> None:
    with open_pdf(folder / 'page.pdf') as document:
        for number in range(min(len(document), 2)):
            try:
                label_page(load_page(document, number), longer_side=300)
            except SkippedPage:
                pass


class DarkIsText:
    """Answers without a network."""

    classes, palette, page_classes = ('background', 'text'), ((0, 0, 0), (0, 128, 0)), ()

    def predict(self, images: Iterable[np.ndarray]) -> list[PageArrays]:
        """Dark pixels are text."""
        dark = [(image.max(axis=2) < 128).astype(np.float32) for image in images]
        return [PageArrays(np.stack([1 - one, one]), None) for one in dark]


@cache
def _client() -> Any:
    from starlette.testclient import TestClient

    from mmseg.serve.app import create_app
    return TestClient(create_app(DarkIsText()))


def _requests() -> list[Any]:
    """Parts of a request; ``_send`` puts them together."""
    picture = cv2.imencode('.png', np.full((20, 30, 3), 255, np.uint8))[1].tobytes()
    return [dict(method='POST', path='/layout', query=dict(format=form, min_area='5', dpi='72'),
                 head={'content-type': 'multipart/form-data; boundary=xyz'},
                 parts=[dict(name='file', filename='a.png', kind='image/png',
                             body=content.decode('latin-1'))])
            for form, content in (('json', picture), ('page', picture), ('coco', _pdfs()[0]),
                                  ('alto', good_page(200, 150)), ('jpg', picture))]


def _send(folder: Path) -> None:
    """A request to the service; an answer of 500 and more is a fault, but for 503."""
    try:
        request = json.loads((folder / 'request.json').read_bytes())
        parts = [part for part in request['parts'] if isinstance(part, dict)]
        head = {str(name): str(value) for name, value in dict(request['head']).items()}
        query = '&'.join(f'{quote(str(key))}={quote(str(value))}'
                         for key, value in dict(request['query']).items())
        method, path = str(request['method']), str(request['path'])
    except (ValueError, KeyError, TypeError, RecursionError):
        return  # no request came about
    body = b''.join(
        f'--xyz\r\nContent-Disposition: form-data; name="{part.get("name")}"; filename='
        f'"{part.get("filename")}"\r\nContent-Type: {part.get("kind")}\r\n\r\n'
        f'{part.get("body")}\r\n'.encode('latin-1', 'replace') for part in parts) + b'--xyz--\r\n'
    try:
        request = _client().build_request(method, f'http://testserver/{path.lstrip("/")}?{query}',
                                          headers=head, content=body)
    except Exception:
        return  # no client could send it
    answer = _client().send(request)
    assert answer.status_code < 500 or answer.status_code == 503, answer.text


def _logs() -> list[str]:
    rows = [dict(env_info='', config='runner = dict(type="IterBasedRunner")', seed=0),
            *(dict(mode='train', epoch=1, iter=10 * number, lr=.01, memory=5, data_time=.1,
                   loss=1. / number, time=.2) for number in range(1, 4)),
            dict(mode='val', epoch=1, iter=3, lr=.01, mIoU=.5)]
    return ['\n'.join(map(json.dumps, rows)) + '\n']


def _read_log(folder: Path) -> None:
    for run in read_runs([folder / 'a.log.json']):
        run.time_summary()
        for key in run.keys():
            run.curve(key)


FILES = {
    **{f'pictures {kind}': Group('page', lambda kind=kind: _pictures(kind), _read_picture)
       for kind in _MODES},
    'PDF': Group('page.pdf', _pdfs, _read_pdf),
    'requests': Group('request.json', _requests, _send, json.dumps),
    'logs': Group('a.log.json', _logs, _read_log),
}
