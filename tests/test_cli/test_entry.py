"""The command ``mmseg``: what it imports, how it finds commands, how it ends."""
import json
import shlex
import subprocess
import sys
from importlib import import_module

import pytest
import torch

import mmseg
from mmseg.apis.benchmark import MAX_PAGES, MAX_SECONDS
from mmseg.cli import bench, check, entry, layout, main, test_exported
from mmseg.cli.convert.options import map_names
from mmseg.cli.convert_weights.efficientnet_lite import ARCHS
from mmseg.cli.examples import EXAMPLES
from mmseg.cli.export import onnx
from mmseg.cli.table import GROUPS, SECTIONS, all_commands, module_of
from mmseg.corpora.annotations import class_map
from mmseg.data_check import SPLITS
from mmseg.export import OPSET
from mmseg.export.network import BACKENDS
from mmseg.layout.writers import FORMATS, REGION_TYPES
from mmseg.models.backbones import EfficientNetLite
from mmseg.utils.errors import InputError

HEAVY = {'torch', 'torchvision', 'mmcv', 'timm', 'numpy', 'cv2', 'PIL', 'matplotlib', 'scipy',
         'shapely', 'onnx', 'fastapi'}


def imported_by(*words):
    """The modules that are loaded once ``mmseg`` has answered, and what it printed."""
    code = ('import sys, json\nfrom mmseg.cli import main\n'
            f'try: main({list(words)!r})\nexcept SystemExit: pass\n'
            'print(json.dumps(list(sys.modules)))')
    run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    *said, modules = run.stdout.splitlines()
    return set(json.loads(modules)), '\n'.join(said), run.stderr


@pytest.mark.parametrize('words', [('--help', ), ('layout', '--help'), ('convert', '--help'),
                                   ('convert', 'labelme', '--help')], ids=' '.join)
def test_help_imports_little(words):
    modules, said, errors = imported_by(*words)
    assert HEAVY & modules == set()
    own = [name for name in modules if name.partition('.')[0] == 'mmseg']
    assert len(own) <= 20 and len(modules) <= 250, sorted(own)
    assert said.startswith('usage: mmseg') and errors == ''


def test_no_parser_needs_more():
    modules, _, _ = imported_by('--version')
    code = ('import sys\nfrom mmseg.cli.completion import whole_parser\nwhole_parser()\n'
            f'print({HEAVY!r} & set(sys.modules))')
    run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert run.stdout == 'set()\n'


def test_python_m_mmseg_is_the_same():
    run = subprocess.run([sys.executable, '-m', 'mmseg', '--version'], capture_output=True,
                         text=True, check=True)
    assert run.stdout == f'mmseg {mmseg.__version__}\n'


@pytest.mark.parametrize('command', all_commands())
def test_each_command_has_its_module_and_its_help(command, capsys):
    module = import_module(module_of(command))
    assert callable(module.add_arguments) and callable(module.run)
    with pytest.raises(SystemExit) as end:
        main([*command.split(), '--help'])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert text.endswith(f'\nexample:\n  mmseg {command} {EXAMPLES[command]}\n')
    said = ' '.join(text.split())
    assert said.startswith(f'usage: mmseg {command} ') or command == 'config'
    assert module.__doc__.split()[0] in said


@pytest.mark.parametrize('command', all_commands())
def test_its_example_is_a_command_line_that_it_takes(command):
    module, parser = import_module(module_of(command)), entry.Parser(command)
    module.add_arguments(parser)
    args = parser.parse_args(shlex.split(EXAMPLES[command]))
    if hasattr(module, 'check_arguments'):
        module.check_arguments(parser, args)


def test_there_is_an_example_of_each_command_and_no_other():
    assert list(EXAMPLES) == list(all_commands())


def test_the_overview_names_each_command(capsys):
    with pytest.raises(SystemExit) as end:
        main(['--help'])
    assert end.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    names = [line.split()[0] for line in lines if line.startswith('  ')]
    assert names == [name for section in SECTIONS.values() for name in section]
    assert max(map(len, lines)) <= 100
    assert set(GROUPS) < set(names)


@pytest.mark.parametrize('words, code, message', [
    ([], 2, ''),
    (['layuot'], 2, "error: 'layuot' is not a command of mmseg (did you mean 'layout'?); see mmseg "
     '--help\n'),
    (['export', 'onx'], 2, "error: 'onx' is not a command of mmseg export (did you mean 'onnx'?); "
     'see mmseg export --help\n'),
    (['export'], 2, ''),
    (['config', 'nowhere.py'], 1, 'error: config file nowhere.py not found\n'),
])
def test_mistakes(words, code, message, capsys):
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == code
    assert capsys.readouterr().err == message


def test_a_users_mistake_is_one_line_and_exit_code_1(capsys):
    @entry.user_errors()
    def run():
        raise InputError('page.jpg is broken')

    with pytest.raises(SystemExit) as end:
        run()
    assert end.value.code == 1
    assert capsys.readouterr().err == 'error: page.jpg is broken\n'


def test_an_interrupt_ends_with_130(monkeypatch, capsys):
    def interrupt(args):
        raise KeyboardInterrupt

    monkeypatch.setattr('mmseg.cli.config.run', interrupt)
    with pytest.raises(SystemExit) as end:
        main(['config', 'a.py'])
    assert end.value.code == 130
    assert capsys.readouterr().err == 'interrupted\n'


def test_what_help_repeats_is_what_the_library_has():
    assert layout.FORMATS == tuple(FORMATS) and layout.REGION_TYPES == tuple(REGION_TYPES)
    assert check.SPLITS == SPLITS and onnx.OPSET == OPSET and test_exported.BACKENDS == BACKENDS
    assert (bench.MAX_PAGES, bench.MAX_SECONDS) == (MAX_PAGES, MAX_SECONDS)
    assert ARCHS == tuple(EfficientNetLite.arch_settings)
    assert map_names() == class_map.map_names()


class Unreadable(torch.utils.data.Dataset):
    def __len__(self):
        return 1

    def __getitem__(self, index):
        try:
            raise KeyError('colon: within')
        except KeyError as error:
            raise InputError('page.jpg cannot be read: it is cut off') from error


def test_an_error_of_a_loading_process_is_a_sentence_too(capsys):
    with pytest.raises(SystemExit), entry.user_errors():
        next(iter(torch.utils.data.DataLoader(Unreadable(), num_workers=1)))
    assert capsys.readouterr().err == 'error: page.jpg cannot be read: it is cut off\n'
