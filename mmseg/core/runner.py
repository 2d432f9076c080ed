"""mmcv's runners with checkpoints that are whole or not there, and that resume where they stood."""
import os
import shutil
import time
from pathlib import Path
from typing import Any

import mmcv
import torch
from mmcv.runner import RUNNERS, CheckpointLoader
from mmcv.runner import EpochBasedRunner as MMCVEpochBasedRunner
from mmcv.runner import IterBasedRunner as MMCVIterBasedRunner
from mmcv.runner.checkpoint import get_state_dict, weights_to_cpu

from ..utils.checkpoint import load_weights, save_atomically
from ..utils.errors import InputError


class _Checkpoints:
    """Saving and resuming, and a shorter log, shared by both runners."""

    _done = 0  # iterations that count as done when a checkpoint is written, beside ``iter``
    _template: str

    def get_hook_info(self: Any) -> str:
        """The hooks' names in the order in which they act; mmcv lists each of them by stage."""
        return ', '.join(type(hook).__name__ for hook in self.hooks)

    def save_checkpoint(self: Any, out_dir: str, filename_tmpl: str | None = None,
                        meta: dict | None = None, save_optimizer: bool = True,
                        create_symlink: bool = True) -> None:
        """Write a checkpoint beside its name and rename it; a full disk leaves older ones whole.

        Args:
            out_dir: Folder.
            filename_tmpl: File name with ``{}`` for the number of iterations or epochs; None is the
                runner's own.
            meta: More to keep beside the runner's own meta.
            save_optimizer: Whether the optimizer's state goes in, for resuming.
            create_symlink: Whether ``latest.pth`` points to the file.

        Raises:
            InputError: The file cannot be written.
        """
        model = module_of(self.model)
        content = dict(
            meta={**(meta or {}), **(self.meta or {}), 'mmcv_version': mmcv.__version__,
                  'time': time.asctime(), 'epoch': self.epoch + 1, 'iter': self.iter + self._done},
            state_dict=weights_to_cpu(get_state_dict(model)))
        if save_optimizer and isinstance(self.optimizer, dict):
            content['optimizer'] = {k: opt.state_dict() for k, opt in self.optimizer.items()}
        elif save_optimizer and self.optimizer is not None:
            content['optimizer'] = self.optimizer.state_dict()
        path = Path(out_dir, (filename_tmpl or self._template).format(self._number()))
        save_atomically(content, path)
        if create_symlink:
            link = Path(out_dir, f'.latest.{os.getpid()}')
            link.unlink(missing_ok=True)
            try:
                link.symlink_to(path.name)
            except (OSError, NotImplementedError):  # Windows without the right, some file systems
                shutil.copyfile(path, link)
            os.replace(link, path.with_name('latest.pth'))

    def resume(self: Any, checkpoint: str, resume_optimizer: bool = True,
               map_location: Any = 'cpu') -> None:
        """Go on from a checkpoint: weights, optimizer, iteration, and what the hooks noted.

        Raises:
            InputError: The file is of another architecture, or only weights are in it.
        """
        # On the CPU first: each tensor then goes where its parameter is.
        loaded = CheckpointLoader.load_checkpoint(
            checkpoint, 'cpu' if map_location == 'default' else map_location)
        meta = loaded.get('meta', {})
        if 'iter' not in meta or resume_optimizer and 'optimizer' not in loaded:
            raise InputError(f'{checkpoint} holds weights but no state of a training; start from '
                             'them with --load-from')
        load_weights(module_of(self.model), loaded, checkpoint)
        self._epoch, self._iter = meta['epoch'], meta['iter']
        self.meta = {**(self.meta or {}), 'hook_msgs': meta.get('hook_msgs', {})}
        if resume_optimizer and isinstance(self.optimizer, dict):
            for name, optimizer in self.optimizer.items():
                optimizer.load_state_dict(loaded['optimizer'][name])
        elif resume_optimizer:
            self.optimizer.load_state_dict(loaded['optimizer'])
        self.logger.info(f'resumed from {checkpoint}: epoch {self.epoch}, iteration {self.iter}')


@RUNNERS.register_module(force=True)
class IterBasedRunner(_Checkpoints, MMCVIterBasedRunner):
    """Counts iterations; where mmcv's own repeats the last one after a resume, this goes on."""

    _done = 1  # the checkpoint hook runs before ``iter`` is counted up
    _template = 'iter_{}.pth'

    def _number(self) -> int:
        return self.iter + 1


@RUNNERS.register_module(force=True)
class EpochBasedRunner(_Checkpoints, MMCVEpochBasedRunner):
    """Counts epochs."""

    _template = 'epoch_{}.pth'

    def _number(self) -> int:
        return self.epoch + 1


def module_of(model: torch.nn.Module) -> torch.nn.Module:
    """Return the network inside a parallel wrapper, or itself."""
    return model.module if hasattr(model, 'module') else model
