"""Start methods of worker processes, on systems that lack what Linux has."""
import logging
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import torch
from mmcv import Config

from mmseg.core.runner import IterBasedRunner
from mmseg.datasets import packed_backend
from mmseg.utils import set_env
from mmseg.utils.errors import InputError


@pytest.fixture
def chosen(monkeypatch):
    """The start methods that are set."""
    found = []
    monkeypatch.setattr(set_env.mp, 'set_start_method', lambda name, force: found.append(name))
    monkeypatch.setattr(set_env.cv2, 'setNumThreads', lambda number: None)
    return found


def config(**keys):
    return Config(dict(data=dict(workers_per_gpu=0), **keys))


@pytest.mark.parametrize('platform, methods', [('linux', ['fork']), ('darwin', []), ('win32', [])])
def test_only_linux_forks_unless_the_config_says_so(platform, methods, chosen, monkeypatch):
    monkeypatch.setattr(sys, 'platform', platform)
    set_env.setup_multi_processes(config())
    assert chosen == methods
    set_env.setup_multi_processes(config(mp_start_method='spawn'))
    assert chosen == [*methods, 'spawn']


def test_a_start_method_that_is_not_there(chosen, monkeypatch):
    monkeypatch.setattr(set_env.mp, 'get_all_start_methods', lambda: ['spawn'])
    with pytest.raises(InputError, match="mp_start_method is 'fork', but this system has spawn"):
        set_env.setup_multi_processes(config(mp_start_method='fork'))
    assert chosen == []


def test_the_data_sets_are_imported_where_nothing_can_fork():
    code = ('import os, torch, mmcv; del os.register_at_fork, os.pread; import mmseg.datasets; '
            'print(mmseg.datasets.PackedBackend.__name__)')
    run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert run.stdout == 'PackedBackend\n'


def test_a_packed_file_is_read_without_pread(tmp_path, monkeypatch):
    for name in 'ab':
        (tmp_path / name).write_bytes(name.encode() * 600)
    with tarfile.open(tmp_path / 'pages.tar', 'w') as tar:
        for name in 'ab':
            tar.add(tmp_path / name, name)
    with_pread = packed_backend._Tar(str(tmp_path / 'pages.tar')).get('b')
    monkeypatch.delattr(os, 'pread', raising=False)
    tar = packed_backend._Tar(str(tmp_path / 'pages.tar'))
    assert (tar.get('b'), tar.get('a'), tar.get('c')) == (b'b' * 600, b'a' * 600, None)
    assert with_pread == b'b' * 600


def test_the_latest_checkpoint_is_a_copy_where_links_are_not_allowed(tmp_path, monkeypatch):
    def refuse(self, target, **options):
        raise OSError('a required privilege is not held by the client')

    monkeypatch.setattr(Path, 'symlink_to', refuse)
    model = torch.nn.Linear(1, 1)
    model.train_step = None
    runner = IterBasedRunner(model, work_dir=str(tmp_path), logger=logging.getLogger('quiet'),
                             max_iters=1)
    runner.save_checkpoint(str(tmp_path))
    latest = tmp_path / 'latest.pth'
    assert latest.is_file() and not latest.is_symlink()
    assert latest.read_bytes() == next(tmp_path.glob('iter_*.pth')).read_bytes()
