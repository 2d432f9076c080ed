"""A progress bar in addition to the log of a training."""
from typing import Any

from mmcv.runner import HOOKS, Hook
from mmcv.runner.dist_utils import master_only
from tqdm import tqdm


@HOOKS.register_module()
class ProgressBarHook(Hook):
    """Shows the iterations done, their rate and the time left, on terminals only."""

    _bar: tqdm | None = None

    @master_only
    def before_run(self, runner: Any) -> None:
        """Start at the runner's iteration, which after a resume is not 0."""
        total = runner.max_iters or runner.max_epochs * len(runner.data_loader)
        # None: no bar where stderr is not a terminal, so that logs stay readable.
        self._bar = tqdm(total=total, initial=runner.iter, desc='train', unit='it', disable=None)

    @master_only
    def after_train_iter(self, runner: Any) -> None:
        """Count an iteration and show its loss."""
        if self._bar is not None:
            self._bar.update()
            if not self._bar.disable and 'loss' in runner.outputs.get('log_vars', {}):
                self._bar.set_postfix(loss=f"{runner.outputs['log_vars']['loss']:.3f}",
                                      refresh=False)

    @master_only
    def after_run(self, runner: Any) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()
