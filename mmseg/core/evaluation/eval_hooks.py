"""Evaluation during training: logged scores, a JSON report, and the best checkpoint."""
from __future__ import annotations

import json
import logging
import os
import os.path as osp
import re
import warnings
from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist
from mmcv.runner import DistEvalHook as _DistEvalHook
from mmcv.runner import EvalHook as _EvalHook
from mmcv.runner import LoggerHook
from mmcv.utils import print_log
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.data import DataLoader

from mmseg.core.evaluation.report import REPORT_NAME, SELECTED, write_json, write_report
from mmseg.core.evaluation.score_names import score_names
from mmseg.core.evaluation.test_loops import multi_gpu_test, single_gpu_test
from mmseg.core.utils import from_first
from mmseg.utils.errors import InputError, UnknownNameError, nearest
from mmseg.utils.stopping import StopTraining, stop_asked

BEST_NAME = 'best_score.json'

_USUAL_SCORES = ('aAcc', 'mIoU', 'mAcc', 'mDice', 'mFscore', 'mPrecision', 'mRecall', SELECTED,
                 'page_acc', 'page_mRecall', 'region_f1_50', 'region_f1_75')

# what scores need that are there only now and then
_PAGE_TYPES = ('; it needs pages with their type (cls_label.json next to the image folder) and a '
               'network with a cls_head')
_NEEDS = {SELECTED: "; for mIoU_selected, evaluation needs selected=('<class>', ...)",
          'page_acc': _PAGE_TYPES, 'page_mRecall': _PAGE_TYPES, 'page_recall': _PAGE_TYPES,
          **dict.fromkeys([f'region_{score}_{percent}' for score in ('f1', 'precision', 'recall')
                           for percent in (50, 75)] + ['region_splits', 'region_merges'],
                          "; for scores of regions, evaluation needs metric=['mIoU', 'regions']")}


class _LayoutEvalHook(_EvalHook):
    """What the hooks for one process and for many have in common."""

    # substrings of score names, in any case, by which mmcv tells that more is better
    _default_greater_keys = ['acc', 'iou', 'dice', 'fscore', 'precision', 'recall', 'map', 'auc',
                             'region_f1', 'f1_score', 'cf1', 'of1']
    _default_less_keys = ['loss', 'region_splits', 'region_merges']
    _scores: Any = None  # of the evaluation that is under way
    _test_loop: Callable = staticmethod(single_gpu_test)

    def __init__(self, dataloader: DataLoader, *args: Any, by_epoch: bool = False,
                 efficient_test: bool = False, pre_eval: bool = False,
                 test_fn: Callable | None = None, **kwargs: Any) -> None:
        super().__init__(dataloader, *args, by_epoch=by_epoch, **kwargs)
        if efficient_test:
            warnings.warn('efficient_test of the evaluation hook does nothing any more; '
                          'pre_eval=True keeps no pages in memory', DeprecationWarning,
                          stacklevel=2)
        self.pre_eval = pre_eval
        # mmcv would fall back to test loops that know no pre_eval
        self.test_fn = self._test_loop if test_fn is None else test_fn
        self._check_save_best()

    def _init_rule(self, rule: str | None, key_indicator: str) -> None:
        try:
            super()._init_rule(rule, key_indicator)
        except (KeyError, ValueError) as error:
            raise InputError(
                f"evaluation has save_best='{key_indicator}' and rule={rule!r}, which does not "
                "tell whether more or less is better: expected rule='greater' or 'less', or a "
                f'score such as mIoU{nearest(key_indicator, _USUAL_SCORES)}') from error

    def _check_save_best(self) -> None:
        """Find a misspelt ``save_best`` before the training, where the data set can tell."""
        if self.save_best in (None, 'auto'):
            return
        names = score_names(self.dataloader.dataset, **self.eval_kwargs)
        if names is not None:
            self._check_score_name(self.save_best, names)

    def _check_score_name(self, name: str, known: Any) -> None:
        if name in known:
            return
        kind = name.partition('.')[0]
        hint = ('' if kind in known else _NEEDS.get(kind)) or nearest(name, known)
        raise UnknownNameError(f"evaluation has save_best='{name}', but the scores are "
                               f'{", ".join(known)}{hint}')

    def before_run(self, runner: Any) -> None:
        """Restore the best score of an interrupted run."""
        super().before_run(runner)
        if self.save_best is not None:
            self._check_page_types(runner.model)
            self._recall_best(runner)

    def _check_page_types(self, model: Any) -> None:
        """A network that says no page types will never have a score of them."""
        speaks = getattr(getattr(model, 'module', model), 'with_cls_head', True)
        if not speaks and _NEEDS.get(str(self.save_best).partition('.')[0]) == _PAGE_TYPES:
            raise InputError(f"evaluation has save_best='{self.save_best}', but the network has "
                             f'no cls_head and gives no page types')

    def _recall_best(self, runner: Any) -> None:
        """Start from the better of what the checkpoint and the work directory remember.

        A checkpoint is written before its iteration is evaluated, so the best score in it may be
        out of date by one evaluation; the file is written after each new best.
        """
        messages = runner.meta['hook_msgs']
        found = []
        if 'best_score' in messages and self._is_ours(messages.get('best_ckpt')):
            found.append((float(messages['best_score']), messages.get('best_ckpt')))
        rule = self.rule
        if (runner.iter or runner.epoch) and (record := self._read_record(runner)):
            rule = rule or record['rule']
            path = self.file_client.join_path(self.out_dir, record['checkpoint'])
            found.append((record['score'], path))
        messages.pop('best_score', None)
        messages.pop('best_ckpt', None)
        self.best_ckpt_path = None
        if not found:
            return
        best = found[-1]
        if len(found) > 1 and self.rule_map[rule or 'greater'](found[0][0], best[0]):
            best = found[0]
        messages['best_score'], messages['best_ckpt'] = best
        self.best_ckpt_path = best[1]
        runner.logger.info(f'The best score so far is {best[0]:.4f}, of {best[1]}')
        if runner.rank == 0 and self.file_client.isfile(best[1]):
            self._remove_superseded(runner, best[1])

    def _remove_superseded(self, runner: Any, best: str) -> None:
        """Remove what a run that was killed at the wrong moment left of former bests."""
        kind = _without_step(osp.basename(best))
        for name in sorted(os.listdir(self.out_dir)) if osp.isdir(self.out_dir) else ():
            if name != osp.basename(best) and kind is not None and _without_step(name) == kind:
                self._remove(runner, self.file_client.join_path(self.out_dir, name))

    def catch_up(self, runner: Any) -> None:
        """Evaluate the checkpoint that a run resumes from, if it was killed before the
        evaluation.
        """
        if osp.abspath(osp.dirname(runner.resumed_from)) != osp.abspath(runner.work_dir):
            return  # another run's, which has evaluated it or not
        with runner.looking_back(self.by_epoch):
            due = self._should_evaluate(runner) and self._last_step(runner) < self._step(runner)[1]
            if not from_first(due):
                return
            runner.logger.info('Evaluating what the interrupted run did not come to')
            self._do_evaluate(runner)
            for hook in runner.hooks:
                if isinstance(hook, LoggerHook) and runner.log_buffer.ready:
                    hook.log(runner)
            runner.log_buffer.clear()
            runner.log_buffer.clear_output()

    def _last_step(self, runner: Any) -> int:
        """The iteration (or epoch) of the last evaluation in the work directory, 0 for none."""
        try:
            with open(osp.join(runner.work_dir, REPORT_NAME), encoding='utf-8') as file:
                return int(json.load(file)[self._step(runner)[0]])
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    def _is_ours(self, checkpoint: str | None) -> bool:
        """Whether a remembered checkpoint was chosen by the score that chooses now."""
        name = osp.basename(checkpoint or '')
        return self.save_best == 'auto' or name.startswith(f'best_{_file_part(self.save_best)}_')

    def _read_record(self, runner: Any) -> dict[str, Any] | None:
        """What the work directory remembers of the best score; None where it is of another."""
        path = osp.join(runner.work_dir, BEST_NAME)
        if not osp.isfile(path):
            return None
        try:
            with open(path, encoding='utf-8') as file:
                record = json.load(file)
            fits = self.save_best in ('auto', record['key']) and self.rule in (None,
                                                                               record['rule'])
            return {**record, 'score': float(record['score'])} if fits else None
        except (ValueError, KeyError, TypeError):
            runner.logger.warning(f'{path} cannot be read, so the best score starts afresh')
            return None

    def evaluate(self, runner: Any, results: Any) -> float | None:
        """Log the scores of ``results`` and return the one that chooses.

        Raises:
            UnknownNameError: ``save_best`` is none of the scores.
        """
        scores = self.dataloader.dataset.evaluate(results, logger=runner.logger,
                                                  **self.eval_kwargs)
        runner.log_buffer.output.update(scores)
        runner.log_buffer.ready = True
        self._scores = scores
        if self.save_best is None:
            return None
        if not scores:
            print_log('The evaluation gave no scores, so no best checkpoint is chosen',
                      runner.logger, logging.WARNING)
            return None
        if self.key_indicator == 'auto':
            self._init_rule(self.rule, next(iter(scores)))
        self._check_score_name(self.key_indicator, scores)
        return float(scores[self.key_indicator])

    def _step(self, runner: Any) -> tuple[str, int]:
        return ('epoch', runner.epoch + 1) if self.by_epoch else ('iter', runner.iter + 1)

    def _save_ckpt(self, runner: Any, key_score: float) -> None:
        """Keep the checkpoint where ``key_score`` beats the best: save it, then drop the former.

        The order makes every moment safe to be killed in: the new file, then the record of it,
        and only then the removal. A save that fails leaves everything as it was.
        """
        messages = runner.meta['hook_msgs']
        if not self.compare_func(key_score, messages.get('best_score',
                                                         self.init_value_map[self.rule])):
            return
        kind, step = self._step(runner)
        name = f'best_{_file_part(self.key_indicator)}_{kind}_{step}.pth'
        path = self.file_client.join_path(self.out_dir, name)
        before, former = dict(messages), self.best_ckpt_path
        # plain Python values, so that a safe torch.load takes the checkpoint
        messages.update(best_score=float(key_score), best_ckpt=path)
        try:
            runner.save_checkpoint(self.out_dir, filename_tmpl=name, create_symlink=False)
        except BaseException:
            messages.clear()
            messages.update(before)
            raise
        self.best_ckpt_path = path
        write_json({'key': self.key_indicator, 'rule': self.rule, 'score': float(key_score),
                    'checkpoint': name, kind: step}, osp.join(runner.work_dir, BEST_NAME))
        runner.logger.info(f'Best {self.key_indicator} is {key_score:0.4f} at {step} {kind}, '
                           f'saved as {name}')
        if former is not None and former != path:
            self._remove(runner, former)

    def _remove(self, runner: Any, checkpoint: str) -> None:
        """Remove the former best; one in another folder belongs to another run and stays."""
        if osp.abspath(osp.dirname(checkpoint)) != osp.abspath(self.out_dir):
            return
        try:
            if self.file_client.isfile(checkpoint):
                self.file_client.remove(checkpoint)
        except OSError as error:
            runner.logger.warning(f'The former best {checkpoint} could not be removed: {error}')

    def _score(self, runner: Any, results: Any) -> None:
        """Evaluate ``results`` and keep the checkpoint if they are the best."""
        runner.log_buffer.clear()
        runner.log_buffer.output['eval_iter_num'] = len(self.dataloader)
        key_score = self.evaluate(runner, results)
        if key_score is not None:
            self._save_ckpt(runner, key_score)
        if runner.work_dir is not None and self._scores is not None:
            # last, for it tells a resumed run that this evaluation is done
            kind, step = self._step(runner)
            write_report(self._scores, osp.join(runner.work_dir, REPORT_NAME), **{kind: step})

    def _tested(self, runner: Any, **options: Any) -> Any:
        """What ``test_fn`` gives; a wish to end takes the place of an error that it caused.

        Pages have many sizes, and cuDNN would look for the fastest algorithms for each of them.
        """
        tuned = torch.backends.cudnn.benchmark
        torch.backends.cudnn.benchmark = False
        try:
            return self.test_fn(runner.model, self.dataloader, pre_eval=self.pre_eval, **options)
        except RuntimeError as error:
            if stop_asked():  # another process has gone already
                raise StopTraining from error
            raise
        finally:
            torch.backends.cudnn.benchmark = tuned


class EvalHook(_LayoutEvalHook):
    """Evaluates every ``interval`` iterations (or epochs) in a single process.

    Args:
        dataloader: Of the pages to evaluate; its data set has ``evaluate``.
        by_epoch: Whether intervals are epochs.
        efficient_test: Does nothing; kept for old configs.
        pre_eval: Whether pages become counts at once.
        test_fn: ``test_fn(model, dataloader, pre_eval=...)`` gives what ``dataset.evaluate``
            takes; by default :func:`single_gpu_test`.
        **kwargs: ``interval``, ``start``, ``save_best`` (a key of evaluate's dictionary), ``rule``,
            ``out_dir`` as mmcv has them; the rest goes to ``dataset.evaluate``, such as
            ``metric`` and ``selected``.

    Raises:
        InputError: ``save_best`` is not a score.
    """

    def _do_evaluate(self, runner: Any) -> None:
        self._score(runner, self._tested(runner))


class DistEvalHook(_LayoutEvalHook, _DistEvalHook):
    """Evaluates on every rank of a process group; the first one scores, logs and saves.

    Args:
        dataloader: Of this rank's pages.
        by_epoch: Whether intervals are epochs.
        efficient_test: Does nothing; kept for old configs.
        pre_eval: Whether pages become counts at once, which are summed over the ranks.
        test_fn: ``test_fn(model, dataloader, tmpdir=..., gpu_collect=..., pre_eval=...)`` gives
            the first rank what ``dataset.evaluate`` takes; by default
            :func:`multi_gpu_test`.
        **kwargs: As for :class:`EvalHook`, and ``tmpdir``, ``gpu_collect``,
            ``broadcast_bn_buffer`` as mmcv has them.

    Raises:
        InputError: ``save_best`` is not a score.
    """

    _test_loop = staticmethod(multi_gpu_test)

    def _do_evaluate(self, runner: Any) -> None:
        if self.broadcast_bn_buffer:
            _share_bn_statistics(runner.model)
        tmpdir = self.tmpdir or osp.join(runner.work_dir, '.eval_hook')
        results = self._tested(runner, tmpdir=tmpdir, gpu_collect=self.gpu_collect)
        if runner.rank == 0:
            self._score(runner, results)


def _share_bn_statistics(model: Any) -> None:
    """Give every rank the first one's running statistics, which training does not keep equal."""
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            for statistic in (module.running_mean, module.running_var):
                if statistic is not None:
                    dist.broadcast(statistic, 0)


def _file_part(name: str) -> str:
    """``name`` without what a file name or a template cannot hold."""
    return re.sub(r'[^\w.-]+', '_', name)


def _without_step(name: str) -> str | None:
    """``best_mIoU`` of ``best_mIoU_iter_20.pth``, None of a name of another kind."""
    found = re.fullmatch(r'(best_.+)_(?:iter|epoch)_\d+\.pth', name)
    return None if found is None else found[1]
