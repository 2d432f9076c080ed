"""The parts of an installation: requirements, lock file, wheel, and a conflicting package."""
import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from mmseg.utils import conflicts

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / 'pyproject.toml').read_text())
FILES = sorted(path.stem for path in (ROOT / 'requirements').glob('*.txt')
               if path.stem not in ('lock', 'build'))


def lines(name):
    text = (ROOT / 'requirements' / f'{name}.txt').read_text()
    return [Requirement(line) for line in text.splitlines() if line and not line.startswith('#')]


@pytest.mark.parametrize('name', FILES)
def test_requirements_are_ranges_that_the_lock_file_satisfies(name):
    locked = {canonicalize_name(line.name): str(line.specifier).removeprefix('==')
              for line in lines('lock')}
    for line in lines(name):
        if not line.name.startswith('mmcv'):
            assert {part.operator for part in line.specifier} <= {'>=', '<', '!='}, line
            assert any(part.operator == '>=' for part in line.specifier), line
        if line.name != 'mmcv-full':
            assert line.specifier.contains(locked[canonicalize_name(line.name)]), line


def test_all_has_the_features_and_no_linters():
    extras = PROJECT['tool']['setuptools']['dynamic']['optional-dependencies']
    features = {name for name in extras if name not in ('all', 'tests')}
    assert {Path(file).stem for file in extras['all']['file']} == features
    assert all((ROOT / file).is_file() for extra in extras.values() for file in extra['file'])


def test_an_error_that_names_an_extra_names_one_that_exists():
    extras = PROJECT['tool']['setuptools']['dynamic']['optional-dependencies']
    named = {name for path in (ROOT / 'mmseg').rglob('*.py')
             for name in re.findall(r"mmseg-layout\[(\w+)\]", path.read_text())}
    assert named and named <= set(extras)


def test_upstreams_distribution_is_named_once(tmp_path, monkeypatch, recwarn):
    site = tmp_path / 'site-packages'
    site.mkdir()
    monkeypatch.setattr(sys, 'path', [str(site), '', 'somewhere.zip'])
    conflicts.warn()
    (site / 'mmsegmentation-0.31.0.dist-info').mkdir()
    conflicts.warn()  # a former installation of this package itself
    assert list(recwarn) == []
    (site / 'mmsegmentation-1.2.2.dist-info').mkdir()
    with pytest.warns(UserWarning, match='^mmsegmentation 1.2.2 is installed in the same '
                      'environment as mmseg-layout .* then install mmseg-layout again$'):
        conflicts.warn()


def build_wheel(folder):
    """The wheel of the files that git knows, built apart from the checkout."""
    if shutil.which('git') is None or not (ROOT / '.git').exists():
        pytest.skip('not a checkout')
    names = subprocess.check_output(['git', 'ls-files', '-z'], cwd=ROOT, text=True).split('\0')
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (folder / 'source' / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / 'source' / name)
    subprocess.run([sys.executable, '-m', 'pip', 'wheel', '-q', '--no-deps', '-w', folder,
                    folder / 'source'], check=True)
    return next(folder.glob('*.whl')), names


def run(*words, **options):
    return subprocess.run(list(map(str, words)), text=True, capture_output=True, check=True,
                          **options).stdout


@pytest.mark.slow
def test_the_wheel_holds_what_it_needs_and_works_without_the_checkout(tmp_path):
    wheel, tracked = build_wheel(tmp_path)
    inside = set(zipfile.ZipFile(wheel).namelist())
    expected = {name for name in tracked if name.startswith('mmseg/')}
    expected |= {f'mmseg/{name}' for name in tracked if name.startswith('configs/')}
    expected |= {'mmseg/schemas/layout.schema.json'}
    assert expected - inside == set()
    assert {name.split('/')[0] for name in inside} == {
        'mmseg', f'mmseg_layout-{version_of(ROOT)}.dist-info'}
    venv.create(tmp_path / 'bare', with_pip=True)
    python = tmp_path / 'bare' / 'bin' / 'python'
    run(python, '-m', 'pip', 'install', '-q', '--no-deps', wheel)
    site = run(python, '-c', 'import sysconfig; print(sysconfig.get_path("purelib"))').strip()
    theirs = Path(sys.modules['torch'].__file__).parents[1]  # torch and the others from here
    (Path(site) / 'others.pth').write_text(f'{theirs}\n')
    environment = {name: value for name, value in os.environ.items() if name != 'PYTHONPATH'}
    program = tmp_path / 'bare' / 'bin' / 'mmseg'
    assert run(program, '--version', cwd=tmp_path, env=environment) == (
        f'mmseg {version_of(ROOT)}\n')
    said = run(program, 'flops', 'layout/deeplabv3plus_tiny_demo', '--shape', 64, cwd=tmp_path,
               env=environment)
    assert 'Input shape: (3, 64, 64)' in said
    assert run(python, '-c', 'import mmseg; print(mmseg.__file__)', cwd=tmp_path,
               env=environment).startswith(site)


def test_mmcvs_setup_reads_names_that_exec_has_set_on_every_python(tmp_path):
    code = ("def version():\n    exec(compile('a = 2', 'f', 'exec'))\n    return locals()['a']\n"
            "space = {}\nexec('b = 3', space)\nprint(version(), space['b'])")
    said = run(sys.executable, '-c', code, cwd=tmp_path,
               env={**os.environ, 'PYTHONPATH': str(ROOT / 'requirements' / 'python313')})
    assert said == '2 3\n'


def version_of(root):
    values: dict = {}
    exec((root / 'mmseg' / 'version.py').read_text(), values)
    return values['__version__']


@pytest.mark.slow
@pytest.mark.skipif('MMSEG_FULL_INSTALL' not in os.environ,
                    reason='downloads torch: set MMSEG_FULL_INSTALL to the Pythons, such as '
                    '"python3.11 python3.12 python3.13"')
def test_a_bare_environment_installs_all_of_it(tmp_path):
    wheel, _ = build_wheel(tmp_path)
    for python in os.environ['MMSEG_FULL_INSTALL'].split():
        bare = tmp_path / python
        run(python, '-m', 'venv', bare)
        run(bare / 'bin' / 'pip', 'install', '-q', '--upgrade', 'pip')
        if run(bare / 'bin' / 'python', '-c', 'import sys; print(sys.version_info[1])') >= '13':
            run(bare / 'bin' / 'pip', 'install', '-q', 'setuptools<81', 'wheel')
            run(bare / 'bin' / 'pip', 'install', '-q', '--no-build-isolation', '--no-deps', '-r',
                ROOT / 'requirements' / 'mmcv.txt',
                env={**os.environ, 'PYTHONPATH': str(ROOT / 'requirements' / 'python313')})
        run(bare / 'bin' / 'pip', 'install', '-q', '--build-constraint',
            ROOT / 'requirements' / 'build.txt', wheel)
        said = run(bare / 'bin' / 'mmseg', 'flops', 'layout/deeplabv3plus_tiny_demo', cwd=tmp_path)
        assert 'Params: 0.87 M' in said
        said = run(bare / 'bin' / 'mmseg', '--help')
        assert said.startswith('usage: mmseg COMMAND')


def test_the_installed_versions_are_in_the_ranges():
    for line in lines('runtime'):
        assert line.specifier.contains(version(line.name), prereleases=True), line


def test_links_out_of_the_documentation_are_checked_and_kept_readable():
    values = runpy.run_path(str(ROOT / 'tools' / 'docs_hooks.py'))
    replace_links = values['replace_links']
    text = ('[a](data.md) ![p](../readme_png/label_erosion.png) [b](../configs/layout/README.md#x) '
            '[c](https://a.b)')
    assert replace_links(text, Path('data.md')) == (
        '[a](data.md) ![p](readme_png/label_erosion.png) b (`configs/layout/README.md`) '
        '[c](https://a.b)')
    with pytest.raises(FileNotFoundError, match=r'docs/data.md: ../nowhere.md is not there'):
        replace_links('[a](../nowhere.md)', Path('data.md'))


def test_the_container_copies_what_the_build_needs():
    text = (ROOT / 'Dockerfile').read_text()
    copied = [word for line in re.findall(r'^COPY (?!--)(.*)$', text, re.MULTILINE)
              for word in line.split()[:-1]]
    assert [word for word in copied if not (ROOT / word).exists()] == []
    needed = {'pyproject.toml', 'setup.py', 'README.md', 'LICENSE', 'requirements', 'configs',
              'docs/schemas', 'mmseg'}
    assert needed <= set(copied)
    options = text[text.index('ENTRYPOINT'):]
    assert options == 'ENTRYPOINT ["mmseg", "serve", "--host", "0.0.0.0"]\n'
