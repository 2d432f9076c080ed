"""``mmseg download``, from a server on this machine."""
import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from mmcv import Config

from mmseg.cli import main
from mmseg.utils.zoo import checkpoints

NAME = 'pspnet_r50-d8_512x1024_40k_cityscapes'
CONTENT = b'not really weights'


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """Address of a server that has one checkpoint of the zoo, with other content."""
    digits = hashlib.sha256(CONTENT).hexdigest()[:8]
    path = f'pspnet/{NAME}/{NAME}_20200605_003338-{digits}.pth'
    monkeypatch.setattr(checkpoints, 'zoo_checkpoints', lambda: {
        NAME: checkpoints.ZooCheckpoint(f'pspnet/{NAME}.py', path, (77.85, None))})
    file = tmp_path / 'served' / path
    file.parent.mkdir(parents=True)
    file.write_bytes(CONTENT)
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path / 'served'))
    with ThreadingHTTPServer(('127.0.0.1', 0), handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f'http://127.0.0.1:{httpd.server_port}/', file
        httpd.shutdown()


@pytest.mark.parametrize('words', [[NAME], ['--config', NAME]])
def test_checkpoint_and_config_come_into_the_folder(mirror, tmp_path, capsys, words):
    address, file = mirror
    folder = tmp_path / 'here'
    main(['download', *words, '--dest', str(folder), '--mirror', address])
    assert (folder / file.name).read_bytes() == CONTENT
    assert Config.fromfile(str(folder / f'{NAME}.py')).model.decode_head.type == 'PSPHead'
    file.unlink()  # what is there is not fetched again
    main(['download', *words, '--dest', str(folder), '--mirror', address])
    assert capsys.readouterr().out.splitlines()[2] == f'{folder / file.name} is there already'


def test_the_list_has_the_reported_scores(mirror, capsys):
    main(['download', '--list', 'pspnet'])
    assert capsys.readouterr().out == f'{NAME} 77.85 -\n'


@pytest.mark.parametrize('words, sentence', [
    (['psp_r50'], "the model zoo of 0.x has no checkpoint of 'psp_r50'"),
    ([], 'the command needs the names of configs, or --list'),
    (['--list', 'nothing'], "no checkpoint has 'nothing' in its path"),
    ([NAME, '--mirror', 'http://127.0.0.1:9'], 'error: cannot reach 127.0.0.1:9')])
def test_what_cannot_be_fetched_is_one_sentence(mirror, tmp_path, capsys, words, sentence):
    with pytest.raises(SystemExit) as end:
        main(['download', *words, *(['--dest', str(tmp_path / 'no')] if words else [])])
    assert end.value.code == 1
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count('\n') == 1
