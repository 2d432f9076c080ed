import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import jsonschema
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from mmseg.layout.writers import FORMATS
from mmseg.serve.app import ServiceOptions, create_app
from mmseg.utils.errors import InputError

from .conftest import PATIENT, listening, png, wait_for

SCHEMA = json.loads((Path(__file__).parents[2] / 'docs/schemas/layout.schema.json').read_text())


@pytest.fixture
def client(predictor):
    with TestClient(create_app(predictor, PATIENT)) as client:
        yield client


def send(client, content=None, name='page.png', **query):
    return client.post('/layout', files={'file': (name, png() if content is None else content)},
                       params=query)


def tiff(pages):
    pictures = [Image.new('L', (30, 40), 255) for _ in range(pages)]
    file = io.BytesIO()
    pictures[0].save(file, 'TIFF', save_all=True, append_images=pictures[1:])
    return file.getvalue()


def test_a_page_gives_its_regions(client):
    answer = send(client)
    assert answer.status_code == 200
    found = answer.json()
    jsonschema.validate(found, SCHEMA)
    page, = found['pages']
    assert (page['source'], page['width'], page['height']) == ('page.png', 90, 120)
    assert page['page_type'] == 'document'
    region, = page['regions']
    assert (region['name'], region['box'], region['area']) == ('text', [10, 20, 40, 80], 1800)


@pytest.mark.parametrize('form', FORMATS)
def test_every_format_has_its_type_and_a_name_to_save_it_under(client, form):
    answer = send(client, name='a b.png', format=form)
    assert answer.status_code == 200
    assert answer.headers['content-type'].startswith(FORMATS[form].media_type)
    assert answer.headers['content-disposition'].endswith(f"''a%20b{FORMATS[form].suffix}")
    assert answer.content


def test_several_pages_of_a_format_for_one_come_as_a_zip_archive(client):
    answer = send(client, tiff(3), 'scan.tif', format='page')
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert names == [f'scan_000{number}.page.xml' for number in (1, 2, 3)]
    assert len(send(client, tiff(3), 'scan.tif').json()['pages']) == 3


@pytest.mark.parametrize('content, name, sentence', [
    (b'', 'a.png', 'a.png is empty'),
    (b'no picture', '../../etc/passwd', 'passwd cannot be read as a picture'),
    (png()[:100], 'C:\\pages\\a.png', 'a.png cannot be read as a picture'),
    (b'%PDF-1.4 no more', 'a.pdf', 'a.pdf is not a PDF, or a broken one'),
])
def test_what_cannot_be_read_gets_a_sentence(client, content, name, sentence):
    answer = send(client, content, name)
    assert answer.status_code == 422
    assert answer.json()['error'].startswith(sentence)


def test_requests_that_are_wrong_get_a_sentence(client):
    assert send(client, format='pag').json()['error'].startswith(
        "unknown format 'pag' (did you mean 'page'?)")
    assert send(client, min_area=-1).status_code == 422
    answer = client.post('/layout', data={'x': 1})
    assert (answer.status_code, answer.json()) == (422, {'error': 'body.file: field required'})
    assert client.get('/layout').status_code == 405
    assert client.get('/nothing').json() == {'error': 'Not Found'}


@pytest.mark.parametrize('path', ['/../setup.py', '/%2e%2e/setup.py', '/mmseg/serve/page.html',
                                  '/..%2f..%2fetc/passwd', '//etc/passwd'])
def test_no_file_of_the_machine_is_served(client, path):
    assert client.get(path).status_code == 404


def test_a_fault_of_the_network_harms_no_other_request(client, predictor):
    answer = send(TestClient(client.app, raise_server_exceptions=False), png(13, 13))
    assert (answer.status_code, list(answer.json())) == (500, ['error'])
    assert send(client).status_code == 200
    assert client.get('/health').json()['status'] == 'ok'


def test_limits(predictor):
    options = ServiceOptions(max_bytes=20_000, max_pages=2, max_pixels=20_000,
                             reading_seconds=120.)
    with TestClient(create_app(predictor, options)) as client:
        answer = send(client, tiff(3), 'scan.tif')
        assert answer.status_code == 413
        assert answer.json()['error'].startswith('scan.tif has more than 2 pages')
        answer = send(client, png(200, 150))
        assert answer.json()['error'] == ('page.png is too large: a page may have at most 0.02 '
                                          'million pixels, make it smaller (150 x 200)')
        answer = send(client, bytes(40_000))
        assert answer.status_code == 413
        assert answer.json()['error'] == 'the file is larger than the 0.02 MB that are taken'
        # a client that does not say how long its file is
        chunks = (bytes(10_000) for _ in range(5))
        answer = client.post('/layout', content=chunks, headers={
            'Content-Type': 'multipart/form-data; boundary=x'})
        assert answer.status_code == 413


def test_a_full_service_says_so_at_once(predictor):
    options = ServiceOptions(max_requests=2, reading_seconds=120.)
    with TestClient(create_app(predictor, options)) as client, ThreadPoolExecutor() as pool:
        predictor.gate.clear()
        waiting = [pool.submit(send, client) for _ in range(2)]
        busy = client.app.state.service.metrics.busy
        wait_for(lambda: busy._value.get() == 2)
        answer = send(client)
        assert (answer.status_code, answer.headers['retry-after']) == (503, '2')
        assert answer.json()['error'] == '2 requests are waiting already; try again in a moment'
        predictor.gate.set()
        assert [future.result().status_code for future in waiting] == [200, 200]
        assert send(client).status_code == 200


def test_finished_pages_of_a_request_are_counted_while_it_is_answered(predictor):
    with TestClient(create_app(predictor, PATIENT)) as client, ThreadPoolExecutor() as pool:
        service = client.app.state.service
        predictor.gate.clear()
        waiting = pool.submit(client.post, '/view?progress=12345678',
                              files={'file': ('a.png', png(40, 30))})
        wait_for(lambda: service.progress == {'12345678': 0})
        assert client.get('/view/12345678').json() == {'pages': 0}
        predictor.gate.set()
        assert waiting.result().status_code == 200
        assert client.get('/view/12345678').json() == {'pages': None} and service.progress == {}
        service.progress['abcdefgh'] = 0
        pages = service._counted(iter(['first', 'second']), 'abcdefgh')
        assert next(pages) == 'first' and client.get('/view/abcdefgh').json() == {'pages': 1}
        assert client.post('/view?progress=short', files={'file': ('a.png', png(40, 30))}
                           ).status_code == 422


def test_fifty_clients_at_once_share_batches(predictor):
    app = create_app(predictor, PATIENT)
    predictor.gate.clear()

    def one(index):
        with httpx.Client(base_url=address, timeout=60) as client:
            return send(client, png(100 + index, 90), f'{index}.png')

    with listening(predictor, app=app) as address, ThreadPoolExecutor(50) as pool:
        sent = [pool.submit(one, index) for index in range(50)]
        wait_for(lambda: len(app.state.service.batcher._waiting) > 1)
        predictor.gate.set()
        answers = [each.result() for each in sent]
        text = httpx.get(f'{address}/metrics').text
    assert [answer.status_code for answer in answers] == [200] * 50
    assert [(answer.json()['pages'][0]['source'], answer.json()['pages'][0]['height'])
            for answer in answers] == [(f'{index}.png', 100 + index) for index in range(50)]
    assert 'layout_requests_total{status="200"} 50.0' in text
    assert 'layout_pages_total 50.0' in text
    assert 'layout_requests_in_progress 0.0' in text
    assert sum(predictor.batches) == 50
    assert 1 < max(predictor.batches) <= 4


def test_the_start_page_loads_nothing_from_elsewhere(client):
    answer = client.get('/')
    assert 'Page layout' in answer.text
    assert 'http' not in answer.text.replace('http://www.w3.org/2000/svg', '')
    assert "default-src 'none'" in answer.headers['content-security-policy']


def test_limits_let_something_through():
    with pytest.raises(InputError, match='max_pages of the service must be above 0, got 0'):
        ServiceOptions(max_pages=0)
