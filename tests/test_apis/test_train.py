"""A training writes checkpoints, resumes where it stopped, and keeps its best."""
import json
import logging
from pathlib import Path

import pytest
import torch

from mmseg.apis import init_random_seed, set_random_seed, train_segmentor
from mmseg.apis.train import scale_learning_rate
from mmseg.datasets import build_dataset
from mmseg.models import build_segmentor
from mmseg.utils.checkpoint import read_local
from mmseg.utils.errors import InputError


def train(cfg, validate=True):
    set_random_seed(0)
    dataset = build_dataset(cfg.data.train)
    model = build_segmentor(cfg.model)
    model.CLASSES, model.PALETTE = dataset.CLASSES, dataset.PALETTE
    model.PAGE_CLASSES = dataset.PAGE_CLASSES
    train_segmentor(model, dataset, cfg, validate=validate, timestamp='now',
                    meta=dict(CLASSES=dataset.CLASSES, seed=0))
    return model


def log_of(cfg):
    lines = Path(cfg.work_dir, 'now.log.json').read_text().splitlines()
    return [json.loads(line) for line in lines if '"mode"' in line]


def test_checkpoints_log_and_report(config):
    train(config)
    work = Path(config.work_dir)
    assert (work / 'latest.pth').resolve().name == 'iter_4.pth'
    saved = read_local(work / 'iter_4.pth')
    assert (saved['meta']['iter'], saved['meta']['seed']) == (4, 0)
    assert 'cls_head.fc.weight' in saved['state_dict']
    steps = [entry for entry in log_of(config) if entry['mode'] == 'train']
    assert [entry['iter'] for entry in steps] == [1, 2, 3, 4]
    assert {'decode.loss_ce', 'decode.loss_lovasz', 'aux.loss_ce', 'cls.loss_ce', 'cls.acc',
            'loss'} <= set(steps[0])
    scores = [entry for entry in log_of(config) if entry['mode'] == 'val']
    assert len(scores) == 2 and {'mIoU', 'IoU.table', 'page_acc'} <= set(scores[0])
    report = json.loads((work / 'eval_report.json').read_text())
    assert report['pages'] == 3
    assert len(list(work.glob('best_mIoU_iter_*.pth'))) == 1


def test_a_resumed_training_goes_on_with_the_same_iteration_rate_and_best_score(config):
    train(config)
    work = Path(config.work_dir)
    whole = [entry for entry in log_of(config) if entry['mode'] == 'train']
    best = json.loads((work / 'best_score.json').read_text())
    (work / 'now.log.json').unlink()
    for name in ('iter_4.pth', 'latest.pth'):
        (work / name).unlink()
    config.auto_resume = True
    train(config)
    resumed = [entry for entry in log_of(config) if entry['mode'] == 'train']
    assert [entry['iter'] for entry in resumed] == [3, 4]
    assert [entry['lr'] for entry in resumed] == [entry['lr'] for entry in whole[2:]]
    assert json.loads((work / 'best_score.json').read_text())['score'] >= best['score']


def scaled(config, processes=1, **options):
    config.optimizer.lr, config.data.samples_per_gpu = 2e-4, 2
    config.auto_scale_lr = options
    scale_learning_rate(config, processes, logging.getLogger('silent'))
    return config.optimizer.lr


def test_the_learning_rate_follows_the_batch_where_it_is_asked_for(config):
    assert scaled(config, base_batch_size=32) == 2e-4
    assert scaled(config, enable=True, base_batch_size=32) == pytest.approx(1.25e-5)
    assert scaled(config, processes=16, enable=True, base_batch_size=32) == 2e-4
    config.data.train_dataloader = dict(samples_per_gpu=64)
    assert scaled(config, enable=True, base_batch_size=32) == pytest.approx(4e-4)
    with pytest.raises(InputError, match='base_batch_size is the number of pages .* got None'):
        scaled(config, enable=True)


def test_weights_alone_cannot_be_resumed(config, tmp_path):
    model = build_segmentor(config.model)
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'weights.pth')
    config.resume_from = str(tmp_path / 'weights.pth')
    with pytest.raises(InputError, match='start from them with --load-from'):
        train(config, validate=False)
    config.resume_from, config.load_from = None, str(tmp_path / 'weights.pth')
    train(config, validate=False)


def test_a_full_disk_leaves_the_last_checkpoint(config, monkeypatch):
    config.evaluation = dict(interval=100)
    real, calls = torch.save, []

    def fill_up(content, file, *args, **kwargs):
        calls.append(file)
        if len(calls) == 2:
            file.write(b'half a checkpoint')
            raise OSError(28, 'No space left on device')
        return real(content, file, *args, **kwargs)

    monkeypatch.setattr(torch, 'save', fill_up)
    with pytest.raises(InputError, match='cannot write .*iter_4.pth .*No space left on device'):
        train(config, validate=False)
    assert sorted(file.name for file in Path(config.work_dir).glob('*.pth')) == [
        'iter_2.pth', 'latest.pth']
    assert read_local(Path(config.work_dir, 'latest.pth'))['meta']['iter'] == 2


@pytest.mark.parametrize('fp16', [dict(loss_scale='dynamic'), dict(dtype='bfloat16')])
def test_mixed_precision_and_channels_last(config, fp16):
    config.fp16, config.channels_last = fp16, True
    model = train(config, validate=False)
    assert model.autocast_dtype is torch.bfloat16  # on a CPU
    assert model.decode_head.conv_seg.weight.dtype is torch.float32
    assert all(torch.isfinite(value).all() for value in model.state_dict().values())


def test_epochs(config):
    config.runner = dict(type='EpochBasedRunner', max_epochs=2)
    config.checkpoint_config = dict(interval=1)
    config.evaluation = dict(interval=1, metric='mIoU', pre_eval=True)
    config.lr_config = dict(policy='step', step=[1], by_epoch=True)
    config.log_config = dict(interval=1, hooks=[dict(type='TextLoggerHook')])
    train(config)
    assert Path(config.work_dir, 'epoch_2.pth').is_file()
    lrs = [entry['lr'] for entry in log_of(config) if entry['mode'] == 'train']
    assert lrs[-1] == pytest.approx(lrs[0] / 10)


def test_sync_bn_becomes_bn_without_a_process_group(config):
    config.model.backbone.norm_cfg = dict(type='SyncBN', requires_grad=True)
    train(config, validate=False)


def test_a_misspelt_best_score_is_found_at_the_start(config):
    config.evaluation.save_best = 'mIuO'
    with pytest.raises(InputError, match=r"save_best='mIuO'.*did you mean 'mIoU'"):
        train(config)


def test_seeds():
    assert init_random_seed(7) == 7
    assert 0 <= init_random_seed(device='cpu') < 2 ** 31
    set_random_seed(3)
    first = torch.rand(2)
    set_random_seed(3, deterministic=True)
    assert torch.equal(first, torch.rand(2))
