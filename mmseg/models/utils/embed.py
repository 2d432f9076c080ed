"""From an image, or from tokens, to the tokens of its patches."""
from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmcv.cnn import build_conv_layer, build_norm_layer
from mmcv.runner import BaseModule
from torch import Tensor, nn
from torch.nn.modules.utils import _pair

from ...utils.errors import InputError
from .shape_convert import nchw_to_nlc, nlc_to_nchw

Pair = tuple[int, int]


def _lacking(size: int, kernel: int, stride: int, dilation: int) -> int:
    """Pixels by which one axis must grow so that every stride begins a patch."""
    reach = (kernel - 1) * dilation + 1
    lacking = ((size + stride - 1) // stride - 1) * stride + reach - size
    return (lacking + abs(lacking)) // 2  # max(lacking, 0), which a trace would freeze


class AdaptivePadding(nn.Module):
    """The input, with zeros where the kernel would else not cover the last pixels.

    Args:
        kernel_size: Size of the kernel that comes next, one number or (y, x).
        stride: Its step in pixels.
        dilation: Distance of its taps in pixels.
        padding: ``'corner'`` adds at the right and the bottom, ``'same'`` on all sides.

    Raises:
        InputError: Another ``padding``.
    """

    def __init__(self, kernel_size: int | Pair = 1, stride: int | Pair = 1,
                 dilation: int | Pair = 1, padding: str = 'corner') -> None:
        super().__init__()
        if padding not in ('same', 'corner'):
            raise InputError(f"padding of patches is {padding!r}; expected 'corner', 'same' or a "
                             'number of pixels')
        self.padding = padding
        self.kernel_size, self.stride = _pair(kernel_size), _pair(stride)
        self.dilation = _pair(dilation)

    def get_pad_shape(self, input_shape: Sequence[int]) -> Pair:
        """Rows and columns to add to an input of ``input_shape`` (height, width)."""
        rows, columns = (
            _lacking(input_shape[axis], self.kernel_size[axis], self.stride[axis],
                     self.dilation[axis]) for axis in (0, 1))
        return rows, columns

    def forward(self, x: Tensor) -> Tensor:
        """The map ``(N, C, h, w)``, padded at the bottom and the right or on all sides."""
        rows, columns = self.get_pad_shape(x.shape[-2:])
        if not torch.jit.is_tracing() and rows == columns == 0:
            return x
        top, left = (rows // 2, columns // 2) if self.padding == 'same' else (0, 0)
        return F.pad(x, [left, columns - left, top, rows - top])


class _Patches(BaseModule):
    """What embedding and merging share: patch geometry and padding."""

    def __init__(self, kernel_size: int | Pair, stride: int | Pair | None,
                 padding: str | int | Pair, dilation: int | Pair,
                 init_cfg: dict | list | None) -> None:
        super().__init__(init_cfg)
        self._kernel = _pair(kernel_size)
        self._stride = _pair(kernel_size if stride is None else stride)
        self._dilation = _pair(dilation)
        self.adap_padding: AdaptivePadding | None = None
        if isinstance(padding, str):
            self.adap_padding = AdaptivePadding(self._kernel, self._stride, self._dilation,
                                                padding)
            padding = 0
        self._padding = _pair(padding)

    def _size_after(self, height: int, width: int) -> Pair:
        """Patches down and across that an input of so many pixels has."""
        sizes = []
        for axis, size in enumerate((height, width)):
            reach = (self._kernel[axis] - 1) * self._dilation[axis] + 1
            sizes.append((size + 2 * self._padding[axis] - reach) // self._stride[axis] + 1)
        return sizes[0], sizes[1]


class PatchEmbed(_Patches):
    """Tokens of an image's patches: one convolution whose stride is the patch.

    Dosovitskiy et al., "An Image is Worth 16x16 Words", ICLR 2021, section 3.1.

    Args:
        in_channels: Channels of the image.
        embed_dims: Channels of a token.
        conv_type: Registered type of the convolution.
        kernel_size: Size of a patch in pixels.
        stride: Step from patch to patch in pixels; as ``kernel_size`` where None.
        padding: Pixels around the image, or ``'corner'`` or ``'same'``; see
            :class:`AdaptivePadding`.
        dilation: Distance of the taps in pixels.
        bias: Whether the convolution has one.
        norm_cfg: Config of the normalisation of tokens, or None.
        input_size: Size of the images in pixels where it is fixed; the number of patches, (down,
            across), is then in ``init_out_size``.
        init_cfg: Initialisation config.
    """

    def __init__(self, in_channels: int = 3, embed_dims: int = 768, conv_type: str = 'Conv2d',
                 kernel_size: int | Pair = 16, stride: int | Pair | None = None,
                 padding: str | int | Pair = 'corner', dilation: int | Pair = 1,
                 bias: bool = True, norm_cfg: dict | None = None,
                 input_size: int | Pair | None = None,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(kernel_size, stride, padding, dilation, init_cfg)
        self.embed_dims = embed_dims
        self.projection = build_conv_layer(
            dict(type=conv_type), in_channels, embed_dims, self._kernel, stride=self._stride,
            padding=self._padding, dilation=self._dilation, bias=bias)
        self.norm = build_norm_layer(norm_cfg, embed_dims)[1] if norm_cfg is not None else None
        self.init_input_size: Pair | None = None
        self.init_out_size: Pair | None = None
        if input_size is not None:
            self.init_input_size = _pair(input_size)
            height, width = self.init_input_size
            if self.adap_padding is not None:
                rows, columns = self.adap_padding.get_pad_shape((height, width))
                height, width = height + rows, width + columns
            self.init_out_size = self._size_after(height, width)

    def forward(self, x: Tensor) -> tuple[Tensor, Pair]:
        """Tokens ``(N, h * w, embed_dims)`` of ``x (N, C, H, W)``, and (h, w)."""
        if self.adap_padding is not None:
            x = self.adap_padding(x)
        x = self.projection(x)
        out_size = (x.shape[2], x.shape[3])
        x = nchw_to_nlc(x)
        return (x if self.norm is None else self.norm(x)), out_size


class PatchMerging(_Patches):
    """Tokens of patches of tokens: each patch becomes one token, with other channels.

    Liu et al., "Swin Transformer", ICCV 2021, section 3.1.  The values of a patch are ordered
    channel by channel, as :func:`torch.nn.functional.unfold` returns them; weights of the paper's
    own code, which are ordered pixel by pixel, must be reordered.

    Args:
        in_channels: Width of the tokens.
        out_channels: Width of the new tokens.
        kernel_size: Size of a patch in tokens.
        stride: Step from patch to patch in tokens; as ``kernel_size`` where None.
        padding: As in :class:`PatchEmbed`.
        dilation: Distance of the tokens of one patch.
        bias: Whether the projection has one.
        norm_cfg: Config of the normalisation before the projection, or None.
        init_cfg: Initialisation config.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int | Pair = 2,
                 stride: int | Pair | None = None, padding: str | int | Pair = 'corner',
                 dilation: int | Pair = 1, bias: bool = False,
                 norm_cfg: dict | None = dict(type='LN'),
                 init_cfg: dict | list | None = None) -> None:
        # A stride of 0, like None, means patches side by side.
        super().__init__(kernel_size, stride or None, padding, dilation, init_cfg)
        self.in_channels, self.out_channels = in_channels, out_channels
        channels = self._kernel[0] * self._kernel[1] * in_channels
        self.norm = build_norm_layer(norm_cfg, channels)[1] if norm_cfg is not None else None
        self.reduction = nn.Linear(channels, out_channels, bias=bias)

    def forward(self, x: Tensor, input_size: Sequence[int]) -> tuple[Tensor, Pair]:
        """New tokens ``(N, h * w, out_channels)`` and (h, w).

        Args:
            x: Tokens ``(N, H * W, in_channels)``.
            input_size: (H, W).
        """
        features = nlc_to_nchw(x, input_size)
        if self.adap_padding is not None:
            features = self.adap_padding(features)
        out_size = self._size_after(features.shape[2], features.shape[3])
        x = F.unfold(features, self._kernel, self._dilation, self._padding,
                     self._stride).transpose(1, 2)
        return self.reduction(x if self.norm is None else self.norm(x)), out_size
