"""Trainings that end early, with scripted scores."""
import logging
import time
from functools import partial

import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from mmseg.core import EvalHook
from mmseg.core.hook import EarlyStoppingHook
from mmseg.core.runner import EpochBasedRunner, IterBasedRunner
from mmseg.utils.errors import InputError, UnknownNameError


class Scored(Dataset):
    """One page, and a score of a list for each evaluation."""

    def __init__(self, scores):
        self.scores = list(scores)

    def __len__(self):
        return 1

    def __getitem__(self, index):
        return torch.ones(1)

    def evaluate(self, results, logger=None, **kwargs):
        return {'mIoU': self.scores.pop(0)}


class Model(torch.nn.Linear):
    def __init__(self):
        super().__init__(1, 1)

    def train_step(self, data, optimizer):
        return dict(loss=self(data).sum(), log_vars={}, num_samples=1)


@pytest.fixture
def steps(tmp_path, monkeypatch):
    monkeypatch.setattr(time, 'sleep', lambda seconds: None)  # mmcv waits between epochs
    return partial(train, tmp_path)


def train(work_dir, scores, runner_type=IterBasedRunner, meta=None, evaluated=True, **options):
    """How many iterations or epochs a training of nine does that is evaluated after each."""
    by_epoch = runner_type is EpochBasedRunner
    model = Model()
    runner = runner_type(model, optimizer=torch.optim.SGD(model.parameters(), 0.1),
                         work_dir=str(work_dir), logger=logging.getLogger('test'),
                         meta={} if meta is None else meta,
                         **{'max_epochs' if by_epoch else 'max_iters': 9})
    data = Scored(scores)
    if evaluated:
        runner.register_hook(EvalHook(DataLoader(data), by_epoch=by_epoch,
                                      test_fn=lambda *args, **kwargs: []), priority='LOW')
    runner.register_hook(EarlyStoppingHook(**{'monitor': 'mIoU', 'patience': 2, **options}),
                         priority='LOW')
    runner.run([DataLoader(data)], [('train', 1)])
    return runner.epoch if by_epoch else runner.iter


@pytest.mark.parametrize('runner_type', [IterBasedRunner, EpochBasedRunner])
@pytest.mark.parametrize('scores, options, end', [
    ([.3, .4, .35, .39, .5], {}, 4),
    ([.3, .4, .35, .41, .4, .4, .9], {}, 6),
    ([.3, .4, .35, .41, .4, .4, .9], dict(min_delta=.05), 4),
    ([.3, .2, .4, .5, .1], dict(rule='less'), 4),
    ([.3, float('nan'), .4], {}, 2),
    ([.1 * number for number in range(9)], {}, 9)])
def test_a_training_ends_after_two_evaluations_without_a_better_score(steps, runner_type, scores,
                                                                      options, end):
    assert steps(scores, runner_type, **options) == end


def test_a_resumed_training_goes_on_waiting(steps):
    meta = {'hook_msgs': {'early_stopping': {'best': .4, 'waited': 1}}}
    assert steps([.39, .5], meta=meta) == 1


def test_a_score_that_is_a_loss_by_its_name_is_better_when_smaller():
    hook = EarlyStoppingHook('region_splits')
    evaluation = EvalHook(DataLoader(Scored([])))
    hook.before_run(type('Runner', (), {'hooks': [evaluation], 'meta': None})())
    assert hook._sign == -1


class Named(Scored):
    """A data set that says its scores beforehand."""

    def result_names(self, **kwargs):
        return ['aAcc', 'mIoU']


def test_a_misspelt_score_is_found_before_the_training():
    evaluation = EvalHook(DataLoader(Named([])))
    runner = type('Runner', (), {'hooks': [evaluation], 'meta': None})()
    with pytest.raises(UnknownNameError, match="'mIou', but the scores are aAcc, mIoU .*'mIoU'"):
        EarlyStoppingHook('mIou').before_run(runner)
    EarlyStoppingHook('mIoU').before_run(runner)
    assert runner.meta['hook_msgs']['early_stopping'] == {'best': None, 'waited': 0}


def test_the_log_says_why_a_training_ended(steps, caplog):
    caplog.set_level(logging.INFO, 'test')
    steps([.3, .31, .32], min_delta=.05)
    assert ('The training ends: mIoU has not got better than 0.3000 by more than 0.05 in 2 '
            'evaluations') in caplog.messages
    steps([.3, .2, .1])
    assert caplog.messages[-1] == ('The training ends: mIoU has not got better than 0.3000 in 2 '
                                   'evaluations')


def test_what_it_cannot_work_with(steps):
    with pytest.raises(UnknownNameError, match="monitor='mIuO', but the scores are mIoU .*'mIoU'"):
        steps([.3], monitor='mIuO')
    with pytest.raises(InputError, match='needs evaluations'):
        steps([], evaluated=False)
    with pytest.raises(InputError, match="rule='more'"):
        EarlyStoppingHook('mIoU', rule='more')
    with pytest.raises(InputError, match='patience=0'):
        EarlyStoppingHook('mIoU', patience=0)
