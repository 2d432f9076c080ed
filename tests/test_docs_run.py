"""Every command in the documents runs, on a few small pages and for two iterations.

The commands run one after the other in one folder, since the later ones need what the earlier ones
leave (a checkpoint, an exported file): run the whole file, not a single command of it.
"""
import re
import runpy
import shutil
import socket
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from types import SimpleNamespace

import cv2
import pytest
import torch

from mmseg.cli import main
from mmseg.cli.table import GROUPS

from .docs_folder import make_folder
from .test_docs import blocks, documented_commands

ROOT = Path(__file__).parents[1]
# Why a command is not run, by its first words, and what tests it instead.
NOT_RUN = {
    'make': ('makes environments; all of them are made of what is checked', '.ci/run'),
    'source': ('a command of the shell', '.ci/run'),
    'export': ('a command of the shell', '.ci/run'),
    'pip install': ('installs; make setup has the same lines', '.ci/run'),
    'cmake': ('needs a compiler', 'tests/test_export/test_cpp.py'),
    'build/cpp/page_layout': ('needs a compiler', 'tests/test_export/test_cpp.py'),
    'bash tools/slurm_train.sh': ('needs SLURM', 'tests/test_docs.py'),
    'bash tools/slurm_test.sh': ('needs SLURM', 'tests/test_docs.py'),
    'mmseg export tensorrt': ('needs TensorRT', 'tests/test_tools/test_export_tools.py'),
    'python tools/onnx2tensorrt.py': ('needs TensorRT', 'tests/test_tools/test_export_tools.py'),
    'python tools/torchserve/test_torchserve.py': ('needs a TorchServe that runs',
                                                   'tests/test_tools/test_torchserve.py'),
    'python demo/webcam_demo.py': ('needs a camera', 'tests/test_tools/test_video_demos.py'),
    'python tools/model_converters/': ("needs the authors' weights",
                                       'tests/test_tools/test_model_converters.py'),
    'mmseg compare': ('trains whole networks',
                                       'tests/test_tools/test_compare_layout.py'),
    'mmseg build-corpus': ("downloads gigabytes from Debian's archive",
                                     'tests/test_corpora/test_debian/test_build.py'),
    'mmseg train configs/layout/deeplabv3plus_r18-d16_lines': (
        'its line neck does not fit the small network of these tests', 'tests/test_configs.py'),
    'mmseg config --cfg': ("needs a file of HRNet's repository",
                           'tests/test_apis/test_hrnet_experiment.py'),
    'mmseg layout papers --out work_dirs/tables_of_ray': ('needs a Ray cluster',
                                                          'tests/test_layout/test_runs/test_ray_pool.py'),
    'mmseg download fcn_unet': ('fetches a checkpoint', 'tests/test_cli/test_download.py'),
    'mmseg score-ocr': ('needs Tesseract', 'tests/test_layout/test_score_ocr.py'),
    'python tools/onnx_zoo.py': ('starts a process a network',
                                 'tests/test_export/test_onnx_table.py'),
}
# Of several machines; it differs from others by its environment alone.
SEVERAL_NODES = ('bash tools/dist_train.sh '
                 'configs/layout/deeplabv3plus_r50-d16_512x512_20k_layout.py 4')
# Options that make a tool quick; where one is given twice, the later counts.
QUICK = {
    'tools/make_sample_pages.py': ['--train', '4', '--val', '2', '--size', '128', '--overwrite'],
    'mmseg sample-pages': ['--train', '4', '--val', '2', '--size', '128', '--overwrite'],
    'mmseg check': ['--nproc', '1'],
    'mmseg bench': ['--shape', '64', '64'],
    'mmseg export torchscript': ['--shape', '64', '64'],
    'mmseg convert potsdam': ['--clip_size', '4'],
    'mmseg convert vaihingen': ['--clip_size', '4'],
    'mmseg convert isaid': ['--patch_width', '5', '--patch_height', '4', '--overlap_area', '1'],
}
SHORTER = [(r'^runner\.max_iters=\d+$', 'runner.max_iters=2'),
           (r'interval=\d+$', 'interval=2'), (r'iter_1000\.pth$', 'iter_2.pth')]

pytestmark = pytest.mark.slow


def documented():
    """Each command once, those of getting started first, since others use what they leave."""
    first = ['docs/get_started.md', 'README.md']
    found = {}
    for document, words in sorted(documented_commands(), key=lambda item: (
            first.index(item[0]) if item[0] in first else len(first))):
        found.setdefault(' '.join(words), (document, words))
    return found


COMMANDS = documented()


def reason(command):
    """Why a command is not run; None where it is."""
    if command == SEVERAL_NODES:
        return 'needs several machines'
    return next((why for start, (why, _) in NOT_RUN.items() if command.startswith(start)), None)


RUN = [pytest.param(words, id=f'{document}: {" ".join(words[:3])}')
       for command, (document, words) in COMMANDS.items() if reason(command) is None]


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp('documents')
    make_folder(root, ROOT)
    yield root
    shutil.rmtree(root)


class Service:
    """What ``mmseg serve`` starts, in a thread of this process and on any free port."""

    server, thread = None, None

    def server_of(self, app, host, port):
        """In place of ``mmseg.serve.server.server``."""
        return SimpleNamespace(run=lambda: self.start(app))

    def start(self, app):
        import uvicorn
        self.stop()
        self.server = uvicorn.Server(uvicorn.Config(app, port=0, log_level='warning'))
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        until = time.monotonic() + 60
        while not self.server.started:
            assert time.monotonic() < until
            time.sleep(0.05)

    @property
    def address(self):
        port = self.server.servers[0].sockets[0].getsockname()[1]
        return f'127.0.0.1:{port}'

    def stop(self):
        if self.server is not None:
            self.server.should_exit = True
            self.thread.join(30)


@pytest.fixture(scope='module')
def service():
    service = Service()
    yield service
    service.stop()


def run_script(script, arguments, monkeypatch):
    """Run a tool in this process, which has torch already; its exit code."""
    monkeypatch.setattr(sys, 'argv', [script, *arguments, *QUICK.get(script, [])])
    try:
        with warnings.catch_warnings():
            runpy.run_path(script, run_name='__main__')
    except SystemExit as end:
        return end.code or 0
    return 0


def run_command(arguments):
    """Run a command of ``mmseg`` in this process; its exit code."""
    name = ' '.join(arguments[:2 if arguments[0] in GROUPS else 1])
    try:
        main([*arguments, *QUICK.get(f'mmseg {name}', [])])
    except SystemExit as end:
        return end.code or 0
    return 0


def free_port():
    with socket.socket() as place:
        place.bind(('127.0.0.1', 0))
        return str(place.getsockname()[1])


def run_program(words, folder):
    """Run a program by itself; its exit code."""
    return subprocess.run(words, cwd=folder, timeout=300).returncode


@pytest.mark.parametrize('words', RUN)
def test_command(words, folder, service, monkeypatch, capfd):
    words = [next((re.sub(pattern, short, word) for pattern, short in SHORTER
                   if re.search(pattern, word)), word) for word in words]
    monkeypatch.chdir(folder)
    monkeypatch.setenv('OMP_NUM_THREADS', '1')
    monkeypatch.setenv('MPLBACKEND', 'Agg')
    program, *arguments = words
    if program in ('python', '.venv/bin/python'):
        monkeypatch.setattr('mmseg.serve.server.server', service.server_of)
        code = run_script(arguments[0], arguments[1:], monkeypatch)
    elif program == 'mmseg':
        monkeypatch.setattr('mmseg.serve.server.server', service.server_of)
        code = run_command(arguments)
    elif program == 'bash':
        # one process suffices to try the script
        monkeypatch.setenv('PORT', free_port())
        monkeypatch.setenv('PATH', str(Path(sys.executable).parent), prepend=':')
        code = run_program(['1' if word == '4' else word for word in words], folder)
    else:
        assert program == 'curl'
        if shutil.which(program) is None:
            pytest.skip('no curl here; tests/test_serve asks the service too')
        code = run_program([word.replace('127.0.0.1:8080', service.address) for word in words]
                           + ['--fail', '--silent', '--show-error'], folder)
    assert code == 0, capfd.readouterr().err[-2000:]


SNIPPETS = [pytest.param(block.text, id=f'{block.document}: {block.text.splitlines()[-1][:40]}')
            for block in blocks('python')
            if re.search('work_dirs/mine|page-lite0', block.text) and 'zh-CN' not in block.document]


@pytest.mark.parametrize('text', SNIPPETS)
def test_snippet(text, folder, monkeypatch):
    monkeypatch.chdir(folder)
    page = cv2.imread('page.jpg')
    exec(compile(text, 'snippet', 'exec'), {'image': page, 'pages': torch.zeros(1, 3, 64, 64)})


def test_a_command_that_fails_is_seen(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    assert run_script('tools/print_config.py', ['configs/none.py'], monkeypatch) == 1
    assert 'configs/none.py' in capsys.readouterr().err


def test_what_is_not_run_is_in_the_documents_and_is_tried_elsewhere():
    unused = [start for start in NOT_RUN if not any(
        command.startswith(start) for command in COMMANDS)]
    assert unused == [] and SEVERAL_NODES in COMMANDS
    assert [test for _, test in NOT_RUN.values() if not (ROOT / test).is_file()] == []
