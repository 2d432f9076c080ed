"""A network as it answers fastest on a CPU, where its scores stay the same."""
from __future__ import annotations

import copy

import mmcv
import torch
from torch import nn

from ..utils.logger import get_root_logger
from .fuse_conv_bn import fuse_conv_bn
from .winograd import replace_convolutions

# By how much scores may change.
TOLERANCE = 1e-5
# Height and width of the page on which scores are compared.
_SIZE = 128


@torch.no_grad()
def for_cpu(model: nn.Module, config: mmcv.Config) -> nn.Module:
    """Return a copy with batch norms fused into convolutions, in the layout channels_last.

    Convolutions of 3 x 3 with many channels are replaced too (:mod:`~mmseg.export.winograd`), where
    scores stay as near; in bfloat16, where they stay within twice of what rounding makes of them.

    The model itself is returned where it is not on a CPU, has no such norms, is to be compiled
    (which would take minutes with convolutions replaced) or gives scores that differ by more than
    :data:`TOLERANCE` afterwards; with norms fused, those of a model in mixed precision are compared
    in float32. The copy cannot be trained, and its parameters have other names.

    Args:
        model: A segmentor in eval mode.
        config: With ``channels_last=False`` the layout stays as it is; ``compile`` as in
            :func:`~mmseg.utils.compiled.compile_parts`.
    """
    if (next(model.parameters()).device.type != 'cpu' or model.training
            or not hasattr(model, 'page_scores') or config.get('compile')):
        return model
    faster, dtype = copy.deepcopy(model), getattr(model, 'autocast_dtype', None)
    if dtype is not None:
        model.autocast_dtype = faster.autocast_dtype = None
    try:
        same = _fused(model, faster, config)
        if same and dtype in (None, torch.bfloat16):
            faster.autocast_dtype = dtype
            _with_fewer_products(model, faster)
    finally:
        if dtype is not None:
            model.autocast_dtype = faster.autocast_dtype = dtype
    return faster if same else model


def _fused(model: nn.Module, faster: nn.Module, config: mmcv.Config) -> bool:
    """Fuse the norms of ``faster``, a copy of the model; whether its scores are the model's."""
    page = _page()
    try:
        if not fuse_conv_bn(faster, lambda: faster.page_scores(page)):
            return False
        if config.get('channels_last', True):
            faster.to(memory_format=torch.channels_last)
        return _difference(model, faster, page) <= TOLERANCE
    except RuntimeError as error:  # a network that does not take pages of this size
        get_root_logger().debug('batch norms are not fused: %s', error)
        return False


def _with_fewer_products(model: nn.Module, faster: nn.Module) -> None:
    """Replace convolutions of ``faster`` unless its scores go too far from the model's.

    Args:
        model: Computes in float32.
        faster: A copy, which may compute in mixed precision.
    """
    page, dtype = _page(), getattr(faster, 'autocast_dtype', None)
    allowed = TOLERANCE if dtype is None else 2 * _difference(model, faster, page)
    replaced = replace_convolutions(faster, dtype)
    if replaced and _difference(model, faster, page) > allowed:
        for parent, name, conv in replaced:
            setattr(parent, name, conv)


def _page() -> torch.Tensor:
    return torch.randn(1, 3, _SIZE, _SIZE, generator=torch.Generator().manual_seed(0))


def _difference(model: nn.Module, faster: nn.Module, page: torch.Tensor) -> float:
    """The largest difference between the scores of two models."""
    pairs = zip(model.page_scores(page), faster.page_scores(page))
    return max(float((before - after).abs().max()) for before, after in pairs
               if before is not None and after is not None)
