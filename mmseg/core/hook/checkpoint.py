"""Checkpoints at intervals."""
from pathlib import Path
from typing import Any

from mmcv.runner import HOOKS
from mmcv.runner import CheckpointHook as MMCVCheckpointHook


@HOOKS.register_module(force=True)
class CheckpointHook(MMCVCheckpointHook):
    """mmcv's hook; a resumed run also removes what a killed one had left to remove.

    The arguments are mmcv's: ``interval``, ``by_epoch``, ``max_keep_ckpts`` and so on.
    """

    def catch_up(self, runner: Any) -> None:
        """Remove the checkpoints that were to go when the one that is resumed was written."""
        folder = Path(self.out_dir)
        if (self.max_keep_ckpts < 1 or runner.rank != 0
                or Path(runner.resumed_from).resolve().parent != folder.resolve()):
            return
        unit, done = ('epoch', runner.epoch) if self.by_epoch else ('iter', runner.iter)
        template = self.args.get('filename_tmpl', unit + '_{}.pth')
        for step in range(done - self.max_keep_ckpts * self.interval, 0, -self.interval):
            (folder / template.format(step)).unlink(missing_ok=True)
