"""Convolution with TensorFlow's padding."""
from __future__ import annotations

import torch.nn.functional as F
from mmcv.cnn import CONV_LAYERS
from mmcv.cnn.bricks import Conv2dAdaptivePadding
from torch import Tensor


@CONV_LAYERS.register_module()
class SamePadConv2d(Conv2dAdaptivePadding):
    """Output of ``ceil(size / stride)`` pixels, with what padding that takes on both sides.

    Where the padding is odd, right and bottom get the extra pixel: the networks whose weights come
    from TensorFlow expect it.  The padding is calculated from the input's size also in a traced
    module, which mmcv's class, its base (same weights, same numbers), does not do.

    Args: as :class:`torch.nn.Conv2d`; ``padding`` is accepted and steers nothing.  The reach of
    the kernel must not be shorter than the stride.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, out_channels, ceil(h / stride), ceil(w / stride))``."""
        around: list[int] = []
        for axis in (1, 0):  # F.pad starts with the last axis
            size, stride = x.shape[2 + axis], self.stride[axis]
            reach = (self.kernel_size[axis] - 1) * self.dilation[axis] + 1
            # No max(..., 0): it would freeze the size in a trace, and reach >= stride spares it.
            total = ((size + stride - 1) // stride - 1) * stride + reach - size
            around += [total // 2, total - total // 2]
        return F.conv2d(F.pad(x, around), self.weight, self.bias, self.stride, 0, self.dilation,
                        self.groups)
