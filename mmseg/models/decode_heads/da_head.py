"""Dual attention head."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmcv.cnn import ConvModule, Scale
from torch import Tensor, nn

from ...core.utils import add_prefix
from ..builder import HEADS
from ..utils import SelfAttentionBlock
from .decode_head import BaseDecodeHead


class PAM(SelfAttentionBlock):
    """Position attention: each pixel with a mean over the pixels like it (section 3.2).

    Args:
        in_channels: Channels of input and output.
        channels: Channels of keys and queries.
    """

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__(
            key_in_channels=in_channels, query_in_channels=in_channels, channels=channels,
            out_channels=in_channels, share_key_query=False, query_downsample=None,
            key_downsample=None, key_query_num_convs=1, value_out_num_convs=1,
            key_query_norm=False, value_out_norm=False, matmul_norm=False, with_out=False,
            conv_cfg=None, norm_cfg=None, act_cfg=None)
        self.gamma = Scale(0)

    def forward(self, x: Tensor) -> Tensor:
        """``x (N, C, h, w)`` plus what each pixel draws from all."""
        return x + self.gamma(super().forward(x, x))


class CAM(nn.Module):
    """Channel attention: each channel with a mean over the channels unlike it (section 3.3)."""

    def __init__(self) -> None:
        super().__init__()
        self.gamma = Scale(0)

    def forward(self, x: Tensor) -> Tensor:
        """``x (N, C, h, w)`` plus what each channel draws from all."""
        flat = x.flatten(2)
        affinity = flat @ flat.transpose(1, 2)  # (N, C, C)
        # The softmax of the distance to the best, as the authors' code has it: channels that say
        # the same as this one add nothing.
        weights = (affinity.amax(dim=2, keepdim=True) - affinity).softmax(dim=2)
        return x + self.gamma((weights @ flat).reshape(x.shape))


@HEADS.register_module()
class DAHead(BaseDecodeHead):
    """Attention over positions added to attention over channels (Fu et al., "Dual Attention
    Network for Scene Segmentation", CVPR 2019).

    Args:
        pam_channels: Channels of keys and queries of the position attention.
        **kwargs: See :class:`BaseDecodeHead`.
    """

    def __init__(self, pam_channels: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pam_channels = pam_channels
        self.pam_in_conv = self._conv(self.in_channels)
        self.pam = PAM(self.channels, pam_channels)
        self.pam_out_conv = self._conv(self.channels)
        # Checkpoints have num_classes of these even where out_channels is 1.
        self.pam_conv_seg = nn.Conv2d(self.channels, self.num_classes, 1)
        self.cam_in_conv = self._conv(self.in_channels)
        self.cam = CAM()
        self.cam_out_conv = self._conv(self.channels)
        self.cam_conv_seg = nn.Conv2d(self.channels, self.num_classes, 1)

    def _conv(self, in_channels: int) -> ConvModule:
        """A 3x3 convolution to ``channels``."""
        return ConvModule(in_channels, self.channels, 3, padding=1,
                          conv_cfg=self.conv_cfg, norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)

    def _features(self, inputs: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """The features of both attentions, each ``(N, channels, h, w)``."""
        x = self._transform_inputs(inputs)
        return (self.pam_out_conv(self.pam(self.pam_in_conv(x))),
                self.cam_out_conv(self.cam(self.cam_in_conv(x))))

    def _dropped(self, feat: Tensor) -> Tensor:
        """The features that a classifier sees."""
        return feat if self.dropout is None else self.dropout(feat)

    def pam_cls_seg(self, feat: Tensor) -> Tensor:
        """Logits ``(N, K, h, w)`` of the position attention's features ``(N, channels, h, w)``."""
        return self.pam_conv_seg(self._dropped(feat))

    def cam_cls_seg(self, feat: Tensor) -> Tensor:
        """Logits ``(N, K, h, w)`` of the channel attention's features ``(N, channels, h, w)``."""
        return self.cam_conv_seg(self._dropped(feat))

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Logits ``(N, K, h, w)`` of both attentions together, of positions and of channels."""
        pam, cam = self._features(inputs)
        return self.cls_seg(pam + cam), self.pam_cls_seg(pam), self.cam_cls_seg(cam)

    def forward_test(self, inputs: Sequence[Tensor], img_metas: list[dict],
                     test_cfg: dict | None) -> Tensor:
        """Logits ``(N, K, h, w)`` of both attentions together."""
        pam, cam = self._features(inputs)
        return self.cls_seg(pam + cam)

    def losses(self, seg_logit: Sequence[Tensor], seg_label: Tensor) -> dict[str, Tensor]:
        """Losses and accuracy of the three, as ``pam_cam.loss_ce``, ``pam.…`` and ``cam.…``."""
        result: dict[str, Tensor] = {}
        for name, logits in zip(('pam_cam', 'pam', 'cam'), seg_logit, strict=True):
            result.update(add_prefix(super().losses(logits, seg_label), name))
        return result
