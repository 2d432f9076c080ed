"""The tool that finds mistakes in data, run as a user runs it."""
import json
import runpy
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

TOOL = Path(__file__).parents[2] / 'tools' / 'check_dataset.py'


@pytest.fixture
def run(command_line, monkeypatch, tmp_path):
    """Run the tool in a folder of its own; gives exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    return partial(command_line, 'tools/check_dataset.py')


@pytest.fixture
def own(pages, tmp_path):
    """A copy of the sample pages."""
    import shutil
    shutil.copytree(pages, tmp_path / 'pages')
    return tmp_path / 'pages'


def test_good_pages_end_with_zero_and_leave_a_report(run, config_file, tmp_path):
    code, out, _ = run(config_file, '--nproc', 1)
    assert code == 0
    assert out.splitlines()[-2:] == ['9 pages checked, nothing found',
                                     'report: work_dirs/check/tiny.html']
    assert (tmp_path / 'work_dirs/check/tiny.html').read_text().startswith('<!DOCTYPE html>')


def test_errors_end_with_one_and_warnings_only_if_strict(run, config_file, own):
    options = ['--nproc', 1, '--html', 'r.html', '--cfg-options', f'data_root={own}']
    mask = sorted((own / 'SegmentationClassPNG').iterdir())[0]
    good = np.array(Image.open(mask))
    Image.fromarray(np.full_like(good, 255)).save(mask)
    assert run(config_file, *options)[0] == 0
    code, out, _ = run(config_file, '--strict', *options)
    assert code == 1 and '9 pages checked: 0 errors, 1 warning' in out
    good[:2, :2] = 77
    Image.fromarray(good).save(mask)
    code, out, _ = run(config_file, '--json', 'r.json', *options)
    assert code == 1
    assert (f'error: {mask} has values outside the 5 classes: 77 (4 pixels); expected 0 to 4, or '
            '255 to ignore a pixel') in out.splitlines()
    assert json.loads(Path('r.json').read_text())['counts'] == {'outside': {'train': 1}}


def test_wrong_arguments_are_one_sentence(run, config_file):
    code, _, error = run(config_file, '--nproc', 0)
    assert (code, error) == (1, 'error: --nproc must be 1 or more, got 0\n')


def test_training_looks_first_unless_told_not_to(config_file, own, monkeypatch, capsys, tmp_path):
    """A fault in the validation pages ends the training before its first iteration."""
    val = (own / 'ImageSets/Segmentation/val.txt').read_text().split()[0]
    mask = own / 'SegmentationClassPNG' / f'{val}.png'
    width, height = Image.open(mask).size
    Image.fromarray(np.array(Image.open(mask))[:-3]).save(mask)

    trained = []
    monkeypatch.setattr('mmseg.apis.train_segmentor', lambda *args, **kwargs: trained.append(args))

    def train(*more):
        arguments = [str(config_file), '--work-dir', str(tmp_path / 'work'), '--seed', '0', *more,
                     '--cfg-options', f'data_root={own}']
        monkeypatch.setattr(sys, 'argv', ['train.py', *arguments])
        capsys.readouterr()
        runpy.run_path(str(TOOL.with_name('train.py')), run_name='__main__')

    with pytest.raises(SystemExit):
        train()
    error = capsys.readouterr().err.partition('error: ')[2]
    assert error == (f'{mask} is {width}x{height - 3} pixels (width x height) but its '
                     f'image {own}/JPEGImages/{val}.jpg is {width}x{height}; both must have the '
                     'same size\n')
    assert trained == []
    train('--no-check')
    train('--no-validate')
    assert len(trained) == 2
