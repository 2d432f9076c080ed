"""The same short training for several configs."""
import json

import pytest

from mmseg.apis.short_training import keep, short_config, train_and_score
from mmseg.utils.errors import InputError

SHORT = dict(iterations=20, batch=3, crop=32, page=64, least_lr=2e-3)


def test_short_config_changes_sizes_and_schedule_alone(config_file, pages, repository):
    layout = repository / 'configs' / 'layout' / 'segformer_mit-b0_512x512_20k_layout.py'
    cfg = short_config(str(layout), str(pages), **SHORT)
    steps = {step.type: step for step in cfg.data.train.pipeline}
    assert steps['Resize'].img_scale == (64, 64) and steps['Resize'].ratio_range
    assert steps['RandomCrop'].crop_size == steps['Pad'].size == (32, 32)
    assert cfg.data.val.pipeline[1].img_scale == (64, 64)
    assert cfg.data.train.data_root == cfg.data.test.data_root == str(pages)
    assert (cfg.runner.max_iters, cfg.lr_config.warmup_iters) == (20, 2)
    assert cfg.data.samples_per_gpu == 3
    # That of fine-tuning rises; its factors stay.
    assert cfg.optimizer.lr == 2e-3
    assert cfg.optimizer.paramwise_cfg.custom_keys.head.lr_mult == 10
    assert short_config(str(layout), str(pages), **{**SHORT, 'least_lr': 1e-6}).optimizer.lr == 6e-5


def test_row_of_a_network(config_file, pages, tmp_path):
    cfg = short_config(str(config_file), str(pages), **{**SHORT, 'iterations': 2, 'crop': 64})
    row = train_and_score(cfg, str(tmp_path / 'net_20k'))
    assert row['minutes'] > 0
    assert row['mIoU'] == pytest.approx(sum(
        row[f'IoU.{name}'] for name in ('background', 'figure', 'text', 'table', 'validline')) / 5,
        abs=1e-3)
    assert row['page_acc'] * 3 == pytest.approx(round(row['page_acc'] * 3), abs=1e-3)  # of 3 pages

    # Another way of testing takes the weights that were trained.
    again = train_and_score(cfg, str(tmp_path / 'net_layered_20k'))
    assert 'minutes' not in again and again['mIoU'] == row['mIoU']
    with pytest.raises(InputError, match='other_20k/latest.pth is not there: compare'):
        train_and_score(cfg, str(tmp_path / 'other_layered_20k'))


def test_keep_adds_to_what_is_there(tmp_path):
    file = tmp_path / 'row.json'
    assert keep({}, str(file)) == {}
    keep(dict(mIoU=.5, seconds=1), str(file))
    assert keep(dict(seconds=2), str(file)) == dict(mIoU=.5, seconds=2)
    assert json.loads(file.read_text()) == dict(mIoU=.5, seconds=2)
    assert [path.name for path in tmp_path.iterdir()] == ['row.json']
