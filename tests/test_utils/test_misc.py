"""Work directories, devices, launchers, what an import prints."""
import os
import re
import subprocess
import sys

import pytest

from mmseg.utils import find_latest_checkpoint, init_dist
from mmseg.utils.collect_env import git_revision
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


def test_importing_the_package_prints_nothing(tmp_path):
    run = subprocess.run([sys.executable, '-W', 'always::UserWarning', '-c',
                          'import mmseg, mmseg.apis; mmseg.utils.collect_env()'],
                         capture_output=True, text=True, check=True, cwd=tmp_path,
                         env={**os.environ, 'CUDA_HOME': str(tmp_path)})
    assert run.stderr == run.stdout == ''


def test_the_version_of_torchvision_is_found_without_its_import():
    code = ('import sys; from mmseg.utils import collect_env; found = collect_env()["TorchVision"];'
            'print("torchvision" in sys.modules); import torchvision;'
            'print(found == torchvision.__version__ == collect_env()["TorchVision"])')
    run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert run.stdout == 'False\nTrue\n'


def test_the_version_names_the_commit_of_a_checkout_alone(monkeypatch, tmp_path):
    assert re.fullmatch('[0-9a-f]{7}', git_revision() or '0000000')
    monkeypatch.setitem(git_revision.__globals__, '__file__',
                        str(tmp_path / 'mmseg' / 'utils' / 'x.py'))
    assert git_revision() is None


PACKAGES = ('apis', 'core', 'data_check', 'datasets', 'export', 'layout', 'models', 'ops',
            'utils.config', 'utils.util_distribution')


@pytest.mark.parametrize('name', PACKAGES)
def test_mmcv_is_adapted_by_whichever_part_is_imported_first(name):
    code = (f'import mmseg.{name}, sys; from mmcv.utils import config; '
            'print(config.import_modules_from_strings.__module__)')
    run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert run.stdout == 'mmseg.utils.mmcv_compat\n'


def test_every_module_that_uses_mmcv_is_in_one_of_these_parts(repository):
    rest = ('utils/mmcv_compat.py', 'utils/light_mmcv.py', 'utils/registry.py', 'utils/logger.py',
            'utils/collect_env.py', 'utils/stored_config.py', 'utils/zoo/', 'cli/',
            *(name.replace('.', '/') for name in PACKAGES))
    users = [path.relative_to(repository / 'mmseg').as_posix()
             for path in (repository / 'mmseg').rglob('*.py')
             if re.search(r'^\s*(import|from) mmcv\b', path.read_text(), re.MULTILINE)]
    assert len(users) > 50
    assert [path for path in users if not path.startswith(rest)] == ['__init__.py']


def test_functions_and_modules_of_one_name_do_not_hide_one_another():
    code = ('import mmseg.utils.collect_env; from mmseg.utils import collect_env, get_root_logger; '
            'import mmseg; print(callable(collect_env), mmseg.digit_version("1.7.2")[:3])')
    run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert run.stdout == 'True (1, 7, 2)\n'


def test_the_patches_of_mmcv_are_undone_and_applied_again():
    code = """
import torchvision, mmcv.runner, mmcv.parallel, mmcv.utils
from mmcv.fileio.io import file_handlers
from mmcv.cnn import CONV_LAYERS
def state():
    wrapper = mmcv.parallel.MMDistributedDataParallel
    return [mmcv.runner.checkpoint.CheckpointLoader._get_checkpoint_loader(name).__module__
            for name in ('a.pth', 'https://a/b.pth', 's3://a')] + [
        mmcv.utils.build_from_cfg.__module__, CONV_LAYERS.build_func.__module__,
        mmcv.utils.config.import_modules_from_strings.__module__,
        type(file_handlers['yml']).__module__, mmcv.parallel._functions._get_stream.__module__,
        '_use_replicated_tensor_module' in vars(wrapper)]
before = state()
from mmseg.utils import mmcv_compat
patched = state()
mmcv_compat.undo()
print(state() == before)
mmcv_compat.apply()
print(state() == patched)
print([a != b for a, b in zip(before, patched)])
"""
    run = subprocess.run([sys.executable, '-W', 'ignore', '-c', code], capture_output=True,
                         text=True, check=True)
    assert run.stdout.splitlines() == [
        'True', 'True', str([True, True, False, True, True, True, True, True, True])]


def test_pages_are_read_without_the_import_of_torchvision():
    code = ('import mmseg.apis, sys; from mmcv.runner import checkpoint; '
            'print("torchvision" in sys.modules, "torch._dynamo" in sys.modules); '
            'found = checkpoint.get_torchvision_models(); '
            'print(checkpoint.torchvision.__name__, "resnet50" in found); '
            'from torchvision.ops import nms; print(nms.__module__)')
    run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == ['False False', 'torchvision True', 'torchvision.ops.boxes']


def test_a_network_with_weights_is_read_without_the_shape_check_and_its_imports():
    code = ('import sys; from mmseg.apis import init_segmentor; '
            'init_segmentor("page-lite0", device="cpu"); print("torch._dynamo" in sys.modules)')
    run = subprocess.run([sys.executable, '-W', 'ignore', '-c', code], capture_output=True,
                         text=True, check=True)
    assert run.stdout.splitlines()[-1] == 'False'
