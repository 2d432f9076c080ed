"""The tool that compares layout configs, run as a user runs it."""
import json
from functools import partial

import pytest


@pytest.fixture
def run(command_line):
    """Run the tool; gives its exit code, stdout and stderr."""
    return partial(command_line, 'tools/compare_layout.py')


def test_a_row_is_measured_once(run, tmp_path, pages, config_file):
    out = tmp_path / 'out'
    out.mkdir()
    (out / 'tiny.json').write_text(json.dumps(dict(
        millions=12.466, gflops=18.951, mIoU=.23456, page_acc=.9167)))
    code, text, _ = run(out, config_file, '--pages', pages)
    assert (code, text) == (0, '| tiny | 12.47 | 18.95 | – | 23.5 | 91.7 |\n')

    code, text, _ = run(out, config_file, '--pages', pages, '--time')
    row = json.loads((out / 'tiny.json').read_text())
    assert code == 0 and row['mIoU'] == .23456 and 0 < row['seconds'] < 10
    assert text.splitlines()[-1] == f'| tiny | 12.47 | 18.95 | {row["seconds"]:.2f} | 23.5 | 91.7 |'


def test_a_config_that_is_not_there_is_one_sentence(run, tmp_path, pages):
    code, _, error = run(tmp_path / 'out', 'configs/none.py', '--pages', pages)
    assert code == 1 and error == 'error: config file configs/none.py not found\n'
