"""State of an interrupted training in a checkpoint, checked before it is used."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch

from ..utils.errors import InputError

Optimizers = torch.optim.Optimizer | Mapping[str, torch.optim.Optimizer] | None


class Position(NamedTuple):
    """Position of a training in its stream of pages.

    Attributes:
        epoch: Epochs that were seen to their end.
        pages: Pages of the epoch after that were seen, of all processes together.
    """
    epoch: int
    pages: int


class TrainingState(NamedTuple):
    """The part of a checkpoint other than its weights.

    Attributes:
        epoch: As the runner counts.
        iter: Iterations that were done.
        position: In the stream of pages; None in checkpoints of earlier releases.
        gradients: Of parameters by name, where the optimizer has not used them yet.
        optimizer: State of the optimizer, or of each by name; None where it is not wanted.
        hook_msgs: What the hooks noted.
        seed: Of the run; None where the file does not say.
    """
    epoch: int
    iter: int
    position: Position | None
    gradients: Mapping[str, torch.Tensor]
    optimizer: Any
    hook_msgs: dict[str, Any]
    seed: int | None


def seed_in(checkpoint: Any) -> int | None:
    """The seed of the training that wrote ``checkpoint``, None where it does not say."""
    meta = checkpoint.get('meta') if isinstance(checkpoint, Mapping) else None
    seed = meta.get('seed') if isinstance(meta, Mapping) else None
    return seed if _is_count(seed, least=None) else None


def threads_in(checkpoint: Any) -> int | None:
    """The threads of the training that wrote ``checkpoint``, None where it does not say."""
    meta = checkpoint.get('meta') if isinstance(checkpoint, Mapping) else None
    threads = meta.get('threads') if isinstance(meta, Mapping) else None
    return threads if _is_count(threads, least=1) else None


def read_state(checkpoint: Any, source: str, optimizers: Optimizers) -> TrainingState:
    """Return the state of the training that wrote ``checkpoint``.

    Args:
        checkpoint: The content of a file.
        source: Its name, for messages.
        optimizers: What its optimizer state has to fit; None does without.

    Raises:
        InputError: It holds only weights, or something in it is not what a training writes.
    """
    if not isinstance(checkpoint, Mapping) or not isinstance(checkpoint.get('meta', {}), Mapping):
        raise InputError(f"{source} is damaged: it has no dict 'meta' as a training writes it")
    meta = checkpoint.get('meta', {})
    if 'iter' not in meta or optimizers is not None and 'optimizer' not in checkpoint:
        raise InputError(f'{source} holds weights but no state of a training; start from '
                         'them with --load-from')
    for key in ('epoch', 'iter'):
        if not _is_count(meta.get(key)):
            raise InputError(f'{source} is damaged: meta.{key} must be a whole number from 0 on, '
                             f'but is {_shown(meta.get(key))}')
    messages = meta.get('hook_msgs', {})
    if not isinstance(messages, Mapping):
        raise InputError(f'{source} is damaged: meta.hook_msgs must be a dict, but is '
                         f'{_shown(messages)}')
    state = None
    if optimizers is not None:
        state = checkpoint['optimizer']
        _check_optimizers(optimizers, state, source)
    gradients = checkpoint.get('gradients', {})
    if not isinstance(gradients, Mapping) or not all(map(torch.is_tensor, gradients.values())):
        raise InputError(f"{source} is damaged: 'gradients' must hold tensors by name")
    return TrainingState(meta['epoch'], meta['iter'], _position(meta.get('position'), source),
                         gradients, state, dict(messages), seed_in(checkpoint))


def _position(value: Any, source: str) -> Position | None:
    if value is None:
        return None
    if not (isinstance(value, Mapping) and all(_is_count(value.get(key)) for key in
                                               Position._fields)):
        raise InputError(f'{source} is damaged: meta.position must hold the numbers epoch and '
                         f'pages, but is {_shown(value)}')
    return Position(value['epoch'], value['pages'])


def _is_count(value: Any, least: int | None = 0) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and (least is None
                                                                       or value >= least)


def _shown(value: Any) -> str:
    text = repr(value)
    return f'{type(value).__name__} {text if len(text) <= 40 else text[:37] + "..."}'


def _check_optimizers(optimizers: Any, state: Any, source: str) -> None:
    if not isinstance(optimizers, Mapping):
        _check_optimizer(optimizers, state, source)
        return
    for name, optimizer in optimizers.items():
        if not isinstance(state, Mapping) or name not in state:
            raise InputError(f"{source} has no state of the optimizer '{name}'")
        _check_optimizer(optimizer, state[name], source)


def _check_optimizer(optimizer: torch.optim.Optimizer, state: Any, source: str) -> None:
    """Raise InputError where ``state`` is not of an optimizer over the same parameters.

    torch itself compares only the numbers of parameters.
    """
    wrong = f'{source} has the state of an optimizer that does not fit this training: '
    groups = state.get('param_groups') if isinstance(state, Mapping) else None
    values = state.get('state') if isinstance(state, Mapping) else None
    if not isinstance(values, Mapping) or not isinstance(groups, list):
        raise InputError(f'{source} is damaged: its optimizer state has no param_groups and state')
    ours = optimizer.state_dict()['param_groups']
    if len(groups) != len(ours):
        raise InputError(f'{wrong}it has {len(groups)} groups of parameters instead of '
                         f'{len(ours)}')
    numbers: list[Any] = []
    for group, own in zip(groups, ours, strict=True):
        if not isinstance(group, Mapping) or not isinstance(group.get('params'), list) \
                or not all(map(_is_count, group['params'])):
            raise InputError(f'{source} is damaged: a group of its optimizer state has no params')
        if len(group['params']) != len(own['params']):
            raise InputError(f"{wrong}a group has {len(group['params'])} parameters instead of "
                             f"{len(own['params'])}")
        lost = sorted(own.keys() - group.keys() - _OPTIONAL)
        if lost:
            raise InputError(f'{wrong}its groups have no {", ".join(lost[:3])}, as '
                             f'{type(optimizer).__name__} needs')
        numbers += group['params']
    parameters = [p for group in optimizer.param_groups for p in group['params']]
    for number, parameter in zip(numbers, parameters, strict=True):
        kept = values.get(number, {})
        if not isinstance(kept, Mapping):
            raise InputError(f'{source} is damaged: the optimizer state of a parameter must be a '
                             f'dict, but is {_shown(kept)}')
        for name, value in kept.items():
            if (name in _LIKE_PARAMETER and isinstance(value, torch.Tensor)
                    and value.shape != parameter.shape):
                raise InputError(f'{wrong}{name} of a parameter is {tuple(value.shape)} instead '
                                 f'of {tuple(parameter.shape)}')


# what torch's own optimizers keep in the shape of the parameter
_LIKE_PARAMETER = {'momentum_buffer', 'exp_avg', 'exp_avg_sq', 'max_exp_avg_sq', 'exp_inf',
                   'square_avg', 'acc_delta', 'grad_avg', 'sum', 'prev', 'ax'}
# settings that torch fills in where an optimizer of an older release lacks them, and the first
# learning rate, which mmcv's schedules note when they start
_OPTIONAL = {'initial_lr', 'foreach', 'maximize', 'capturable', 'differentiable', 'fused',
             'decoupled_weight_decay', 'amsgrad', 'nesterov'}
