"""The evaluation hooks in small training runs with scripted scores."""
import json
import logging
import math

import mmcv.runner.iter_based_runner as mmcv_runner
import numpy as np
import pytest
import torch
from mmcv.fileio.file_client import HardDiskBackend
from mmcv.runner import CheckpointHook
from torch.utils.data import DataLoader, Dataset

from mmseg.core import DistEvalHook, EvalHook
from mmseg.core.runner import IterBasedRunner
from mmseg.datasets import ConcatDataset
from mmseg.utils.errors import InputError, UnknownNameError


class Scored(Dataset):
    """A data set whose evaluations give the scores of a list, one after the other."""

    def __init__(self, *scores, key='mIoU'):
        self.scores, self.key, self.seen = list(scores), key, []

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return torch.ones(1)

    def evaluate(self, results, logger=None, **kwargs):
        self.seen.append((results, kwargs))
        # numpy's float would keep the checkpoint from being read safely
        return {'aAcc': 0.9, self.key: np.float64(self.scores.pop(0))}


class Model(torch.nn.Linear):
    def __init__(self):
        super().__init__(1, 1)

    def train_step(self, data, optimizer):
        return dict(loss=self(data).sum(), log_vars={}, num_samples=1)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(mmcv_runner.time, 'sleep', lambda seconds: None)


def run_tests(model, loader, pre_eval=False, **kwargs):
    return [('counts' if pre_eval else 'maps', sorted(kwargs))]


def train(work_dir, dataset, max_iters, resume=None, hook=EvalHook, runner_hooks=(), model=None,
          **kwargs):
    """Train with an evaluation and, before it, a checkpoint every second iteration."""
    model = model or Model()
    runner = IterBasedRunner(model, optimizer=torch.optim.SGD(model.parameters(), 0.1),
                             work_dir=str(work_dir), logger=logging.getLogger('test'), meta={},
                             max_iters=max_iters)
    options = {'interval': 2, 'save_best': 'mIoU', 'test_fn': run_tests, **kwargs}
    runner.register_hook(CheckpointHook(interval=2, by_epoch=False))
    runner.register_hook(hook(DataLoader(dataset), **options), priority='LOW')
    for extra in runner_hooks:
        runner.register_hook(extra, priority='VERY_LOW')
    if resume:
        runner.resume(str(resume), map_location='cpu')
    runner.run([DataLoader(dataset)], [('train', 1)])
    return runner


def best_files(work_dir):
    return sorted(file.name for file in work_dir.glob('best_*.pth'))


def record(work_dir):
    return json.loads((work_dir / 'best_score.json').read_text())


def test_the_best_checkpoint_is_kept_alone(tmp_path):
    runner = train(tmp_path, Scored(0.3, 0.5, 0.4), 6)
    assert best_files(tmp_path) == ['best_mIoU_iter_4.pth']
    assert record(tmp_path) == {'key': 'mIoU', 'rule': 'greater', 'score': 0.5,
                                'checkpoint': 'best_mIoU_iter_4.pth', 'iter': 4}
    assert runner.meta['hook_msgs']['best_score'] == 0.5
    saved = torch.load(tmp_path / 'best_mIoU_iter_4.pth', weights_only=True)
    assert saved['meta']['hook_msgs']['best_score'] == 0.5


def test_the_report_of_the_last_evaluation_lands_in_the_work_directory(tmp_path):
    train(tmp_path, Scored(0.3, 0.5), 4)
    assert json.loads((tmp_path / 'eval_report.json').read_text()) == {
        'iter': 4, 'summary': {'aAcc': 0.9, 'mIoU': 0.5}}


def test_a_killed_run_goes_on_from_its_best_score(tmp_path):
    train(tmp_path, Scored(0.3, 0.5), 4)
    kept = torch.load(tmp_path / 'iter_4.pth', weights_only=True)
    # the checkpoint to resume from is older than the evaluation of its iteration
    assert kept['meta']['hook_msgs']['best_score'] == 0.3
    dataset = Scored(0.4)
    train(tmp_path, dataset, 6, resume=tmp_path / 'iter_4.pth')
    assert len(dataset.seen) == 1
    assert best_files(tmp_path) == ['best_mIoU_iter_4.pth']
    assert record(tmp_path)['score'] == 0.5
    later = torch.load(tmp_path / 'iter_6.pth', weights_only=True)
    assert later['meta']['hook_msgs']['best_score'] == 0.5


def test_a_resumed_run_drops_the_former_best_for_a_better_one(tmp_path):
    train(tmp_path, Scored(0.3, 0.5), 4)
    train(tmp_path, Scored(0.6), 6, resume=tmp_path / 'iter_4.pth')
    assert best_files(tmp_path) == ['best_mIoU_iter_6.pth']
    assert record(tmp_path)['score'] == 0.6


def test_without_the_record_the_checkpoint_remembers(tmp_path):
    train(tmp_path, Scored(0.5, 0.3), 4)
    (tmp_path / 'best_score.json').unlink()
    train(tmp_path, Scored(0.4), 6, resume=tmp_path / 'iter_4.pth')
    assert best_files(tmp_path) == ['best_mIoU_iter_2.pth']


def test_a_broken_record_is_passed_over(tmp_path):
    train(tmp_path, Scored(0.5, 0.3), 4)
    (tmp_path / 'best_score.json').write_text('{')
    train(tmp_path, Scored(0.4), 6, resume=tmp_path / 'iter_4.pth')
    assert best_files(tmp_path) == ['best_mIoU_iter_2.pth']


def test_the_best_of_another_score_does_not_count(tmp_path):
    train(tmp_path, Scored(0.3, 0.5), 4)
    train(tmp_path, Scored(0.1, key='mDice'), 6, resume=tmp_path / 'iter_4.pth',
          hook=lambda loader, **kwargs: EvalHook(loader, **{**kwargs, 'save_best': 'mDice'}))
    assert best_files(tmp_path) == ['best_mDice_iter_6.pth', 'best_mIoU_iter_4.pth']


def test_a_new_run_in_an_old_directory_starts_afresh(tmp_path):
    train(tmp_path, Scored(0.9), 2)
    train(tmp_path, Scored(0.1, 0.2), 4)
    assert record(tmp_path)['score'] == 0.2
    assert 'best_mIoU_iter_4.pth' in best_files(tmp_path)


def test_another_runs_best_is_not_removed(tmp_path):
    train(tmp_path / 'one', Scored(0.3, 0.5), 4)
    train(tmp_path / 'two', Scored(0.6), 6, resume=tmp_path / 'one' / 'iter_4.pth')
    assert best_files(tmp_path / 'one') == ['best_mIoU_iter_4.pth']
    assert best_files(tmp_path / 'two') == ['best_mIoU_iter_6.pth']


def test_a_full_disk_leaves_the_former_best(tmp_path, monkeypatch):
    save = IterBasedRunner.save_checkpoint

    def full_at_four(self, out_dir, filename_tmpl='iter_{}.pth', **kwargs):
        if filename_tmpl == 'best_mIoU_iter_4.pth':
            runners.append(self)
            raise InputError('cannot write: no space left on device')
        save(self, out_dir, filename_tmpl, **kwargs)

    runners = []
    monkeypatch.setattr(IterBasedRunner, 'save_checkpoint', full_at_four)
    with pytest.raises(InputError, match='no space left'):
        train(tmp_path, Scored(0.3, 0.5), 4)
    assert best_files(tmp_path) == ['best_mIoU_iter_2.pth']
    assert record(tmp_path)['score'] == 0.3
    assert runners[0].meta['hook_msgs']['best_score'] == 0.3


def test_a_former_best_that_cannot_be_removed_is_not_an_error(tmp_path, monkeypatch):
    def refuse(self, path):
        raise PermissionError(path)

    monkeypatch.setattr(HardDiskBackend, 'remove', refuse)
    train(tmp_path, Scored(0.3, 0.5), 4)
    assert best_files(tmp_path) == ['best_mIoU_iter_2.pth', 'best_mIoU_iter_4.pth']
    assert record(tmp_path)['score'] == 0.5


def test_scores_that_are_nan_are_never_the_best(tmp_path):
    train(tmp_path, Scored(math.nan, 0.2, math.nan), 6)
    assert best_files(tmp_path) == ['best_mIoU_iter_4.pth']


def test_a_score_of_zero_is_a_score(tmp_path):
    train(tmp_path, Scored(0.0), 2)
    assert best_files(tmp_path) == ['best_mIoU_iter_2.pth']


@pytest.mark.parametrize('key, file', [
    ('page_acc', 'best_page_acc_iter_2.pth'), ('page_recall.slide', 'best_page_recall.slide_iter_2'
                                               '.pth'), ('IoU.a/{b}', 'best_IoU.a_b__iter_2.pth')])
def test_any_score_can_choose(tmp_path, key, file):
    train(tmp_path, Scored(0.3, key=key), 2,
          hook=lambda loader, **kwargs: EvalHook(loader, **{**kwargs, 'save_best': key}))
    assert best_files(tmp_path) == [file]


def test_auto_takes_the_first_score_and_remembers_it(tmp_path):
    def auto(loader, **kwargs):
        return EvalHook(loader, **{**kwargs, 'save_best': 'auto'})

    train(tmp_path, Scored(0.3), 2, hook=auto)
    assert record(tmp_path)['key'] == 'aAcc'
    train(tmp_path, Scored(0.4), 4, resume=tmp_path / 'iter_2.pth', hook=auto)
    assert best_files(tmp_path) == ['best_aAcc_iter_2.pth']  # 0.9 again is not better


def test_a_misspelt_score_is_found_at_the_start_where_the_data_set_can_tell():
    dataset = Scored()
    dataset.result_names = lambda metric, selected=None: ['aAcc', 'mIoU', 'IoU.table']
    with pytest.raises(UnknownNameError, match="did you mean 'IoU.table'"):
        EvalHook(DataLoader(dataset), save_best='IoU.tabel', metric='mIoU')
    with pytest.raises(UnknownNameError, match='selected='):
        EvalHook(DataLoader(dataset), save_best='mIoU_selected', metric='mIoU')


class Named(Scored):
    """A data set that says its scores beforehand."""

    CLASSES, PALETTE = ('text',), None

    def result_names(self, **kwargs):
        return ['aAcc', 'mIoU']


class OwnScore(Named):
    """A user's data set: one more score than the class that it is derived from."""

    def evaluate(self, results, logger=None, **kwargs):
        return {**super().evaluate(results, logger, **kwargs), 'lines_per_page': 12.}


@pytest.mark.parametrize('wrap, best', [
    (lambda data: data, 'lines_per_page'),
    (lambda data: ConcatDataset([data, OwnScore(0.1, 0.2)]), '1_lines_per_page')])
def test_a_score_of_ones_own_evaluate_is_not_refused(tmp_path, wrap, best):
    data = wrap(OwnScore(0.3, 0.4))
    train(tmp_path, data, 2, hook=lambda loader, **kwargs: EvalHook(
        loader, **{**kwargs, 'save_best': best, 'rule': 'greater',
                   'test_fn': lambda *args, **kwargs: [0] * len(data)}))
    assert best_files(tmp_path) == [f'best_{best}_iter_2.pth']
    with pytest.raises(UnknownNameError, match='scores are aAcc, mIoU$'):
        EvalHook(DataLoader(Named()), save_best='lines_per_page', rule='greater')


def test_scores_of_page_types_need_page_types():
    dataset = Scored()
    dataset.result_names = lambda metric: ['aAcc', 'mIoU']
    with pytest.raises(UnknownNameError, match="'page_recall.slide'.*needs pages with their type"):
        EvalHook(DataLoader(dataset), save_best='page_recall.slide', metric='mIoU')


def test_scores_of_page_types_need_a_network_that_gives_them(tmp_path, monkeypatch):
    monkeypatch.setattr(Model, 'with_cls_head', False, raising=False)
    with pytest.raises(InputError, match="save_best='page_acc', but the network has no cls_head"):
        train(tmp_path, Scored(0.3, key='page_acc'), 2,
              hook=lambda loader, **kwargs: EvalHook(loader, **{**kwargs, 'save_best': 'page_acc'}))
    assert not list(tmp_path.glob('*.pth'))  # at the start
    monkeypatch.setattr(Model, 'with_cls_head', True)
    train(tmp_path, Scored(0.3, key='page_acc'), 2,
          hook=lambda loader, **kwargs: EvalHook(loader, **{**kwargs, 'save_best': 'page_acc'}))
    assert best_files(tmp_path) == ['best_page_acc_iter_2.pth']


def test_a_misspelt_score_is_found_at_the_first_evaluation_otherwise(tmp_path):
    with pytest.raises(UnknownNameError, match="did you mean 'mIoU_all'"):
        train(tmp_path, Scored(0.3, key='mIoU_all'), 2)


def test_a_score_without_a_direction_needs_a_rule():
    with pytest.raises(InputError, match="save_best='mIuO'.*did you mean 'mIoU'"):
        EvalHook(DataLoader(Scored()), save_best='mIuO')
    assert EvalHook(DataLoader(Scored()), save_best='cost', rule='less').rule == 'less'
    with pytest.raises(InputError, match="rule='most'"):
        EvalHook(DataLoader(Scored()), save_best='mIoU', rule='most')


class Pages(Scored):
    """Two pages, for the hooks' own test loops, which call the network by keywords."""

    def __getitem__(self, index):
        return dict(img=torch.full((1, ), float(index)))


class PageModel(Model):
    def train_step(self, data, optimizer):
        return super().train_step(data['img'], optimizer)

    def forward(self, img, return_loss=True, **kwargs):
        return super().forward(img) if return_loss else [int(value) for value in img]


@pytest.mark.parametrize('hook', [EvalHook, DistEvalHook])
def test_a_hook_without_a_test_function_runs_the_network_over_the_loader(tmp_path, hook):
    dataset = Pages(0.3)
    train(tmp_path, dataset, 2, hook=hook, model=PageModel(), test_fn=None)
    assert dataset.seen == [([0, 1], {})]


def test_a_hook_with_a_test_of_its_own(tmp_path):
    class Own(EvalHook):
        def _do_evaluate(self, runner):
            self._score(runner, ['own'])

    dataset = Scored(0.3)
    train(tmp_path, dataset, 2, hook=Own, test_fn=None)
    assert dataset.seen[0][0] == ['own']


def test_arguments_reach_the_test_and_the_data_set(tmp_path):
    dataset = Scored(0.3)
    train(tmp_path, dataset, 2, pre_eval=True, metric='mIoU', selected=('table', ))
    assert dataset.seen == [([('counts', [])], {'metric': 'mIoU', 'selected': ('table', )})]


def test_the_distributed_hook_hands_on_its_folder(tmp_path):
    dataset = Scored(0.3)
    train(tmp_path, dataset, 2, hook=DistEvalHook, broadcast_bn_buffer=False)
    assert dataset.seen == [([('maps', ['gpu_collect', 'tmpdir'])], {})]
    assert best_files(tmp_path) == ['best_mIoU_iter_2.pth']


def test_efficient_test_warns():
    with pytest.warns(DeprecationWarning, match='pre_eval'):
        EvalHook(DataLoader(Scored()), efficient_test=True)


@pytest.mark.parametrize('tuned', [True, False])
def test_cudnn_is_not_tuned_for_the_sizes_of_pages_in_an_evaluation(tuned, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, 'benchmark', tuned)
    seen = []

    def test(model, loader, **kwargs):
        seen.append(torch.backends.cudnn.benchmark)
        return [0]

    train(tmp_path, Scored(.5, .6), 4, test_fn=test)
    assert seen == [False, False] and torch.backends.cudnn.benchmark is tuned
