"""The head of DBNet (Liao et al., AAAI 2020, section 3): shrunk text lines and their borders."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmcv.cnn import build_activation_layer, build_norm_layer
from mmcv.runner import BaseModule, Sequential
from torch import Tensor, nn

from ...utils.errors import InputError
from ..builder import HEADS, build_loss

# Steepness of the differentiable binarization, section 3.2.
_STEEPNESS = 50
_INIT = (dict(type='Kaiming', layer='Conv'),
         dict(type='Constant', layer='BatchNorm', val=1., bias=1e-4))


def _branch(in_channels: int, bias: bool) -> Sequential:
    """A map (N, 1, 4h, 4w) of scores from features (N, in_channels, h, w)."""
    inner = in_channels // 4

    def norm_relu() -> list[nn.Module]:
        return [build_norm_layer(dict(type='BN'), inner)[1],
                build_activation_layer(dict(type='ReLU'))]

    return Sequential(
        nn.Conv2d(in_channels, inner, 3, padding=1, bias=bias), *norm_relu(),
        nn.ConvTranspose2d(inner, inner, 2, 2), *norm_relu(),
        nn.ConvTranspose2d(inner, 1, 2, 2), nn.Sigmoid())


@HEADS.register_module()
class DBHead(BaseModule):
    """Scores of shrunk text lines, thresholds along their borders, and both made binary.

    Args:
        in_channels: Channels of the one map that it reads.
        with_bias: Whether the first convolution of the probability map has a bias.
        downsample_ratio: Size of its maps to that of the page.
        loss: Config of the loss.
        postprocessor: Config of what makes lines of the maps.
        init_cfg: Initialisation config.
        train_cfg: Unused; mmocr's configs have it.
        test_cfg: Unused.
        **kwargs: Ignored, as by mmocr's head.

    Raises:
        InputError: ``in_channels`` is not a number from 4 on.
    """

    def __init__(self, in_channels: int, with_bias: bool = False, downsample_ratio: float = 1.0,
                 loss: dict = dict(type='DBLoss'),
                 postprocessor: dict = dict(type='DBPostprocessor', text_repr_type='quad'),
                 init_cfg: dict | list | None = list(_INIT), train_cfg: dict | None = None,
                 test_cfg: dict | None = None, **kwargs: Any) -> None:
        super().__init__(init_cfg)
        if not isinstance(in_channels, int) or in_channels < 4:
            raise InputError('in_channels of DBHead is a number of channels, at least 4; got '
                             f'{in_channels!r}')
        self.in_channels, self.downsample_ratio = in_channels, downsample_ratio
        self.loss_module = build_loss(loss)
        self.postprocessor = HEADS.build(postprocessor)
        self.binarize = _branch(in_channels, with_bias)
        self.threshold = _branch(in_channels, False)

    def forward(self, inputs: Tensor | Sequence[Tensor]) -> Tensor:
        """Return scores (N, 3, H, W): probability, threshold and binary map.

        Args:
            inputs: Features (N, in_channels, H / 4, W / 4), or a list of only these.
        """
        x = self._map(inputs)
        prob, thr = self.binarize(x), self.threshold(x)
        binary = torch.sigmoid(_STEEPNESS * (prob - thr))
        return torch.cat((prob, thr, binary), dim=1)

    def logits(self, inputs: Tensor | Sequence[Tensor]) -> Tensor:
        """Return the probability map (N, 1, H, W) before its sigmoid, which is all a test needs."""
        return self.binarize[:-1](self._map(inputs))

    def forward_train(self, inputs: Tensor | Sequence[Tensor], **targets: Tensor
                      ) -> dict[str, Tensor]:
        """Return the losses of features ``(N, C, h, w)`` against the targets that the loss
        knows."""
        return self.loss_module(self(inputs), self.downsample_ratio, **targets)

    def get_boundary(self, score_maps: Tensor, img_metas: Sequence[dict],
                     rescale: bool) -> dict[str, Any]:
        """Return ``boundary_result``, a list of ``[x1, y1, …, score]``, of one page.

        Args:
            score_maps: Scores (1, C, H, W) or (C, H, W).
            img_metas: Of the page; its ``scale_factor`` leads back to the page's own pixels.
            rescale: Whether the coordinates are these, or pixels of the network's input.
        """
        maps = score_maps[0] if score_maps.ndim == 4 else score_maps
        factors = torch.as_tensor(img_metas[0].get('scale_factor', 1.)).flatten()[:2].double()
        across, down = (factors.expand(2) if rescale else torch.ones(2)) * self.downsample_ratio
        boundaries = [
            [value / float(down if place % 2 else across) for place, value in enumerate(line[:-1])]
            + line[-1:] for line in self.postprocessor(maps)]
        return dict(filename=img_metas[0].get('filename'), boundary_result=boundaries)

    def _map(self, inputs: Tensor | Sequence[Tensor]) -> Tensor:
        x = inputs if isinstance(inputs, Tensor) else inputs[0]
        if not torch.jit.is_tracing() and x.shape[1] != self.in_channels:
            raise InputError(f'DBHead has in_channels={self.in_channels} but the map that it reads '
                             f'has {x.shape[1]} channels; set in_channels={x.shape[1]}')
        return x
