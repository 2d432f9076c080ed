"""Cost of a network: its parameters and multiply-adds."""
from typing import Any, NamedTuple

import mmcv
import torch
import torchvision  # noqa: F401  registers the deformable convolution below
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from ..utils.errors import InputError
from ..utils.meta import meta_tensors
from .builder import build_segmentor


class Complexity(NamedTuple):
    """Cost of a network for one image.

    Args:
        parameters: Number of all parameters.
        training_only: How many of them are in auxiliary heads.
        multiply_adds: Multiplications, each with its addition, of convolutions and matrix
            products (attention included); norms, activations, pooling and resizing do not count.
    """

    parameters: int
    training_only: int
    multiply_adds: int


def complexity(cfg: mmcv.Config, size: tuple[int, int]) -> Complexity:
    """Return the cost of the network of a config in one forward of a whole image.

    Nothing is computed: the network runs on torch's ``meta`` device, which has only shapes, so a
    large image needs neither time nor memory.

    Args:
        cfg: A loaded config.
        size: (height, width) in pixels.

    Raises:
        InputError: The network cannot run without numbers, or not on this size; or there is none.
    """
    if 'model' not in cfg:
        raise InputError(f"{cfg.filename or 'the config'} has no model; give a whole config")
    model = build_segmentor(mmcv.ConfigDict(cfg.model, pretrained=None),
                            test_cfg=cfg.get('test_cfg'), train_cfg=cfg.get('train_cfg'))
    channels = next((part.in_channels for part in model.modules()
                     if isinstance(part, nn.Conv2d)), 3)
    counter = FlopCounterMode(display=False, custom_mapping={
        torch.ops.torchvision.deform_conv2d: _deform_conv_flops})
    try:
        with meta_tensors(model), torch.no_grad(), counter:
            model.forward_dummy(torch.empty(1, channels, *size, device='meta'))
    except InputError:
        raise
    except Exception as error:
        raise InputError(f'{type(model).__name__} cannot be counted for an image of {size[0]} x '
                         f'{size[1]} pixels: {error}') from error
    return Complexity(
        parameters=_parameters(model),
        training_only=_parameters(getattr(model, 'auxiliary_head', None)),
        # The counter takes a multiplication and its addition as two.
        multiply_adds=counter.get_total_flops() // 2)


def _parameters(module: nn.Module | None) -> int:
    """Number of parameters, each once."""
    return 0 if module is None else sum(value.numel() for value in module.parameters())


def _deform_conv_flops(x: Any, weight: Any, *_: Any, out_shape: Any, **__: Any) -> int:
    """FLOPs of the convolution; computing the positions of its taps costs little in comparison."""
    return 2 * out_shape.numel() * weight[1:].numel()
