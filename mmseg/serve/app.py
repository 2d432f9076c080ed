"""The service as an ASGI application."""
from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib import resources
from typing import Annotated, NamedTuple
from urllib.parse import quote

from fastapi import FastAPI, File, Query, Request, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from ..inference.predictor import Predictor
from ..layout.read import region_options
from ..layout.writers import FORMATS, find_format
from ..utils.errors import InputError
from ..version import __version__
from .batching import Batcher
from .clients import Client, Left, Places, address_of
from .gate import Gate
from .limits import UploadLimit, Watch
from .metrics import Metrics
from .processing import (
    Answer,
    PageLimits,
    ReadPage,
    TooLargeAnswer,
    TooManyPages,
    as_answer,
    as_view,
    plain_name,
    read_file,
)
from .readers import BusyError, Readers, SlowFileError
from .turns import Turns

Upload = Annotated[UploadFile, File(description='a picture, a TIFF file or a PDF')]
Form = Annotated[str, Query(description=', '.join(FORMATS))]
RightToLeft = Annotated[bool, Query(description='columns are read from the right')]
MinArea = Annotated[float, Query(ge=0, description='smallest area of a region, in pixels of a '
                                                   'page whose longer side is 768')]
Dpi = Annotated[float | None, Query(gt=0, le=600, description='of pages from a PDF; 150')]
Progress = Annotated[str | None, Query(min_length=8, max_length=64)]
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
        together: Such batches that are computed at the same time, at most.
        max_bytes: Of a file.
        max_pages: Of a file.
        max_pixels: Of a page; each takes about 80 bytes while regions of five classes are found.
        max_regions: Of a page.
        max_answer_bytes: Of an answer.
        max_requests: That are answered or wait; one more is told to come again.
        upload_seconds: In which a file has to arrive.
        max_uploads: Files that arrive at once.
        reading_seconds: That the reading of a page may take.
        reading_bytes: Of memory that it may take.
    """

    batch: int = 4
    together: int = 1
    max_bytes: int = 50_000_000
    max_pages: int = 50
    max_pixels: int = 16_000_000
    max_regions: int = 2000
    max_answer_bytes: int = 200_000_000
    max_requests: int = 64
    upload_seconds: float = 60.
    max_uploads: int = 256
    reading_seconds: float = 10.
    reading_bytes: int = 512_000_000

    def __post_init__(self) -> None:
        """Raise InputError for a limit that lets nothing through."""
        for name, value in vars(self).items():
            if value <= 0:
                raise InputError(f'{name} of the service must be above 0, got {value}')


class _Query(NamedTuple):
    """What a request wants."""
    right_to_left: bool
    min_area: float
    dpi: float | None
    progress: str | None = None  # the key under which finished pages are counted


_Make = Callable[[Iterator[ReadPage], str, Callable[[], AbstractContextManager[None]]], Answer]


class Service:
    """What the requests of an application share.

    Args:
        predictor: What answers for pages.
        options: Limits.
    """

    def __init__(self, predictor: Predictor, options: ServiceOptions) -> None:
        self.options = options
        self.metrics = Metrics()
        self.regions = region_options(predictor, max_regions=options.max_regions)
        self.batcher = Batcher(predictor, options.batch, self.metrics.batches.observe,
                               room=options.max_pixels * 3 // 2, together=options.together)
        self.readers = Readers(seconds=options.reading_seconds, memory=options.reading_bytes)
        self.turns = Turns()
        self._threads = ThreadPoolExecutor(options.max_requests, thread_name_prefix='request')
        self._places = Places(options.max_requests)
        # finished pages of the requests that are being answered, by the key of the request
        self.progress: dict[str, int] = {}

    def close(self) -> None:
        """End its threads and processes; requests that are not answered yet are given up."""
        for client in self._places:
            client.leave()
        self.readers.close()
        self._threads.shutdown(cancel_futures=True)
        self.batcher.close()

    async def answer(self, request: Request, file: UploadFile, query: _Query,
                     make: _Make) -> Response:
        """What ``make`` makes of the pages of a file that has arrived, for a client that waits.

        Raises:
            InputError: The request holds several files.
        """
        if len((await request.form()).getlist('file')) > 1:
            raise InputError("several form fields are called 'file': send one file a request")
        client = Client(address_of(request.client and request.client.host))
        if not self._places.enter(client):
            return self._too_many()
        gone = asyncio.ensure_future(_leaving(request))
        self.metrics.busy.inc()
        if query.progress is not None:
            self.progress[query.progress] = 0
        try:
            work = asyncio.get_running_loop().run_in_executor(
                self._threads, self._work, file, query, make, client)
            # what it raises after this was cancelled interests nobody
            work.add_done_callback(lambda done: done.cancelled() or done.exception())
            both: set[asyncio.Future] = {work, gone}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                client.leave()
            answer = await work
        except (InputError, Left) as error:
            client.fail()
            if isinstance(error, InputError):
                raise
            if client.given_up:
                return self._too_many()
            return Response(status_code=499)  # as web servers count it; nobody reads it
        finally:
            client.leave()  # where this was cancelled, its thread ends
            gone.cancel()
            self.progress.pop(query.progress or '', None)
            self.metrics.busy.dec()
            self._places.leave(client)
        return Response(answer.content, media_type=answer.media_type, headers={
            'Content-Disposition': f"attachment; filename*=UTF-8''{quote(answer.name)}"})

    def _too_many(self) -> Response:
        return JSONResponse({'error': f'{self.options.max_requests} requests are waiting already; '
                                      'try again in a moment'}, 503, {'Retry-After': '2'})

    def _work(self, file: UploadFile, query: _Query,
              make: _Make, client: Client) -> Answer:
        client.check()
        name = plain_name(file.filename)
        options = self.regions.changed(right_to_left=query.right_to_left, min_area=query.min_area)
        with tempfile.NamedTemporaryFile(prefix='page-') as copy:  # for another process to read
            shutil.copyfileobj(file.file, copy)
            copy.flush()
            pages = read_file(copy.name, name, self.readers, self.batcher, self.turns, options,
                              PageLimits(self.options.max_pages, self.options.max_pixels),
                              client, query.dpi)
            return make(self._counted(pages, query.progress), name,
                        partial(self.turns.turn, client))

    def _counted(self, pages: Iterator[ReadPage], progress: str | None) -> Iterator[ReadPage]:
        for page in pages:
            self.metrics.pages.inc()
            if progress is not None and progress in self.progress:
                self.progress[progress] += 1
            yield page


async def _leaving(request: Request) -> None:
    """Return when the client has gone."""
    while (await request.receive())['type'] != 'http.disconnect':
        pass


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
        await asyncio.get_running_loop().run_in_executor(None, service.close)

    app = FastAPI(title='Page layout', version=__version__, docs_url=None, redoc_url=None,
                  description='Regions of pages: pictures, TIFF files and PDFs.',
                  lifespan=lifespan)
    app.state.service = service
    _add_errors(app)
    _add_information(app, service)
    _add_layout(app, service)
    app.add_middleware(UploadLimit, max_bytes=options.max_bytes, seconds=options.upload_seconds,
                       max_together=20 * options.max_bytes, max_uploads=options.max_uploads)
    app.add_middleware(Gate)
    app.add_middleware(Watch, tell=service.metrics.tell, headers=_HEADERS)
    return app


def _add_errors(app: FastAPI) -> None:
    """Every error is JSON with one sentence under ``error``."""

    @app.exception_handler(TooManyPages)
    @app.exception_handler(TooLargeAnswer)
    async def too_many(request: Request, error: InputError) -> JSONResponse:
        return JSONResponse({'error': str(error)}, 413)

    @app.exception_handler(BusyError)
    async def busy(request: Request, error: BusyError) -> JSONResponse:
        request.state.failed = isinstance(error, SlowFileError)
        return JSONResponse({'error': str(error)}, 503, {'Retry-After': '10'})

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
    most = service.options.max_answer_bytes

    @app.post('/layout', response_class=Response)
    async def layout(request: Request, file: Upload, format: Form = 'json',
                     right_to_left: RightToLeft = False,
                     min_area: MinArea = service.regions.min_area, dpi: Dpi = None) -> Response:
        """The regions of a picture's or a PDF's pages, in any format.

        Several pages of a format that holds one each come as a ZIP archive.
        """
        find_format(format)
        return await service.answer(request, file, _Query(right_to_left, min_area, dpi),
                                    lambda pages, name, turn: as_answer(pages, format, name, most,
                                                                        turn))

    @app.post('/view', include_in_schema=False)
    async def view(request: Request, file: Upload, right_to_left: RightToLeft = False,
                   min_area: MinArea = service.regions.min_area, dpi: Dpi = None,
                   progress: Progress = None) -> Response:
        """The same for the web page: as JSON, with the pages as pictures that browsers show."""
        return await service.answer(request, file, _Query(right_to_left, min_area, dpi, progress),
                                    lambda pages, name, turn: as_view(pages, name, most, turn))

    @app.get('/view/{progress}', include_in_schema=False)
    async def finished(progress: str) -> JSONResponse:
        """The number of finished pages of a request of the web page; null if there is none."""
        return JSONResponse({'pages': service.progress.get(progress)})
