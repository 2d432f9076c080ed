"""Check that heads fit the feature maps they will get, before any page is read."""
from __future__ import annotations

import random
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from ...utils.errors import InputError
from ...utils.meta import evaluating, meta_tensors
from ..cls_heads import ClsHead
from ..decode_heads.decode_head import BaseDecodeHead

# The first is the cheapest; some backbones want the size of their pretraining, or a large image.
_SIDES = (128, 224, 512)
_HEADS = ('decode_head', 'auxiliary_head', 'cls_head')
# Of 0.x's base configs three do not fit themselves, and only leaves that change them can run: the
# backbone, the part at fault and its in_channels. They build as they did there, with a warning.
_UNFIT_BASES = (
    ('PoolFormer', 'neck', [256, 512, 1024, 2048]),
    ('ConvNeXt', 'auxiliary_head', 384),
    ('MAE', 'decode_head', [384, 384, 384, 384]),
    ('MAE', 'auxiliary_head', 384),
)


def check_channels(model: nn.Module) -> None:
    """Raise if a head of ``model`` expects other feature maps than backbone and neck give.

    A network that answers for a small page fits. Another runs on torch's ``meta`` device, which has
    shapes but no numbers; the network, its statistics and the random generators are unchanged
    afterwards. A backbone that cannot run so (it looks at the numbers, or at a size that is not
    tried) is left to the first page.

    Args:
        model: A segmentor with ``extract_feat`` and the usual heads.

    Raises:
        InputError: With both numbers and the config key to change.
    """
    with _unnoticed():
        # The meta device imports this part of torch, which takes a second; later it is the faster.
        if 'torch._dynamo' not in sys.modules and _answers(model):
            return
        with meta_tensors(model):
            complaints = list(_find_complaints(model))
    for name, complaint in complaints:
        _refuse(model, name, complaint)


def _answers(model: nn.Module) -> bool:
    """Whether all parts of ``model`` run on a small page."""
    try:
        with evaluating(model):
            side = _SIDES[0]
            features = model.extract_feat(torch.zeros(1, _in_channels(model), side, side))
            return (all(_runs(model, name, features) for name in _HEADS
                        if getattr(model, name, None) is not None)
                    and not list(_line_complaints(model, features, '')))
    except Exception:  # of any kind: what is at fault is found without numbers
        return False


def _in_channels(model: nn.Module) -> int:
    """Of the images that the backbone takes."""
    convs = (part for part in model.backbone.modules() if isinstance(part, nn.Conv2d))
    first = next(convs, None)
    return 3 if first is None else first.in_channels


def _find_complaints(model: nn.Module) -> Iterator[tuple[str, str]]:
    """The name of each part of ``model`` that does not fit, and a sentence that says so."""
    try:
        found = _feature_maps(model)
    except InputError as error:  # of a neck, or of a backbone around another
        yield 'neck', str(error)
        return
    if found is None:
        return
    features, channels = found
    part = 'neck' if getattr(model, 'neck', None) is not None else 'backbone'
    giver = f'model.{part} ({type(getattr(model, part)).__name__})'
    for name in _HEADS:
        head = getattr(model, name, None)
        complaints = [] if head is None else _complaints(name, head, channels, giver)
        # A custom head may mean something else by its keys: only one that fails is at fault.
        if complaints and not _runs(model, name, features):
            yield name, complaints[0]
    yield from _line_complaints(model, features, giver)


def _line_complaints(model: nn.Module, features: Any, giver: str) -> Iterator[tuple[str, str]]:
    """The line neck or head of ``model`` if it does not take ``features``."""
    if getattr(model, 'line_head', None) is None:
        return
    part = 'line_head' if getattr(model, 'line_neck', None) is None else 'line_neck'
    try:
        if part == 'line_neck':
            features = model.line_neck(features)
            part, giver = 'line_head', f'model.line_neck ({type(model.line_neck).__name__})'
        model.line_head.logits(features)
    except InputError as error:
        yield part, f'model.{part} does not take the features of {giver}: {error}'
    except (RuntimeError, NotImplementedError):  # of a custom part: the first page will show it
        return


def _refuse(model: nn.Module, name: str, complaint: str) -> None:
    """Raise the complaint about a part, or warn where that is how 0.x ships it."""
    promised = getattr(getattr(model, name, None), 'in_channels', None)
    promised = list(promised) if isinstance(promised, (list, tuple)) else promised
    if (type(model.backbone).__name__, name, promised) not in _UNFIT_BASES:
        raise InputError(complaint)
    warnings.warn(f'{complaint}; this network can be built but not run', stacklevel=2)


@contextmanager
def _unnoticed() -> Iterator[None]:
    """Leave no trace: neither gradients, nor warnings, nor random numbers drawn."""
    python, numpy = random.getstate(), np.random.get_state()
    try:
        with torch.no_grad(), torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.simplefilter('ignore')
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)


def _feature_maps(model: nn.Module) -> tuple[Any, list[int]] | None:
    """The features of ``model`` and the channels of each; None if unknown."""
    wrong: InputError | None = None
    for side in _SIDES:
        try:
            features = model.extract_feat(torch.empty(1, _in_channels(model), side, side,
                                                      device='meta'))
            # A transformer may return its class token together with a map.
            maps = [x[0] if isinstance(x, (list, tuple)) else x for x in features]
            return features, [x.shape[1] for x in maps]
        except InputError as error:
            wrong = error
        except TypeError as error:
            wrong = _kind_of_setting(model, error)
        except Exception:  # whatever it is, a real page will show whether it matters
            wrong = None
    if wrong is not None:
        raise wrong
    return None


def _kind_of_setting(model: nn.Module, error: TypeError) -> InputError | None:
    """The complaint about a layer that was built with text for a number, which torch allows."""
    what = str(error).splitlines()[0]
    if 'invalid combination of arguments' not in what:
        return None
    return InputError(f'a layer of model.backbone ({type(model.backbone).__name__}) has a setting '
                      f'that is not a number ({what[:80]}…); see strides, dilations, paddings and '
                      'kernel sizes in the config')


def _complaints(name: str, head: nn.Module, channels: Sequence[int], giver: str) -> list[str]:
    """What does not fit in a head, or in the heads of a list or of another head."""
    result: list[str] = []
    for path, part in head.named_modules(prefix=name):
        if not isinstance(part, (BaseDecodeHead, ClsHead)):
            continue
        # The names of modules are the keys of the config; numbers are places in a list.
        steps = path.split('.')
        key = 'model' + ''.join(f'[{step}]' if step.isdigit() else f'.{step}' for step in steps)
        complaint = _complaint(key, part, channels, giver)
        if complaint:
            result.append(complaint)
    # Where a head holds another, the inner one's key is that of the config.
    return result[::-1]


def _complaint(key: str, head: Any, channels: Sequence[int], giver: str) -> str | None:
    """One sentence on what a head reads that is not there, or None."""
    several = isinstance(head.in_index, (list, tuple))
    wanted = list(head.in_index) if several else [head.in_index]
    listed = ', '.join(map(str, channels))
    if not all(-len(channels) <= index < len(channels) for index in wanted):
        return (f'{key}.in_index={head.in_index} goes beyond the {len(channels)} feature maps of '
                f'{giver}, which have {listed} channels and count from 0; change '
                f'{key}.in_index, or what {giver.split()[0]} gives (out_indices, num_outs)')
    there = [channels[index] for index in wanted]
    joined = getattr(head, 'input_transform', None) == 'resize_concat'
    promised = head.in_channels
    fits = (promised == sum(there) if joined else
            list(promised) == there if several else promised == there[0])
    if not fits:
        sums = ' in all' if joined else ''
        given = f'{there} channels' if several else f'{there[0]} channels'
        return (f'{key}.in_channels={promised}{sums}, but the feature map that it reads (in_index='
                f'{head.in_index}) of {giver} has {given}; set {key}.in_channels='
                f'{there if several else there[0]}, or choose another of its maps, which have '
                f'{listed} channels')
    fine = getattr(head, 'c1_in_channels', 0)
    if fine and fine != channels[0]:
        return (f'{key}.c1_in_channels={fine}, but the first feature map of {giver} has '
                f'{channels[0]} channels; set {key}.c1_in_channels={channels[0]}')
    return None


def _runs(model: nn.Module, name: str, features: Any) -> bool:
    """Whether the head ``name`` of ``model`` can run on ``features`` nevertheless."""
    try:
        if name == 'decode_head':
            model._decode_head_forward_test(features, None)
        else:
            for part in _each(getattr(model, name)):
                part(features)
    except Exception:  # of any kind: the forward of a custom head, too, says no
        return False
    return True


def _each(head: Any) -> list[nn.Module]:
    """The heads of a list of them, or the one."""
    return list(head) if isinstance(head, nn.ModuleList) else [head]
