"""The tools that draw sample pages and browse data sets, run as a user runs them."""

import cv2
import pytest

CONFIG = """
pipeline = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'),
            dict(type='LabelErosion', pixels=1), dict(type='RandomFlip', prob=1.0),
            dict(type='Normalize', mean=[0, 0, 0], std=[1, 1, 1], to_rgb=True),
            dict(type='DefaultFormatBundle'), dict(type='Collect', keys=['img'])]
data = dict(train=dict(type='RepeatDataset', times=3, dataset=dict(
    type='LayoutDataset', data_root={root!r}, split='train', pipeline=pipeline)))
"""


@pytest.fixture
def run(command_line):
    """Run a tool; gives its exit code, stdout and stderr."""
    return lambda tool, *arguments: command_line(f'tools/{tool}', *arguments)


@pytest.fixture
def config(tmp_path, run):
    """A config file whose training data are two sample pages."""
    assert run('make_sample_pages.py', tmp_path / 'pages', '--train', 2, '--val', 1,
               '--size', 160)[0] == 0
    path = tmp_path / 'config.py'
    path.write_text(CONFIG.format(root=str(tmp_path / 'pages')))
    return path


def test_sample_pages_refuse_a_folder_that_is_taken(tmp_path, run):
    (tmp_path / 'thesis.tex').write_text('')
    code, _, error = run('make_sample_pages.py', tmp_path)
    assert code == 1
    assert 'name a new or empty folder' in error and 'Traceback' not in error
    assert [path.name for path in tmp_path.iterdir()] == ['thesis.tex']


def test_browsing_draws_a_panel_for_each_transform_that_is_not_skipped(config, tmp_path, run):
    sheets = {}
    for name, options in {
            'default': [], 'more': ['--skip-type', 'Collect'],
            'origin': ['--show-origin'], 'one': ['--number', 1]}.items():
        out = tmp_path / name
        assert run('browse_dataset.py', config, '--output-dir', out, *options)[0] == 0
        sheets[name] = {path.name: cv2.imread(str(path)).shape for path in out.iterdir()}
    # Pages with rare classes come three times an epoch, each time with draws of its own.
    assert sorted(sheets['default']) == [f'train_0000{page}{time}.jpg' for page in (0, 1)
                                         for time in ('', '_2', '_3')]
    assert list(sheets['one']) == ['train_00000.jpg']
    page = 'train_00000.jpg'
    # Four panels in the first row (load, labels, erosion, flip), Normalize in a second one.
    assert sheets['more'][page][1] == sheets['default'][page][1]
    assert sheets['more'][page][0] > 1.8 * sheets['default'][page][0]
    assert sheets['origin'][page][1] < sheets['default'][page][1] / 3


def test_a_wrong_config_is_one_sentence(tmp_path, run):
    code, _, error = run('browse_dataset.py', tmp_path / 'nowhere.py')
    assert code == 1
    assert 'nowhere.py' in error and 'Traceback' not in error
