"""mmcv's runners with checkpoints that are written atomically, and runs that resume exactly."""
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mmcv
import torch
from mmcv.runner import RUNNERS, CheckpointLoader, EMAHook
from mmcv.runner import EpochBasedRunner as MMCVEpochBasedRunner
from mmcv.runner import IterBasedRunner as MMCVIterBasedRunner
from mmcv.runner.checkpoint import get_state_dict, weights_to_cpu

from ..utils.atomic_write import replace_link
from ..utils.checkpoint import load_weights, save_atomically
from ..utils.errors import InputError
from ..utils.seeds import seed_for
from .stream import BatchStream, pages_per_batch, place_of, start
from .training_state import Position, TrainingState, read_state


class _Checkpoints:
    """Saving and going on, and a shorter log, shared by both runners.

    A run that is resumed from a checkpoint is the same run: it reads the pages that come next and
    draws the random numbers that it would have drawn. The latter are seeded for each iteration by
    ``meta['seed']`` (see :mod:`mmseg.utils.seeds`); without it they are not changed.
    """

    _template: str
    _within = False  # whether the hooks after an iteration are at work, before it is counted
    _resumed: TrainingState | None = None
    resumed_from = ''  # the checkpoint
    _late: dict[str, torch.Tensor]  # of the checkpoint, for what hooks add to the network

    def get_hook_info(self: Any) -> str:
        """The hooks' names in the order in which they act; mmcv lists each of them by stage."""
        return ', '.join(type(hook).__name__ for hook in self.hooks)

    def call_hook(self: Any, fn_name: str) -> None:
        """Call ``fn_name`` of all hooks in their order."""
        self._within = fn_name == 'after_train_iter'
        super().call_hook(fn_name)  # type: ignore[misc]
        self._within = False
        if fn_name == 'before_run':
            self._take_up()

    def save_checkpoint(self: Any, out_dir: str, filename_tmpl: str | None = None,
                        meta: dict | None = None, save_optimizer: bool = True,
                        create_symlink: bool = True) -> None:
        """Write a checkpoint atomically, so that a full disk leaves older ones whole.

        Args:
            out_dir: Folder.
            filename_tmpl: File name with ``{}`` for the number of iterations or epochs; None is the
                runner's own.
            meta: More to keep in addition to the runner's own meta.
            save_optimizer: Whether the optimizer's state goes in, for resuming.
            create_symlink: Whether ``latest.pth`` points to the file.

        Raises:
            InputError: The file cannot be written.
        """
        model = module_of(self.model)
        position = self._position()
        content = dict(
            meta={**(meta or {}), **(self.meta or {}), 'mmcv_version': mmcv.__version__,
                  'time': time.asctime(), 'epoch': self._epochs_done(),
                  'iter': self.iter + self._within,
                  'position': None if position is None else position._asdict()},
            state_dict=weights_to_cpu(get_state_dict(model)))
        if save_optimizer and isinstance(self.optimizer, dict):
            content['optimizer'] = {k: opt.state_dict() for k, opt in self.optimizer.items()}
        elif save_optimizer and self.optimizer is not None:
            content['optimizer'] = self.optimizer.state_dict()
        if save_optimizer and self._gathers(self.iter + self._within):
            content['gradients'] = {name: p.grad.detach().cpu() for name, p
                                    in model.named_parameters() if p.grad is not None}
        path = Path(out_dir, (filename_tmpl or self._template).format(self._number()))
        save_atomically(content, path)
        if create_symlink:
            replace_link(path.with_name('latest.pth'), path.name)

    def _gathers(self: Any, done: int) -> bool:
        """Whether gradients of iterations that were done wait for a step of the optimizer."""
        return any(done % getattr(hook, 'cumulative_iters', 1) for hook in self.hooks)

    def resume(self: Any, checkpoint: str, resume_optimizer: bool = True,
               map_location: Any = 'cpu') -> None:
        """Resume from a checkpoint: weights, optimizer, place in the stream, what the hooks noted.

        Raises:
            InputError: The file is damaged, of another architecture, or only weights are in it.
        """
        # On the CPU first: each tensor then goes where its parameter is.
        loaded = CheckpointLoader.load_checkpoint(
            checkpoint, 'cpu' if map_location == 'default' else map_location)
        state = read_state(loaded, checkpoint, self.optimizer if resume_optimizer else None)
        model = module_of(self.model)
        before = set(model.state_dict())
        load_weights(model, loaded, checkpoint)
        self._late = {name: value for name, value in loaded.get('state_dict', {}).items()
                      if name not in before}
        self._epoch, self._iter, self._resumed = state.epoch, state.iter, state
        self.resumed_from = str(checkpoint)
        self.meta = {**(self.meta or {}), 'hook_msgs': state.hook_msgs}
        if isinstance(state.optimizer, dict) and isinstance(self.optimizer, dict):
            for name, optimizer in self.optimizer.items():
                optimizer.load_state_dict(state.optimizer[name])
        elif state.optimizer is not None:
            self.optimizer.load_state_dict(state.optimizer)
        for name, parameter in model.named_parameters():
            if name in state.gradients:
                parameter.grad = state.gradients[name].to(parameter)
        self.logger.info(f'resumed from {checkpoint}: epoch {self.epoch}, iteration {self.iter}')

    def _take_up(self: Any) -> None:
        """Once the hooks are ready: fill what they added to the network, do what was left."""
        if self._resumed is None:
            return
        added = module_of(self.model).state_dict()
        for name, value in self._late.items():
            if name in added and added[name].shape == value.shape:
                added[name].copy_(value)
        self._late = {}
        for hook in self.hooks:
            if hasattr(hook, 'catch_up'):
                hook.catch_up(self)

    @contextmanager
    def looking_back(self: Any, by_epoch: bool) -> Iterator[None]:
        """In this context, the runner has the state that hooks saw after its last iteration (or
        epoch).
        """
        mode, self.mode = self.mode, 'train'
        back = (1, 0) if by_epoch else (0, 1)
        self._epoch, self._iter, self._within = (self._epoch - back[0], self._iter - back[1],
                                                 not by_epoch)
        yield  # an error ends the run
        self._epoch, self._iter, self._within = (self._epoch + back[0], self._iter + back[1],
                                                 False)
        self.mode = mode

    def _seed(self: Any) -> None:
        """Seed what this iteration draws."""
        seed = (self.meta or {}).get('seed')
        if seed is not None:
            seed_for(seed, self.iter)


@RUNNERS.register_module(force=True)
class IterBasedRunner(_Checkpoints, MMCVIterBasedRunner):
    """Counts iterations; where mmcv's own repeats the last one after a resume, this continues."""

    _template = 'iter_{}.pth'
    _max_iters: int
    _stream: BatchStream | None = None

    def _number(self) -> int:
        return self.iter + 1

    def _epochs_done(self) -> int:
        return self.epoch + 1  # as 0.x counts; the position is exact

    def _position(self) -> Position | None:
        if self._stream is None:
            return None if self._resumed is None else self._resumed.position
        return self._stream.position()

    def train(self, data_loader: Any, **kwargs: Any) -> None:
        """One iteration."""
        self._seed()
        super().train(data_loader, **kwargs)

    def run(self, data_loaders: list, workflow: list, max_iters: int | None = None,
            **kwargs: Any) -> None:
        """Run to the last iteration.

        Args:
            data_loaders: One for each phase of ``workflow``.
            workflow: Phases ``('train', iterations)`` and ``('val', iterations)``, in turn.
            max_iters: Takes the place of the runner's own.
            **kwargs: For the steps of the model.

        Raises:
            InputError: A phase other than ``'train'`` and ``'val'``.
        """
        for mode, _ in workflow:
            if mode not in ('train', 'val'):
                raise InputError(f"workflow has the phase {mode!r}: expected 'train' or 'val'")
        self._max_iters = self._max_iters if max_iters is None else max_iters
        self.logger.info(f'hooks: {self.get_hook_info()}; workflow: {workflow}, to iteration '
                         f'{self._max_iters}')
        self.call_hook('before_run')
        streams = [self._stream_of(mode, loader)
                   for (mode, _), loader in zip(workflow, data_loaders, strict=True)]
        self.call_hook('before_epoch')
        # A phase that was interrupted is finished first.
        left = self.iter % (sum(times for mode, times in workflow if mode == 'train') or 1)
        while self.iter < self._max_iters:
            for (mode, times), stream in zip(workflow, streams):
                self._inner_iter = 0
                skipped = min(left, times) if mode == 'train' else times * bool(left)
                left -= skipped if mode == 'train' else 0
                for _ in range(times - skipped):
                    if mode == 'train' and self.iter >= self._max_iters:
                        break
                    getattr(self, mode)(stream, **kwargs)
        self.call_hook('after_epoch')
        self.call_hook('after_run')

    def _stream_of(self, mode: str, loader: Any) -> BatchStream:
        if mode != 'train':
            return BatchStream(loader)
        position = self._resumed.position if self._resumed is not None else None
        self._stream = BatchStream(loader, *place_of(position, self.iter, loader))
        return self._stream


@RUNNERS.register_module(force=True)
class EpochBasedRunner(_Checkpoints, MMCVEpochBasedRunner):
    """Counts epochs; continues within an epoch that was interrupted."""

    _template = 'epoch_{}.pth'
    _max_epochs: int

    def _number(self) -> int:
        return self.epoch + 1

    def _epochs_done(self) -> int:
        return self.epoch + (not self._within)

    def _position(self) -> Position | None:
        if not self._within:
            return Position(self._epochs_done(), 0)
        if self._resumed is not None:  # has not started
            return self._resumed.position
        return Position(self.epoch, (self._inner_iter + 1) * pages_per_batch(self.data_loader))

    def train(self, data_loader: Any, **kwargs: Any) -> None:
        """One epoch, or what is left of it."""
        self.model.train()
        self.mode = 'train'
        self.data_loader = data_loader
        self._max_iters = self._max_epochs * len(data_loader)
        state, self._resumed = self._resumed, None
        done = 0
        if state is not None and state.position is not None and state.position.pages:
            _, done = place_of(state.position, state.iter, data_loader)
        for hook in self.hooks:
            # which exchanges weights where an epoch starts, and this one started long ago
            if not (done and isinstance(hook, EMAHook)):
                hook.before_train_epoch(self)
        batches = start(data_loader, self.epoch, done)
        self._inner_iter = done - 1
        while True:
            self._seed()
            batch = next(batches, None)
            if batch is None:
                break
            self.data_batch = batch
            self._inner_iter += 1
            self.call_hook('before_train_iter')
            self.run_iter(batch, train_mode=True, **kwargs)
            self.call_hook('after_train_iter')
            del self.data_batch
            self._iter += 1
        self.call_hook('after_train_epoch')
        self._epoch += 1


def module_of(model: torch.nn.Module) -> torch.nn.Module:
    """Return the network inside a parallel wrapper, or itself."""
    return model.module if hasattr(model, 'module') else model

