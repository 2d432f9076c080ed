"""Batch norms as part of the convolutions before them, which saves a pass over each map."""
from __future__ import annotations

from collections import Counter
from typing import Any

import mmcv.cnn.bricks.wrappers as mmcv_layers
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ..ops import DilatedDepthwiseConv2d

# Others (weight standardisation, deformable ones) calculate with more than their weights.
_PLAIN = (nn.Conv2d, mmcv_layers.Conv2d, DilatedDepthwiseConv2d)
_NORMS = (nn.BatchNorm2d, nn.SyncBatchNorm)


@torch.no_grad()
def fuse_conv_bn(model: nn.Module, run: Any) -> int:
    """Fuse the batch norms of ``model`` into convolutions, in place, and return their number.

    The layer before a norm is seen while the model runs, as the order in which layers were
    registered says nothing about that in which they are used. A norm or convolution that is used
    more than once stays.

    Args:
        model: In eval mode.
        run: Called once without arguments; lets the model answer for a page.
    """
    uses: Counter[nn.Module] = Counter()
    before: dict[nn.Module, nn.Module] = {}

    def made(conv: nn.Module, _: Any, output: Tensor) -> None:
        uses[conv] += 1
        output.made_by = conv  # type: ignore[attr-defined]

    def taken(norm: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        uses[norm] += 1
        if hasattr(inputs[0], 'made_by'):
            before[norm] = inputs[0].made_by

    hooks = [layer.register_forward_hook(made) for layer in model.modules()
             if type(layer) in _PLAIN]
    hooks += [layer.register_forward_pre_hook(taken) for layer in model.modules()
              if isinstance(layer, _NORMS)]
    run()
    for hook in hooks:
        hook.remove()
    new: dict[nn.Module, nn.Module] = {}
    for norm, conv in before.items():
        if uses[norm] == uses[conv] == 1:
            new.update({conv: fuse_conv_bn_eval(conv, norm), norm: nn.Identity()})
    for parent in list(model.modules()):
        for name, layer in parent.named_children():
            if layer in new:
                setattr(parent, name, new[layer])
    return len(new) // 2
