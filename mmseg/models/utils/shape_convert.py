"""Between feature maps ``(N, C, H, W)`` and sequences of tokens ``(N, H * W, C)``."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor


def nlc_to_nchw(x: Tensor, hw_shape: Sequence[int]) -> Tensor:
    """Feature map ``(N, C, H, W)`` of the tokens ``x (N, H * W, C)``, row by row.

    Args:
        x: Tokens.
        hw_shape: H and W.
    """
    return x.transpose(1, 2).reshape(x.shape[0], x.shape[2], *hw_shape).contiguous()


def nchw_to_nlc(x: Tensor) -> Tensor:
    """Tokens ``(N, H * W, C)`` of the feature map ``x (N, C, H, W)``, row by row."""
    return x.flatten(2).transpose(1, 2).contiguous()


def nchw2nlc2nchw(module: Callable[..., Tensor], x: Tensor, contiguous: bool = False,
                  **kwargs: Any) -> Tensor:
    """What ``module``, which works on tokens, makes of a feature map; again a feature map.

    Args:
        module: Takes and gives ``(N, H * W, C)``.
        x: Feature map ``(N, C, H, W)``.
        contiguous: Whether the result lies in memory as its shape says.
        kwargs: Further arguments of ``module``.
    """
    result = nlc_to_nchw(module(nchw_to_nlc(x), **kwargs), x.shape[2:])
    return result.contiguous() if contiguous else result


def nlc2nchw2nlc(module: Callable[..., Tensor], x: Tensor, hw_shape: Sequence[int],
                 contiguous: bool = False, **kwargs: Any) -> Tensor:
    """What ``module``, which works on feature maps, makes of tokens; again tokens.

    Args:
        module: Takes and gives ``(N, C, H, W)``.
        x: Tokens ``(N, H * W, C)``.
        hw_shape: H and W.
        contiguous: Whether ``module`` is handed a map that lies in memory as its shape says.
        kwargs: Further arguments of ``module``.
    """
    features = nlc_to_nchw(x, hw_shape)
    return nchw_to_nlc(module(features.contiguous() if contiguous else features, **kwargs))
