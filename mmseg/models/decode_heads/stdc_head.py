"""STDC's guidance by details."""
from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..builder import HEADS
from .fcn_head import FCNHead


@HEADS.register_module()
class STDCHead(FCNHead):
    """:class:`FCNHead` that learns where classes meet (Fan et al., "Rethinking BiSeNet For
    Real-time Semantic Segmentation", CVPR 2021, section 3.3).

    Its labels are made of the true ones: a Laplacian at three strides, weighed and cut at a
    threshold.  Ignored pixels count as one more class there, as in the models that exist.

    Args:
        boundary_threshold: Response above which a pixel counts as a detail.
        **kwargs: See :class:`FCNHead`; ``num_classes`` is 2, and ``loss_decode`` usually a
            binary cross entropy and a Dice loss.
    """

    strides = (1, 2, 4)

    def __init__(self, boundary_threshold: float = 0.1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.boundary_threshold = boundary_threshold
        laplacian = torch.full((1, 1, 3, 3), -1.0)
        laplacian[0, 0, 1, 1] = 8
        self.register_buffer('laplacian_kernel', laplacian)
        # The paper learns these weights; existing models, whose checkpoints hold them, do not.
        self.fusion_kernel = nn.Parameter(
            torch.tensor([0.6, 0.3, 0.1]).reshape(1, 3, 1, 1), requires_grad=False)

    @torch.no_grad()
    def details(self, seg_label: Tensor) -> Tensor:
        """Where the details of labels ``(N, 1, H, W)`` are: 1 there, 0 elsewhere."""
        label = seg_label.to(self.laplacian_kernel.dtype)
        edges = []
        for stride in self.strides:
            edge = F.conv2d(label, self.laplacian_kernel, stride=stride, padding=1).clamp(min=0)
            edges.append(F.interpolate(edge, label.shape[2:], mode='nearest'))
        sharp = (torch.cat(edges, dim=1) > self.boundary_threshold).to(label.dtype)
        return (F.conv2d(sharp, self.fusion_kernel) > self.boundary_threshold).long()

    def losses(self, seg_logit: Tensor, seg_label: Tensor) -> dict[str, Tensor]:
        """Losses against the details of ``seg_label (N, 1, H, W)``, see :meth:`details`."""
        return super().losses(seg_logit, self.details(seg_label))
