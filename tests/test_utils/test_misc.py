"""Work directories, devices, launchers, command lines."""
import subprocess
import sys

import pytest

from mmseg.utils import find_latest_checkpoint, init_dist
from mmseg.utils.cli import command
from mmseg.utils.errors import InputError
from mmseg.utils.util_distribution import _first_slurm_host


def test_the_latest_checkpoint(tmp_path):
    assert find_latest_checkpoint(str(tmp_path)) is None
    for name in ('iter_9.pth', 'iter_100.pth', 'best_mIoU_iter_900.pth'):
        (tmp_path / name).touch()
    assert find_latest_checkpoint(str(tmp_path)).endswith('/iter_100.pth')
    (tmp_path / 'latest.pth').symlink_to('gone.pth')
    assert find_latest_checkpoint(str(tmp_path)).endswith('/iter_100.pth')
    (tmp_path / 'gone.pth').touch()
    assert find_latest_checkpoint(str(tmp_path)).endswith('/latest.pth')


@pytest.mark.parametrize('launcher, name', [('pytorch', 'RANK'), ('slurm', 'SLURM_NODELIST'),
                                            ('mpi', 'OMPI_COMM_WORLD_RANK')])
def test_a_launcher_without_its_environment(monkeypatch, launcher, name):
    for variable in ('RANK', 'WORLD_SIZE', 'SLURM_NODELIST', 'OMPI_COMM_WORLD_RANK'):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv('LOCAL_RANK', '0')
    with pytest.raises(InputError, match=f'--launcher {launcher} expects .* {name},'):
        init_dist(launcher)


@pytest.mark.parametrize('nodes, host', [('gpu[03-07,9]', 'gpu03'), ('a,b', 'a'), ('a', 'a')])
def test_the_first_host_without_scontrol(monkeypatch, nodes, host):
    monkeypatch.setenv('PATH', '')
    assert _first_slurm_host(nodes) == host


def test_a_users_mistake_is_one_line_and_exit_code_1(capsys):
    @command
    def main():
        raise InputError('page.jpg is broken')

    with pytest.raises(SystemExit) as exit_info:
        main()
    assert exit_info.value.code == 1
    assert capsys.readouterr().err == 'error: page.jpg is broken\n'


def test_importing_the_package_warns_of_nothing():
    code = 'import mmseg, mmseg.apis'
    run = subprocess.run([sys.executable, '-W', 'always::UserWarning', '-c', code],
                         capture_output=True, text=True, check=True)
    assert 'Warning' not in run.stderr
