"""Context encoding head."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule, build_norm_layer
from torch import Tensor, nn

from ...ops import Encoding, resize
from ..builder import HEADS, build_loss
from .decode_head import BaseDecodeHead


class EncModule(nn.Module):
    """Features whose channels are weighted by a code of the whole image (section 3).

    Args:
        in_channels: Channels of input and output.
        num_codes: Number of codewords.
        conv_cfg: Config of the convolution.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activation.
    """

    def __init__(self, in_channels: int, num_codes: int, conv_cfg: dict | None,
                 norm_cfg: dict | None, act_cfg: dict | None) -> None:
        super().__init__()
        self.encoding_project = ConvModule(in_channels, in_channels, 1, conv_cfg=conv_cfg,
                                           norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.encoding = nn.Sequential(
            Encoding(channels=in_channels, num_codes=num_codes),
            build_norm_layer(self._norm_of_codes(norm_cfg), num_codes)[1],
            nn.ReLU(inplace=True))
        self.fc = nn.Sequential(nn.Linear(in_channels, in_channels), nn.Sigmoid())

    @staticmethod
    def _norm_of_codes(norm_cfg: dict | None) -> dict:
        """``norm_cfg`` for codes ``(N, K, C)``, which have one axis less than an image."""
        norm_cfg = dict(norm_cfg or dict(type='BN'))
        kind = norm_cfg['type']
        norm_cfg['type'] = f'{kind}1d' if kind in ('BN', 'IN') else kind.replace('2d', '1d')
        return norm_cfg

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The image's code ``(N, C)``, and ``x (N, C, h, w)`` weighted by it."""
        code = self.encoding(self.encoding_project(x)).mean(dim=1)
        gain = self.fc(code)[..., None, None]
        return code, F.relu(x + gain * x)


@HEADS.register_module()
class EncHead(BaseDecodeHead):
    """Channels weighted by a code of the whole image, which also learns to say what classes there
    are (Zhang et al., "Context Encoding for Semantic Segmentation", CVPR 2018).

    Args:
        num_codes: Number of codewords.
        use_se_loss: Whether the code has to tell the classes of the image while training.
        add_lateral: Whether the finer of the inputs join the last one.
        loss_se_decode: Config of the loss of those classes.
        **kwargs: See :class:`BaseDecodeHead`; ``in_channels`` and ``in_index`` are lists.
    """

    def __init__(self, num_codes: int = 32, use_se_loss: bool = True, add_lateral: bool = False,
                 loss_se_decode: dict = dict(
                     type='CrossEntropyLoss', use_sigmoid=True, loss_weight=0.2),
                 **kwargs: Any) -> None:
        super().__init__(input_transform='multiple_select', **kwargs)
        self.num_codes, self.use_se_loss, self.add_lateral = num_codes, use_se_loss, add_lateral
        style = dict(conv_cfg=self.conv_cfg, norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)
        self.bottleneck = ConvModule(self.in_channels[-1], self.channels, 3, padding=1, **style)
        if add_lateral:
            self.lateral_convs = nn.ModuleList(
                ConvModule(channels, self.channels, 1, **style)
                for channels in self.in_channels[:-1])
            self.fusion = ConvModule(len(self.in_channels) * self.channels, self.channels, 3,
                                     padding=1, **style)
        self.enc_module = EncModule(self.channels, num_codes, **style)
        if use_se_loss:
            self.loss_se_decode = build_loss(loss_se_decode)
            self.se_layer = nn.Linear(self.channels, self.num_classes)

    def _encode(self, inputs: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """The image's code ``(N, channels)`` and the logits ``(N, K, h, w)``."""
        *fine, coarse = self._transform_inputs(inputs)
        features = self.bottleneck(coarse)
        if self.add_lateral:
            laterals = [
                resize(conv(x), size=features.shape[2:], mode='bilinear',
                       align_corners=self.align_corners)
                for conv, x in zip(self.lateral_convs, fine, strict=True)
            ]
            features = self.fusion(torch.cat([features, *laterals], dim=1))
        code, features = self.enc_module(features)
        return code, self.cls_seg(features)

    def forward(self, inputs: Sequence[Tensor]) -> Tensor | tuple[Tensor, Tensor]:
        """Logits ``(N, K, h, w)``; with ``use_se_loss`` also those of the image ``(N, K)``."""
        code, logits = self._encode(inputs)
        return (logits, self.se_layer(code)) if self.use_se_loss else logits

    def forward_test(self, inputs: Sequence[Tensor], img_metas: list[dict],
                     test_cfg: dict | None) -> Tensor:
        """Logits ``(N, K, h, w)``."""
        return self._encode(inputs)[1]

    def _present(self, seg_label: Tensor) -> Tensor:
        """Whether each class is in each label map, 0 or 1 ``(N, num_classes)``."""
        label = seg_label.flatten(1)
        valid = (label >= 0) & (label < self.num_classes)
        present = torch.zeros(len(label), self.num_classes + 1, device=label.device)
        # Labels outside the classes go to a column of their own, which is cut off.
        present.scatter_(1, label.where(valid, self.num_classes).long(), 1.)
        return present[:, :-1]

    def losses(self, seg_logit: Tensor | tuple[Tensor, Tensor],
               seg_label: Tensor) -> dict[str, Tensor]:
        """Losses by name, with ``use_se_loss`` also ``loss_se``, and ``acc_seg``."""
        if not self.use_se_loss:
            return super().losses(seg_logit, seg_label)
        logits, image_logits = seg_logit
        result = super().losses(logits, seg_label)
        result['loss_se'] = self.loss_se_decode(image_logits, self._present(seg_label))
        return result
