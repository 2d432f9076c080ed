"""A training that ends where its score does not get better."""
import math
from typing import Any

from mmcv.runner import HOOKS, EvalHook, Hook

from mmseg.core.evaluation.score_names import score_names
from mmseg.core.utils import from_first
from mmseg.utils.errors import InputError, UnknownNameError, nearest

_STATE = 'early_stopping'


@HOOKS.register_module()
class EarlyStoppingHook(Hook):
    """Ends the training after ``patience`` evaluations in a row without a better score.

    It follows the evaluation of the training (priority ``LOW``, in ``custom_hooks`` by itself).
    Checkpoints are those of ``checkpoint_config`` and the best one. A resumed training knows the
    best score and the evaluations that its checkpoint knew.

    Args:
        monitor: Name of a score of the evaluation, such as ``mIoU``.
        rule: ``'greater'`` or ``'less'``, which is better; None tells it by the name.
        min_delta: By how much a score must be better than the best one to count, in its own unit.
        patience: Number of evaluations.
        check_finite: Whether a score that is not a finite number ends the training at once.

    Raises:
        InputError: Another rule, a patience below 1, or a training without evaluations.
        UnknownNameError: ``monitor`` is not a score of the evaluation. It is raised before the
            training, or after the first evaluation of a data set with its own ``evaluate``.
    """

    def __init__(self, monitor: str, rule: str | None = None, min_delta: float = 0.,
                 patience: int = 5, check_finite: bool = True) -> None:
        if rule not in (None, 'greater', 'less'):
            raise InputError(f"EarlyStoppingHook has rule={rule!r}; expected 'greater' or 'less'")
        if patience < 1:
            raise InputError(f'EarlyStoppingHook has patience={patience}; expected 1 or more')
        self.monitor, self.rule = monitor, rule
        self.min_delta, self.patience, self.check_finite = min_delta, patience, check_finite

    def before_run(self, runner: Any) -> None:
        """Find the evaluation, and what an interrupted training knew.

        Raises:
            InputError: The training has no evaluation.
        """
        found = [hook for hook in runner.hooks if isinstance(hook, EvalHook)]
        if not found:
            raise InputError('EarlyStoppingHook needs evaluations; train without --no-validate')
        self._evaluation = found[0]
        names = score_names(found[0].dataloader.dataset, **found[0].eval_kwargs)
        if names is not None:
            self._check_monitor(names)
        smaller = any(key in self.monitor.lower() for key in found[0]._default_less_keys)
        self._sign = -1. if self.rule == 'less' or self.rule is None and smaller else 1.
        if runner.meta is None:
            runner.meta = {}
        runner.meta.setdefault('hook_msgs', {}).setdefault(_STATE, {'best': None, 'waited': 0})

    def after_train_iter(self, runner: Any) -> None:
        """Judge an evaluation that counts iterations."""
        if not self._evaluation.by_epoch and self._evaluation._should_evaluate(runner):
            self._judge(runner)

    def after_train_epoch(self, runner: Any) -> None:
        """Judge an evaluation that counts epochs."""
        if self._evaluation.by_epoch and self._evaluation._should_evaluate(runner):
            self._judge(runner)

    def _judge(self, runner: Any) -> None:
        """End the training of all processes where the first one finds that it is time."""
        if not from_first(runner.rank == 0 and self._is_over(runner)):
            return
        if runner._max_epochs is None:
            runner._max_iters = runner.iter + 1
        else:
            runner._max_epochs = runner.epoch + 1

    def _check_monitor(self, names: list[str]) -> None:
        if self.monitor not in names:
            raise UnknownNameError(f"EarlyStoppingHook has monitor='{self.monitor}', but the "
                                   f'scores are {", ".join(names)}{nearest(self.monitor, names)}')

    def _is_over(self, runner: Any) -> bool:
        scores = runner.log_buffer.output
        self._check_monitor([name for name in scores if name != 'eval_iter_num'])
        score, state = float(scores[self.monitor]), runner.meta['hook_msgs'][_STATE]
        if self.check_finite and not math.isfinite(score):
            runner.logger.warning(f'The training ends: {self.monitor} is {score}')
            return True
        best = state['best']
        if best is None or self._sign * (score - best) > self.min_delta:
            state.update(best=score, waited=0)
            return False
        state['waited'] += 1
        if state['waited'] < self.patience:
            return False
        least = f' by more than {self.min_delta}' if self.min_delta else ''
        runner.logger.info(f'The training ends: {self.monitor} has not got better than {best:.4f}'
                           f'{least} in {state["waited"]} evaluations')
        return True
