"""The commands a user types, with the mistakes a user makes."""
import json
import os
import pickle
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def tool(repository):
    """A function that runs a tool in a process of its own."""

    def run(name, *args, expect=0):
        result = subprocess.run(
            [sys.executable, str(repository / 'tools' / name), *map(str, args)],
            capture_output=True, text=True, timeout=300,
            env={**os.environ, 'PYTHONPATH': str(repository), 'OMP_NUM_THREADS': '1'})
        assert result.returncode == expect, result.stderr[-2000:]
        return result

    return run


@pytest.fixture
def broken_pages(pages, tmp_path):
    """A copy of the pages that a test may spoil."""
    folder = tmp_path / 'broken'
    shutil.copytree(pages, folder)
    return folder


def first(folder, part):
    return sorted((folder / part).iterdir())[0]


def test_train_then_test(tool, config_file, tmp_path):
    work = tmp_path / 'work'
    tool('train.py', config_file, '--work-dir', work, '--seed', 1)
    result = tool('test.py', config_file, work / 'latest.pth', '--eval', 'mIoU', 'mFscore',
                  '--show-dir', tmp_path / 'painted', '--out', tmp_path / 'out.pkl')
    assert 'validline' in result.stdout + result.stderr
    file = next(work.glob('eval_2*.json'))
    assert f'report: {file}\n' in result.stdout
    log = next(work.glob('*.log')).read_text()
    assert len(log.splitlines()) < 120 and f'as it is used: {work / config_file.name}' in log
    report = json.loads(file.read_text())
    assert report['pages'] == 3 and report['checkpoint'].endswith('latest.pth')
    assert len(list((tmp_path / 'painted').iterdir())) == 3
    results = pickle.loads((tmp_path / 'out.pkl').read_bytes())
    assert [set(page) for page in results] == [{'seg_map', 'cls_label', 'cls_scores'}] * 3


def wrong_json(folder):
    (folder / 'cls_label.json').write_text('{"a.jpg": 0')


def no_page_label(folder):
    labels = json.loads((folder / 'cls_label.json').read_text())
    labels.pop(next(iter(labels)))
    (folder / 'cls_label.json').write_text(json.dumps(labels))


def page_label_outside(folder):
    labels = json.loads((folder / 'cls_label.json').read_text())
    labels[next(iter(labels))] = 7
    (folder / 'cls_label.json').write_text(json.dumps(labels))


def missing_in_split(folder):
    with open(folder / 'ImageSets' / 'Segmentation' / 'train.txt', 'a') as split:
        split.write('no_such_page\n')


def no_images(folder):
    shutil.rmtree(folder / 'JPEGImages')
    (folder / 'JPEGImages').mkdir()


def each_mask(folder, change):
    for file in (folder / 'SegmentationClassPNG').iterdir():
        Image.fromarray(change(np.array(Image.open(file)))).save(file)


def rgb_masks(folder):
    each_mask(folder, lambda mask: np.stack([mask] * 3, axis=-1))


def small_masks(folder):
    each_mask(folder, lambda mask: mask[:-3])


def values_outside(folder):
    each_mask(folder, lambda mask: np.where(mask == 2, 9, mask).astype(np.uint8))


def cut_images(folder):
    for file in (folder / 'JPEGImages').iterdir():
        file.write_bytes(file.read_bytes()[:600])


@pytest.mark.parametrize('spoil, words', [
    (wrong_json, 'cls_label.json is not valid JSON'),
    (no_page_label, 'cls_label.json has no page class for 1 image'),
    (page_label_outside, 'page classes that do not exist'),
    (missing_in_split, 'no_such_page'),
    (no_images, 'JPEGImages'),
    (rgb_masks, '.png'),
    (small_masks, '.png'),
    (values_outside, '9'),
    (cut_images, '.jpg'),
])
def test_broken_data_is_one_sentence(spoil, words, broken_pages, config_file, tmp_path,
                                     monkeypatch, capsys, repository):
    spoil(broken_pages)
    work = tmp_path / 'work'
    args = [str(config_file), '--work-dir', str(work), '--seed', '0',
            '--cfg-options', f'data_root={broken_pages}']
    error = run_here('train', args, repository, monkeypatch, capsys)
    assert words in error and len(error.splitlines()) == 1
    assert not list(work.glob('*.pth'))


@pytest.mark.parametrize('options, words', [
    (['model.backbone.type=ResNetV1'], "did you mean 'ResNetV1"),
    (['model.backbone.detph=18'], "did you mean 'model.backbone.depth'?"),
    (['optimizer.type=AdamX'], 'AdamX'),
    (['lr_config.policy=polly'], 'Polly'),
    (['evaluation.save_best=mIUo'], "did you mean 'mIoU'?"),
])
def test_misspelt_configs_are_one_sentence(options, words, config_file, tmp_path,
                                           monkeypatch, capsys, repository):
    args = [str(config_file), '--work-dir', str(tmp_path / 'work'), '--cfg-options', *options]
    error = run_here('train', args, repository, monkeypatch, capsys)
    assert words in error and len(error.splitlines()) == 1


def run_here(name, args, repository, monkeypatch, capsys):
    """Run a tool's main function in this process and return its last line on stderr."""
    import runpy
    monkeypatch.setattr(sys, 'argv', [name, *args])
    capsys.readouterr()
    with pytest.raises(SystemExit) as exit_info:
        runpy.run_path(str(repository / 'tools' / f'{name}.py'), run_name='__main__')
    assert exit_info.value.code == 1
    return capsys.readouterr().err.partition('error: ')[2].strip()


def test_help_is_there(tool):
    for name in ('train.py', 'test.py'):
        assert 'config' in tool(name, '--help').stdout


def test_nothing_to_do_is_said(tool, config_file):
    assert 'nothing to do' in tool('test.py', config_file, 'x.pth', expect=2).stderr
