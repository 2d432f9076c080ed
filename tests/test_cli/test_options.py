"""What several commands share: ``KEY=VALUE``, where reports go."""
import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

import mmseg
from mmseg.cli import reports
from mmseg.cli.options import DictAction, add_replaced


@pytest.fixture
def parser():
    parser = argparse.ArgumentParser()
    parser.add_argument('--options', '--cfg-options', dest='cfg', nargs='+', action=DictAction)
    return parser


def test_values_are_read_as_mmcv_reads_them(parser):
    args = parser.parse_args(['--cfg-options', 'a.b=1', 'c=[0.5,x]', 'd=(1,2)', 'e=True', 'f=a=b'])
    assert args.cfg == {'a.b': 1, 'c': [0.5, 'x'], 'd': (1, 2), 'e': True, 'f': 'a=b'}
    assert parser.parse_args([]).cfg is None


def test_threads_are_chosen_before_torch_is_loaded():
    """Which reading such an option does."""
    code = ('import os, sys\nfrom mmseg.cli import main\n'
            "try: main(['flops', 'none.py', '--cfg-options', 'a=1'])\nexcept SystemExit: pass\n"
            "print('torch' in sys.modules, os.environ['OMP_NUM_THREADS'].isdigit(),"
            " os.environ['OMP_WAIT_POLICY'])")
    env = {name: value for name, value in os.environ.items() if not name.startswith('OMP_')}
    run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, env=env)
    assert run.stdout == 'True True PASSIVE\n', run.stderr


def test_a_word_without_a_value(parser, capsys):
    with pytest.raises(SystemExit):
        parser.parse_args(['--options', 'data_root'])
    assert "--options: expected KEY=VALUE, got 'data_root'" in capsys.readouterr().err


def test_an_experiment_of_hrnets_repository_is_no_option(parser, capsys):
    with pytest.raises(SystemExit):
        parser.parse_args(['--cfg', 'experiments/a.yaml'])
    assert capsys.readouterr().err.endswith(
        "expected KEY=VALUE, got 'experiments/a.yaml'; mmseg config --cfg FILE makes a config of "
        'an experiment file\n')


def test_a_report_lies_next_to_the_model(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(reports.time, 'strftime', lambda _: '20260101_120000')
    (tmp_path / 'run').mkdir()
    (tmp_path / 'run' / 'a.pth').touch()
    model = str(tmp_path / 'run' / 'a.pth')
    file = reports.report_file(None, 'configs/x.py', model)
    assert file == tmp_path / 'run' / 'eval_20260101_120000.json'
    assert reports.report_file('w', 'configs/x.py', model) == Path('w', file.name)
    for other in ('https://a.b/c.pth', 'a-name', str(Path(mmseg.__file__))):
        assert reports.report_file(None, 'configs/x.py', other) == Path('work_dirs', 'x', file.name)
    reports.say_where(file)
    assert capsys.readouterr().out == ''
    file.touch()
    reports.say_where(file)
    assert capsys.readouterr().out == f'report: {file}\n'


def test_an_option_of_another_tool_is_answered_with_what_replaces_it(parser, capsys):
    add_replaced(parser, {'--simplify': 'files are simple as they are'})
    assert vars(parser.parse_args(['--options', 'a=1'])) == {'cfg': {'a': 1}}
    assert '--simplify' not in parser.format_help()
    for words in (['--simplify'], ['--simplify', 'yes', '--options', 'a=1']):
        with pytest.raises(SystemExit):
            parser.parse_args(words)
        assert capsys.readouterr().err.endswith(
            'error: --simplify of other tools is not an option here: files are simple as they '
            'are\n')
