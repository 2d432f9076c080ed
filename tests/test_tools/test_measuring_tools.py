"""The commands that measure a network, as a user types them."""
import json
import runpy
import sys

import pytest


@pytest.fixture
def tool(repository, monkeypatch, capsys):
    """A function that runs a tool's main function and returns what it printed, as (out, err)."""

    def run(name, *args, expect=None):
        monkeypatch.setattr(sys, 'argv', [name, *map(str, args)])
        capsys.readouterr()
        if expect is None:
            runpy.run_path(str(repository / 'tools' / name), run_name='__main__')
        else:
            with pytest.raises(SystemExit) as exit_info:
                runpy.run_path(str(repository / 'tools' / name), run_name='__main__')
            assert exit_info.value.code == expect
        return capsys.readouterr()

    return run


def test_flops_of_a_known_network(tool, repository):
    config = repository / 'configs' / '_base_' / 'models' / 'fcn_r50-d8.py'
    out, _ = tool('get_flops.py', config, '--shape', 512)
    # MMSegmentation 0.30 says 198.01 GFLOPs, norms and activations included, and 49.5 M
    assert 'Input shape: (3, 512, 512)\nFlops: 197.60 GFLOPs\nParams: 49.50 M' in out
    assert 'only training uses 2.36 M' in out


def test_flops_for_the_shape_of_0x(tool, config_file):
    out, _ = tool('get_flops.py', config_file)
    assert 'Input shape: (3, 2048, 1024)' in out


def test_speed_is_printed_and_written(tool, config_file, tmp_path):
    out, _ = tool('benchmark.py', config_file, '--work-dir', tmp_path / 'work',
                  '--repeat-times', 2)
    assert 'run 2: 3 pages' in out and 'mean ' in out
    written = json.loads(next((tmp_path / 'work').glob('fps_*.json')).read_text())
    runs = [written['overall_fps_1'], written['overall_fps_2']]
    assert min(runs) > 0 and written['average_fps'] == pytest.approx(sum(runs) / 2)
    assert written['fps_variance'] == pytest.approx(((runs[0] - runs[1]) / 2)**2)
    assert (written['unit'], written['config'], written['checkpoint'], written['shape']) == (
        'img / s', str(config_file), None, None)


@pytest.mark.parametrize('name', ['get_flops.py', 'benchmark.py'])
def test_wrong_shapes_and_configs(name, tool, config_file, tmp_path):
    assert 'one or two positive numbers' in tool(
        name, config_file, '--shape', 1, 2, 3, expect=2).err
    assert 'error: config file nowhere.py not found' in tool(name, 'nowhere.py', expect=1).err
    assert 'default' in tool(name, '--help', expect=0).out


def test_pages_that_are_not_there(tool, config_file, tmp_path):
    err = tool('benchmark.py', config_file, '--cfg-options', f'data_root={tmp_path / "no"}',
               expect=1).err
    assert str(tmp_path / 'no') in err.partition('error: ')[2]
