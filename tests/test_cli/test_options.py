"""``KEY=VALUE`` on the command line."""
import argparse

import pytest

from mmseg.cli.options import DictAction


@pytest.fixture
def parser():
    parser = argparse.ArgumentParser()
    parser.add_argument('--options', '--cfg-options', dest='cfg', nargs='+', action=DictAction)
    return parser


def test_values_are_read_as_mmcv_reads_them(parser):
    args = parser.parse_args(['--cfg-options', 'a.b=1', 'c=[0.5,x]', 'd=(1,2)', 'e=True', 'f=a=b'])
    assert args.cfg == {'a.b': 1, 'c': [0.5, 'x'], 'd': (1, 2), 'e': True, 'f': 'a=b'}
    assert parser.parse_args([]).cfg is None


def test_a_word_without_a_value(parser, capsys):
    with pytest.raises(SystemExit):
        parser.parse_args(['--options', 'data_root'])
    assert "--options: expected KEY=VALUE, got 'data_root'" in capsys.readouterr().err
