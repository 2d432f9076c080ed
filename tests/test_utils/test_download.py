"""Fetching files from a server on this machine."""
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mmseg.utils.download import fetch, has_promised_hash, promised_hash
from mmseg.utils.errors import InputError

CONTENT = b'weights' * 1000
DIGITS = hashlib.sha256(CONTENT).hexdigest()[:8]


class Files(BaseHTTPRequestHandler):
    """Gives CONTENT for every name but ``missing``, and half of it for ``half``."""

    def do_GET(self):
        if 'missing' in self.path:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header('Content-Length', str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[:len(CONTENT) // 2] if 'half' in self.path else CONTENT)

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture(scope='module')
def server():
    with ThreadingHTTPServer(('127.0.0.1', 0), Files) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f'http://127.0.0.1:{httpd.server_port}'
        httpd.shutdown()


def test_the_digits_at_the_end_of_a_name_are_a_promise():
    assert promised_hash('pspnet_20200605_003338-2966598c.pth') == '2966598c'
    assert promised_hash('best_mIoU_iter_40000.pth') is None


def test_a_file_arrives_whole(server, tmp_path):
    path = tmp_path / 'new' / f'net-{DIGITS}.pth'
    fetch(f'{server}/net.pth', path)
    assert path.read_bytes() == CONTENT
    assert has_promised_hash(path)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize('name, there, sentence', [
    ('net.pth', 'net-00000000.pth', f'SHA-256 begins with {DIGITS}, not with 00000000'),
    ('half.pth', 'half.pth', 'ended after 3500 of 7000 bytes'),
    ('missing.pth', 'missing.pth', 'missing.pth: 404 Not Found')])
def test_what_is_not_as_promised_leaves_the_old_file(server, tmp_path, name, there, sentence):
    path = tmp_path / there
    path.write_bytes(b'old')
    with pytest.raises(InputError, match=sentence):
        fetch(f'{server}/{name}', path)
    assert path.read_bytes() == b'old'
    assert len(list(tmp_path.iterdir())) == 1


def test_without_a_network_the_address_is_named(tmp_path):
    with pytest.raises(InputError, match='cannot reach 127.0.0.1:9 .*fetch http://127.0.0.1:9/net'):
        fetch('http://127.0.0.1:9/net.pth', tmp_path / 'net.pth')


def test_no_other_kind_of_address(tmp_path):
    with pytest.raises(InputError, match='begins with http:// or https://'):
        fetch('file:///etc/hostname', tmp_path / 'net.pth')


def test_a_damaged_file_does_not_have_its_hash(tmp_path):
    path = tmp_path / 'net-00000000.pth'
    assert not has_promised_hash(path)
    path.write_bytes(CONTENT)
    assert not has_promised_hash(path)
