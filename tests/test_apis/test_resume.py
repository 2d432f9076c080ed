"""A training that goes on from a checkpoint is the same run, to the last bit on a CPU."""
import copy
import json
import logging
import os
import shutil
import signal
from pathlib import Path

import mmcv
import numpy as np
import pytest
import torch
from mmcv.runner import HOOKS, Hook

from mmseg.apis import set_random_seed, train_segmentor
from mmseg.datasets import build_dataset
from mmseg.models import OutputNames, build_segmentor
from mmseg.utils.checkpoint import read_local


@HOOKS.register_module()
class DrawsForTest(Hook):
    """Notes which pages came and what torch and numpy draw, and does ``at[iteration]``."""

    def __init__(self, seen, at=None):
        self.seen, self.at = seen, at or {}

    def after_train_iter(self, runner):
        names = [Path(meta['filename']).stem for meta in runner.data_batch['img_metas'].data[0]]
        self.seen.append((runner.iter + 1, *names, float(torch.rand(1)), float(np.random.rand())))
        self.at.get(runner.iter + 1, lambda: None)()


def train(cfg, **at):
    """Run as ``cfg`` says; returns what each iteration read and drew."""
    seen = []
    cfg = copy.deepcopy(cfg)
    set_random_seed(1234 + len(at))  # of no consequence for a run that goes on
    dataset = build_dataset(cfg.data.train)
    model = build_segmentor(cfg.model, names=OutputNames.of(dataset))
    if not cfg.get('resume_from') and not cfg.get('auto_resume'):
        set_random_seed(0)
        model.init_weights()
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=.05)
    hook = DrawsForTest(seen, {int(key[2:]): value for key, value in at.items()})
    original = HOOKS.get('DrawsForTest')
    HOOKS._module_dict['DrawsForTest'] = lambda: hook
    try:
        train_segmentor(model, dataset, cfg, validate=cfg.get('validate', False), timestamp='now',
                        meta=dict(CLASSES=dataset.CLASSES, seed=0))
    finally:
        HOOKS._module_dict['DrawsForTest'] = original
    return seen


@pytest.fixture
def cfg(config):
    """Four batches an epoch, everything random that is, a checkpoint after each iteration."""
    config.data.train.pipeline[2:2] = [dict(type='RandomFlip', prob=0.5),
                                       dict(type='PhotoMetricDistortion')]
    config.runner = dict(type='IterBasedRunner', max_iters=5)
    config.checkpoint_config = dict(interval=1)
    config.optimizer = dict(type='AdamW', lr=1e-3)
    config.optimizer_config = dict()
    config.custom_hooks = [dict(type='DrawsForTest')]
    return config


def tensors(path):
    loaded = read_local(path)
    found = {f'state_dict.{name}': value for name, value in loaded['state_dict'].items()}
    for number, values in loaded['optimizer']['state'].items():
        found.update({f'optimizer.{number}.{name}': value for name, value in values.items()})
    return found


def same(one, two):
    one, two = tensors(one), tensors(two)
    assert one.keys() == two.keys() and len(one) > 100
    return [name for name in one if not torch.equal(one[name], two[name])] == []


def continued(cfg, tmp_path, after, **changes):
    """A copy of the config that goes on from ``iter_<after>.pth`` in a folder of its own."""
    cfg = copy.deepcopy(cfg)
    folder = tmp_path / f'from_{after}'
    folder.mkdir(exist_ok=True)
    cfg.resume_from = str(Path(cfg.work_dir, f'iter_{after}.pth'))
    cfg.work_dir = str(folder)
    cfg.merge_from_dict(changes)
    return cfg


@pytest.mark.parametrize('workers', [0, 2])
def test_a_resumed_run_is_the_same_run(cfg, tmp_path, workers):
    cfg.data.workers_per_gpu = workers
    whole = train(cfg)
    assert len({names for _, *names, _, _ in map(tuple, whole) for names in [tuple(names)]}) == 5
    # another number of workers draws the same; after 2 iterations an epoch is under way
    rest = train(continued(cfg, tmp_path, 2, **{'data.workers_per_gpu': 1 - workers // 2}))
    assert rest == whole[2:]
    assert same(Path(cfg.work_dir, 'iter_5.pth'), tmp_path / 'from_2' / 'iter_5.pth')


def test_gradients_that_wait_for_a_step_are_kept(cfg, tmp_path):
    cfg.optimizer_config = dict(type='GradientCumulativeOptimizerHook', cumulative_iters=2)
    train(cfg)
    train(continued(cfg, tmp_path, 3))
    assert same(Path(cfg.work_dir, 'iter_5.pth'), tmp_path / 'from_3' / 'iter_5.pth')


def test_averaged_weights_are_kept(cfg, tmp_path):
    cfg.custom_hooks = [*cfg.custom_hooks, dict(type='EMAHook', momentum=0.5)]
    train(cfg)
    assert any(name.startswith('state_dict.ema_')
               for name in tensors(Path(cfg.work_dir, 'iter_3.pth')))
    train(continued(cfg, tmp_path, 3))
    assert same(Path(cfg.work_dir, 'iter_5.pth'), tmp_path / 'from_3' / 'iter_5.pth')


def test_sigterm_saves_within_an_epoch_and_ends_with_143(cfg, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(logging.getLogger('mmseg'), 'info',
                        lambda line, *args, **kwargs: said.append(line))
    cfg.runner = dict(type='EpochBasedRunner', max_epochs=2)
    cfg.checkpoint_config = dict(interval=1, by_epoch=True)
    cfg.lr_config = dict(policy='step', step=[1], by_epoch=True)
    cfg.log_config = dict(interval=1, hooks=[dict(type='TextLoggerHook')])
    whole = train(cfg)
    assert [entry[0] for entry in whole] == [1, 2, 3, 4, 5, 6, 7, 8]  # four an epoch
    expected = Path(cfg.work_dir, 'epoch_2.pth')
    cfg.work_dir = str(tmp_path / 'stopped')
    Path(cfg.work_dir).mkdir()
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit) as end:
            train(cfg, at2=lambda: os.kill(os.getpid(), signal.SIGTERM))
    finally:
        signal.signal(signal.SIGTERM, before)
    assert end.value.code == 143
    assert any('SIGTERM came: the training is saved in' in line for line in said)
    assert os.readlink(Path(cfg.work_dir, 'latest.pth')) == 'iter_2.pth'
    cfg.auto_resume = True
    assert train(cfg) == whole[2:]
    assert same(expected, Path(cfg.work_dir, 'epoch_2.pth'))


def test_a_checkpoint_of_an_earlier_release_goes_on_with_the_next_pages(cfg, tmp_path):
    whole = train(cfg)
    file = Path(cfg.work_dir, 'iter_2.pth')
    loaded = torch.load(file)
    for key in ('position', ):
        del loaded['meta'][key]
    torch.save(loaded, file)
    assert train(continued(cfg, tmp_path, 2)) == whole[2:]


def test_an_evaluation_that_the_run_did_not_come_to_is_made_up_for(cfg, tmp_path):
    cfg.validate, cfg.evaluation = True, dict(interval=2, metric='mIoU', pre_eval=True,
                                              save_best='mIoU')
    cfg.runner.max_iters = 2
    train(cfg)
    work = Path(cfg.work_dir)
    report = json.loads((work / 'eval_report.json').read_text())
    assert report['iter'] == 2 and (work / 'best_mIoU_iter_2.pth').is_file()
    for name in ('eval_report.json', 'best_score.json', 'best_mIoU_iter_2.pth'):
        (work / name).unlink()
    cfg.auto_resume = True
    train(cfg)
    assert json.loads((work / 'eval_report.json').read_text()) == report
    assert json.loads((work / 'best_score.json').read_text())['iter'] == 2
    saved = read_local(work / 'best_mIoU_iter_2.pth')['meta']
    assert (saved['iter'], saved['position']) == (2, dict(epoch=0, pages=4))
    # done once, it is not done again, and what killed runs left is gone
    (work / 'best_mIoU_iter_2.pth').rename(work / 'best_mIoU_iter_1.pth')
    torch.save(torch.load(work / 'best_mIoU_iter_1.pth'), work / 'best_mIoU_iter_2.pth')
    (work / '.iter_3.pth.99.part').write_bytes(b'half')
    stamp = (work / 'eval_report.json').stat().st_mtime_ns
    train(cfg)
    assert (work / 'eval_report.json').stat().st_mtime_ns == stamp
    assert sorted(file.name for file in work.iterdir() if 'best' in file.name
                  or 'part' in file.name) == ['best_mIoU_iter_2.pth', 'best_score.json']


def test_checkpoints_that_a_killed_run_had_left_to_remove(cfg, tmp_path):
    """It wrote the last checkpoint and was killed before it removed the third last."""
    cfg.checkpoint_config = dict(interval=1, max_keep_ckpts=2)
    train(cfg)
    work = Path(cfg.work_dir)
    kept = ['iter_4.pth', 'iter_5.pth', 'latest.pth']
    assert sorted(file.name for file in work.glob('*.pth')) == kept
    shutil.copy(work / 'iter_4.pth', work / 'iter_3.pth')
    train(continued(cfg, tmp_path, 5))  # in a folder of its own, it leaves the other one
    assert sorted(file.name for file in work.glob('*.pth')) == ['iter_3.pth', *kept]
    cfg.auto_resume = True
    train(cfg)
    assert sorted(file.name for file in work.glob('*.pth')) == kept


def test_a_resumed_run_in_bfloat16_is_the_same_run(cfg, tmp_path):
    cfg.fp16 = dict(dtype='bfloat16')
    whole = train(cfg)
    assert train(continued(cfg, tmp_path, 2)) == whole[2:]
    assert same(Path(cfg.work_dir, 'iter_5.pth'), tmp_path / 'from_2' / 'iter_5.pth')
    cfg.fp16 = None
    folder = tmp_path / 'in_float32'
    train(mmcv.Config({**cfg._cfg_dict, 'work_dir': str(folder)}))
    assert not same(Path(cfg.work_dir, 'iter_5.pth'), folder / 'iter_5.pth')
