"""Curves, as a user asks for them."""
import json

import cv2
import numpy as np
import pytest

pytest.importorskip('matplotlib')
TOOL = 'tools/analyze_logs.py'


@pytest.fixture
def log(tmp_path):
    """A training that was evaluated twice."""
    rows = [{'seed': 0}]
    for iteration in (10, 20):
        rows += [dict(mode='train', epoch=1, iter=iteration, time=.5, loss=30 / iteration),
                 dict(mode='val', epoch=1, iter=3, mIoU=iteration / 100, page_acc=.75)]
    (tmp_path / 'run').mkdir()
    file = tmp_path / 'run' / '1.log.json'
    file.write_text('\n'.join(map(json.dumps, rows)))
    return file


def test_a_picture_and_a_summary(command_line, log, tmp_path):
    said = command_line(TOOL, log, '--keys', 'mIoU', 'page_acc', 'loss', '--title', 'Pages',
                        '--out', tmp_path / 'charts' / 'run.png')
    assert said.code == 0
    assert 'run: mIoU from 0.1 (iteration 10) to 0.2 (iteration 20), last 0.2' in said.out
    assert 'run: 0.5000 seconds an iteration' in said.out
    picture = cv2.imread(str(tmp_path / 'charts' / 'run.png'))
    # three panels in seaborn's grey of 'dark', and lines in the first colour of matplotlib
    assert (picture == (242, 234, 234)).all(axis=2).mean() > .5
    lines = (picture == (176, 114, 76)).all(axis=2) | (picture == (180, 119, 31)).all(axis=2)
    heights = np.flatnonzero(lines.any(axis=1))
    assert heights.max() - heights.min() > .7 * len(picture)


def test_the_words_of_0xs_sister_projects(command_line, log, tmp_path):
    rows = [dict(mode='train', epoch=epoch, iter=iteration, time=time)
            for epoch, iteration, time in ((1, 10, 9.), (1, 20, .5), (2, 10, 7.), (2, 20, .25))]
    log.write_text('\n'.join(map(json.dumps, rows)))
    said = command_line(TOOL, 'cal_train_time', log)
    assert said.code == 0 and 'run: 0.3750 seconds an iteration' in said.out
    said = command_line(TOOL, 'cal_train_time', log, '--include-outliers')
    assert 'run: 4.1875 seconds an iteration' in said.out
    out = tmp_path / 'run.png'
    assert command_line(TOOL, 'plot_curve', log, '--keys', 'time', '--out', out).code == 0
    assert cv2.imread(str(out)) is not None


def test_names_of_lines(command_line, log, tmp_path):
    out = tmp_path / 'run.svg'
    assert command_line(TOOL, log, '--keys', 'mIoU', 'loss', '--legend', 'score', 'cost', '--out',
                        out, '--style', 'default').code == 0
    said = command_line(TOOL, log, '--keys', 'mIoU', 'loss', '--legend', 'one', '--out', out)
    assert said.code == 1 and '--legend needs 2 names' in said.err


@pytest.mark.parametrize('options, message', [
    (['--out', 'x.doc'], 'charts are written as'),
    (['--out', 'x.png', '--style', 'drak'], "no style 'drak' (did you mean 'dark'?)"),
    (['--out', 'x.png', '--backend', 'Nothing'], "no backend 'Nothing'"),
    (['--backend', 'Agg'], 'no window can open here'),
    (['--out', 'x.png', '--keys', 'mAcc'], "has no 'mAcc'")])
def test_mistakes_are_one_sentence(command_line, log, monkeypatch, tmp_path, options, message):
    monkeypatch.chdir(tmp_path)
    said = command_line(TOOL, log, *options)
    assert said.code == 1 and message in said.err and len(said.err.splitlines()) == 1
    assert not list(tmp_path.glob('x.*'))
