"""The service as an ASGI application."""
from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib import resources
from typing import Annotated, Any
from urllib.parse import quote

import cv2
import numpy as np
from fastapi import FastAPI, File, Query, Request, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from ..apis.layout import region_options
from ..inference.predictor import Predictor
from ..layout.writers import FORMATS, find_format
from ..utils.errors import InputError
from ..version import __version__
from .batching import Batcher
from .limits import UploadLimit
from .metrics import Metrics
from .processing import ReadPage, TooManyPages, as_answer, plain_name, read_file

Upload = Annotated[UploadFile, File(description='a picture, a TIFF file or a PDF')]
Form = Annotated[str, Query(description=', '.join(FORMATS))]
RightToLeft = Annotated[bool, Query(description='columns are read from the right')]
MinArea = Annotated[float, Query(ge=0, description='smallest area of a region, in pixels of a '
                                                   'page whose longer side is 768')]
Dpi = Annotated[float | None, Query(gt=0, le=600, description='of pages out of a PDF; 150')]
# Nothing from elsewhere, and nothing in a file's name or a region runs.
_HEADERS = {'Content-Security-Policy': "default-src 'none'; img-src data: blob:; connect-src "
                                       "'self'; style-src 'unsafe-inline'; script-src "
                                       "'unsafe-inline'; base-uri 'none'; form-action 'self'; "
                                       "frame-ancestors 'none'",
            'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer'}


@dataclass(frozen=True)
class ServiceOptions:
    """Limits of a service.

    Attributes:
        batch: Pages that go through the network at once, at most.
        most_bytes: Of a file.
        most_pages: Of a file.
        most_pixels: Of a page; each takes four bytes for every class.
        most_requests: That are answered or wait; one more is told to come again.
        upload_seconds: In which a file has to arrive.
    """

    batch: int = 4
    most_bytes: int = 50_000_000
    most_pages: int = 50
    most_pixels: int = 40_000_000
    most_requests: int = 64
    upload_seconds: float = 60.

    def __post_init__(self) -> None:
        """Raise InputError for a limit that lets nothing through."""
        for name, value in vars(self).items():
            if value <= 0:
                raise InputError(f'{name} of the service must be above 0, got {value}')


class Service:
    """What the requests of an application share.

    Args:
        predictor: What answers for pages.
        options: Limits.
    """

    def __init__(self, predictor: Predictor, options: ServiceOptions) -> None:
        self.options = options
        self.metrics = Metrics()
        self.regions = region_options(predictor)
        self.batcher = Batcher(predictor, options.batch, self.metrics.batches.observe)
        self._places = threading.BoundedSemaphore(options.most_requests)

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Whether there is a place for one more request; it is held meanwhile."""
        free = self._places.acquire(blocking=False)
        try:
            if free:
                self.metrics.busy.inc()
            yield free
        finally:
            if free:
                self.metrics.busy.dec()
                self._places.release()

    def read(self, content: bytes, name: str, right_to_left: bool, min_area: float,
             dpi: float | None) -> list[ReadPage]:
        """The pages of a file with their regions; for errors see :func:`read_file`."""
        options = self.regions.changed(right_to_left=right_to_left, min_area=min_area)
        pages = list(read_file(content, name, self.batcher, options, dpi=dpi,
                               most_pages=self.options.most_pages,
                               most_pixels=self.options.most_pixels))
        self.metrics.pages.inc(len(pages))
        return pages


def create_app(predictor: Predictor, options: ServiceOptions = ServiceOptions()) -> FastAPI:
    """Return the service.

    Args:
        predictor: What answers for pages.
        options: Limits.
    """
    service = Service(predictor, options)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        service.batcher.close()

    app = FastAPI(title='Page layout', version=__version__, docs_url=None, redoc_url=None,
                  description='Regions of pages: pictures, TIFF files and PDFs.',
                  lifespan=lifespan)
    app.state.service = service
    _add_errors(app)
    _add_information(app, service)
    _add_layout(app, service)
    app.add_middleware(UploadLimit, most_bytes=options.most_bytes, seconds=options.upload_seconds)

    @app.middleware('http')
    async def watch(request: Request, answer: Callable[[Request], Any]) -> Response:
        """Count what is answered, and refuse what there is no place for before reading it."""
        if request.method != 'POST':
            response = await answer(request)
        else:
            begun = time.perf_counter()
            with service.place() as free:
                response = await answer(request) if free else JSONResponse(
                    {'error': f'{options.most_requests} requests are waiting already; try again '
                              'in a moment'}, 503, {'Retry-After': '2'})
            service.metrics.requests.labels(str(response.status_code)).inc()
            service.metrics.seconds.observe(time.perf_counter() - begun)
        response.headers.update(_HEADERS)
        return response

    return app


def _add_errors(app: FastAPI) -> None:
    """Every error is JSON with one sentence under ``error``."""

    @app.exception_handler(TooManyPages)
    async def too_many(request: Request, error: TooManyPages) -> JSONResponse:
        return JSONResponse({'error': str(error)}, 413)

    @app.exception_handler(InputError)
    async def unreadable(request: Request, error: InputError) -> JSONResponse:
        return JSONResponse({'error': str(error)}, 422)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse({'error': error.detail}, error.status_code, error.headers)

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({'error': 'the service failed; its log says why'}, 500)

    @app.exception_handler(RequestValidationError)
    async def misspelt(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = '.'.join(str(part) for part in first['loc'])
        return JSONResponse({'error': f"{place}: {first['msg'].lower()}"}, 422)


def _add_information(app: FastAPI, service: Service) -> None:
    page = resources.files(__package__).joinpath('page.html').read_text(encoding='utf-8')

    @app.get('/', response_class=HTMLResponse, include_in_schema=False)
    async def start() -> str:
        return page

    @app.get('/health')
    async def health() -> JSONResponse:
        """Whether the network answers, and what it knows."""
        alive, predictor = service.batcher.alive(), service.batcher.predictor
        return JSONResponse({'status': 'ok' if alive else 'the network has stopped',
                             'version': __version__, 'classes': list(predictor.classes),
                             'page_types': list(predictor.page_classes),
                             'formats': list(FORMATS)}, 200 if alive else 503)

    @app.get('/metrics')
    async def metrics() -> Response:
        """Numbers for Prometheus."""
        return Response(service.metrics.text(), media_type='text/plain; version=0.0.4')


def _add_layout(app: FastAPI, service: Service) -> None:

    # Not ``async``: reading pages and finding regions is work, which threads do.
    @app.post('/layout', response_class=Response)
    def layout(file: Upload, format: Form = 'json', right_to_left: RightToLeft = False,
               min_area: MinArea = service.regions.min_area, dpi: Dpi = None) -> Response:
        """The regions of a picture's or a PDF's pages, in any format.

        Several pages of a format that holds one each come as a ZIP archive.
        """
        find_format(format)
        name = plain_name(file.filename)
        pages = service.read(file.file.read(), name, right_to_left, min_area, dpi)
        answer = as_answer(pages, format, name)
        return Response(answer.content, media_type=answer.media_type, headers={
            'Content-Disposition': f"attachment; filename*=UTF-8''{quote(answer.name)}"})

    @app.post('/view', include_in_schema=False)
    def view(file: Upload, right_to_left: RightToLeft = False,
             min_area: MinArea = service.regions.min_area, dpi: Dpi = None) -> Response:
        """The same for the web page: as JSON, with the pages as pictures that browsers show."""
        name = plain_name(file.filename)
        pages = service.read(file.file.read(), name, right_to_left, min_area, dpi)
        found = json.loads(as_answer(pages, 'json', name).content)
        return JSONResponse({**found, 'pictures': [_data_uri(page.image) for page in pages]})


def _data_uri(image: np.ndarray) -> str:
    """The page as a JPEG inside an address."""
    _, jpeg = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return 'data:image/jpeg;base64,' + base64.b64encode(jpeg.tobytes()).decode()
