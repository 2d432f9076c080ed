"""Optimizer steps in mixed precision through torch's own autocast."""
from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from math import isfinite
from typing import Any

import mmcv
import torch
from mmcv.parallel import is_module_wrapper
from mmcv.runner import HOOKS, Hook, OptimizerHook

from mmseg.ops import speed_up_training
from mmseg.utils.errors import InputError, nearest
from mmseg.utils.precision import FP16_HOOKS, dtype_named
from mmseg.utils.precision import fitting_dtype as _fitting_dtype

_SCALER_STATE = 'loss_scaler'

_PLAIN_HOOKS = ('OptimizerHook', 'GradientCumulativeOptimizerHook')


@HOOKS.register_module()
class AutocastOptimizerHook(OptimizerHook):
    """Steps the optimizer for a model whose forward runs in 16 bits.

    The hook sets ``autocast_dtype`` on the model, which its forward reads; weights and optimizer
    stay in 32 bits. With float16 the loss is scaled up so that small gradients survive
    (Micikevicius et al., Mixed Precision Training, 2018, section 3.2), and a step whose gradients
    overflow is left out. bfloat16 has the range of float32 and needs no scale. A CPU always takes
    bfloat16, for which it has instructions, and computes large convolutions with half of the
    multiplications (:class:`~mmseg.ops.RowWinogradConv2d`).

    Args:
        grad_clip: Arguments of ``clip_grad_norm_``; None does not clip. Gradients are clipped at
            their true size, after the scale is taken off.
        loss_scale: ``'dynamic'``, a fixed scale, or arguments of ``torch.amp.GradScaler``.
        dtype: ``'float16'`` or ``'bfloat16'``.
        cumulative_iters: Iterations whose gradients are averaged into one step.
        detect_anomalous_params: Report parameters that the loss does not reach (slow).
        **unused: ``distributed``, ``coalesce`` and ``bucket_size_mb`` of mmcv's fp16 hook, which
            belong to a way of adding up gradients that is no longer used.

    Raises:
        InputError: An unknown dtype, loss scale or argument.
    """

    def __init__(self, grad_clip: dict | None = None,
                 loss_scale: float | str | Mapping[str, Any] = 'dynamic',
                 dtype: str = 'float16', cumulative_iters: int = 1,
                 detect_anomalous_params: bool = False, **unused: Any) -> None:
        super().__init__(grad_clip, detect_anomalous_params)
        for name in unused.keys() - {'distributed', 'coalesce', 'bucket_size_mb'}:
            known = inspect.signature(type(self).__init__).parameters
            raise InputError(f'fp16 and optimizer_config have no key {name!r} '
                             f'together{nearest(name, known)}')
        if not isinstance(cumulative_iters, int) or cumulative_iters < 1:
            raise InputError('cumulative_iters must be a whole number from 1 on, but is '
                             f'{cumulative_iters!r}')
        self.dtype = dtype_named(dtype)
        self.cumulative_iters = cumulative_iters
        self._scaler_args = _scaler_args(loss_scale)
        self._fixed_scale = None if isinstance(loss_scale, (str, Mapping)) else float(loss_scale)
        self.loss_scaler: torch.amp.GradScaler | None = None
        self._gathered = 0  # iterations whose gradients wait for a step

    def before_run(self, runner: Any) -> None:
        """Set the precision of the model, and restore the loss scale of an interrupted run."""
        model = runner.model.module if is_module_wrapper(runner.model) else runner.model
        device = next(model.parameters()).device
        dtype = _fitting_dtype(device, self.dtype)
        if not hasattr(model, 'autocast_dtype'):
            runner.logger.warning(f'fp16 is set, but {type(model).__name__} has no attribute '
                                  'autocast_dtype to follow and will run as it is')
        model.autocast_dtype = dtype
        # of a run that is resumed between two steps, whose gradients are in the checkpoint
        self._gathered = runner.iter % self.cumulative_iters
        if device.type == 'cpu':
            _spare_depthwise(model)
            speed_up_training(model)
        if dtype is not torch.float16:
            return
        self.loss_scaler = torch.amp.GradScaler(device.type, **self._scaler_args)
        state = ((runner.meta or {}).get('hook_msgs') or {}).get(_SCALER_STATE)
        if state:
            self.loss_scaler.load_state_dict(state)

    def after_train_iter(self, runner: Any) -> None:
        """Backward, and a step of the optimizer when enough iterations have been gathered."""
        if self._gathered == 0:
            runner.optimizer.zero_grad()
        loss = runner.outputs['loss'] / self._window(runner)
        if self.detect_anomalous_params:
            self.detect_anomalous_parameters(loss, runner)
        scaler = self.loss_scaler
        (loss if scaler is None else scaler.scale(loss)).backward()
        self._gathered += 1
        if not (self.every_n_iters(runner, self.cumulative_iters) or self.is_last_iter(runner)):
            return
        self._gathered = 0
        if scaler is None:
            self._clip(runner)
            runner.optimizer.step()
            return
        scaler.unscale_(runner.optimizer)
        self._clip(runner)
        scaler.step(runner.optimizer)
        scaler.update(self._fixed_scale)
        if runner.meta is None:
            runner.meta = {}
        runner.meta.setdefault('hook_msgs', {})[_SCALER_STATE] = scaler.state_dict()

    def _window(self, runner: Any) -> int:
        """How many iterations the current step averages; the last step may have fewer."""
        first = runner.iter // self.cumulative_iters * self.cumulative_iters
        last = first + self.cumulative_iters
        return (last if runner.max_iters is None else min(last, runner.max_iters)) - first

    def _clip(self, runner: Any) -> None:
        if self.grad_clip is None:
            return
        norm = self.clip_grads(runner.model.parameters())
        # an overflow belongs to a step that is left out and would spoil the logged mean
        if norm is not None and isfinite(norm):
            runner.log_buffer.update({'grad_norm': float(norm)}, runner.outputs['num_samples'])


def _spare_depthwise(model: torch.nn.Module) -> None:
    """Keep depthwise convolutions in float32.

    On a CPU torch 2.11 now and then gives infinite bfloat16 gradients for the weights of dilated
    ones, from finite inputs. They hardly cost any time.
    """
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d) and module.groups == module.in_channels > 1:
            module.forward = partial(_in_float32, module.forward)  # type: ignore[method-assign]


def _in_float32(forward: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    with torch.autocast('cpu', enabled=False):
        return forward(x.float())


def _scaler_args(loss_scale: Any) -> dict[str, Any]:
    """Arguments of the scaler for the config key ``loss_scale``."""
    if loss_scale == 'dynamic':
        return {}
    if isinstance(loss_scale, (int, float)) and not isinstance(loss_scale, bool):
        return {'init_scale': float(loss_scale)}
    if not isinstance(loss_scale, Mapping):
        raise InputError("loss_scale must be 'dynamic', a number or a dict, but is "
                         f'{loss_scale!r}')
    # mmcv's own scaler of old had a mode, which torch's expresses by its factors
    args = {key: value for key, value in loss_scale.items() if key != 'mode'}
    known = ('init_scale', 'growth_factor', 'backoff_factor', 'growth_interval', 'enabled')
    for key in args:
        if key not in known:
            raise InputError(f'loss_scale has no key {key!r}: expected some of '
                             f'{", ".join(known)}{nearest(key, known)}')
    return args


def build_optimizer_hook(optimizer_config: Mapping[str, Any] | Hook | None,
                         fp16: Mapping[str, Any] | None = None) -> Hook:
    """The optimizer hook for the config keys ``optimizer_config`` and ``fp16``.

    Without ``fp16`` it is what mmcv would build. With it, or where the config asks for one of
    mmcv's fp16 hooks as 0.x configs do, it is an :class:`AutocastOptimizerHook`.

    Args:
        optimizer_config: ``type`` and arguments of the hook, or a hook; None is a plain one.
        fp16: ``loss_scale`` and ``dtype``, also empty; None trains in 32 bits.

    Raises:
        InputError: An unknown key, or ``fp16`` with a hook that cannot follow it.
    """
    if isinstance(optimizer_config, Hook):
        return optimizer_config
    options = dict(optimizer_config or {})
    kind = options.pop('type', 'OptimizerHook')
    if kind in FP16_HOOKS or kind == 'AutocastOptimizerHook':
        if kind in FP16_HOOKS:
            options.setdefault('loss_scale', 512.)  # mmcv's default
        return AutocastOptimizerHook(**{**options, **(fp16 or {})})
    if fp16 is None:
        return mmcv.build_from_cfg(dict(type=kind, **options), HOOKS)
    if kind not in _PLAIN_HOOKS:
        raise InputError(f"fp16 goes with optimizer_config's type {', '.join(_PLAIN_HOOKS)} or "
                         f'{", ".join(FP16_HOOKS)}, but the type is {kind!r}')
    return AutocastOptimizerHook(**options, **fp16)
