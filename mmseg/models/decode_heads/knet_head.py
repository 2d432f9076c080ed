"""K-Net: kernels that give the logits, updated stage by stage by what they cover.

Zhang et al., "K-Net: Towards Unified Image Segmentation", NeurIPS 2021, section 3.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from mmcv.cnn import ConvModule, build_activation_layer, build_norm_layer
from mmcv.cnn.bricks.registry import TRANSFORMER_LAYER
from torch import Tensor, nn

from ...ops import resize
from ...utils.errors import InputError
from ...utils.registry import build_from_cfg
from ..builder import HEADS, build_head
from ..utils import FFN, MultiheadAttention
from .decode_head import BaseDecodeHead


def _match(x: Tensor, size: Sequence[int]) -> Tensor:
    """``x (N, C, h, w)`` at ``size``."""
    return resize(x, size=size, mode='bilinear', align_corners=False)


@TRANSFORMER_LAYER.register_module()
class KernelUpdator(nn.Module):
    """Kernels mixed with the features that they cover, by gates that both decide on (section 3.2,
    "Adaptive Kernel Update").

    Args:
        in_channels: Channels of kernels and features. More are cut into parts of so many,
            each updated by itself.
        feat_channels: Channels within.
        out_channels: Channels of the result; ``in_channels`` where None.
        gate_sigmoid: Whether the gates lie in (0, 1).
        gate_norm_act: Whether what the gates see is normalised and activated.
        activate_out: Whether kernels and features are activated before they are mixed.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
    """

    def __init__(self, in_channels: int = 256, feat_channels: int = 64,
                 out_channels: int | None = None, gate_sigmoid: bool = True,
                 gate_norm_act: bool = False, activate_out: bool = False,
                 norm_cfg: dict = dict(type='LN'),
                 act_cfg: dict = dict(type='ReLU', inplace=True)) -> None:
        super().__init__()
        out_channels = out_channels or in_channels
        self.in_channels, self.feat_channels = in_channels, feat_channels
        self.out_channels = out_channels
        self.gate_sigmoid, self.gate_norm_act = gate_sigmoid, gate_norm_act
        self.activate_out = activate_out

        def norm(channels: int) -> nn.Module:
            return build_norm_layer(norm_cfg, channels)[1]

        self.dynamic_layer = nn.Linear(in_channels, 2 * feat_channels)
        self.input_layer = nn.Linear(in_channels, 2 * feat_channels)
        self.input_gate = nn.Linear(feat_channels, feat_channels)
        self.update_gate = nn.Linear(feat_channels, feat_channels)
        if gate_norm_act:
            self.gate_norm = norm(feat_channels)
        self.norm_in, self.norm_out = norm(feat_channels), norm(feat_channels)
        self.input_norm_in, self.input_norm_out = norm(feat_channels), norm(feat_channels)
        self.activation = build_activation_layer(act_cfg)
        self.fc_layer = nn.Linear(feat_channels, out_channels)
        self.fc_norm = norm(out_channels)

    def forward(self, update_feature: Tensor, input_feature: Tensor) -> Tensor:
        """Updated kernels ``(N * K, k * k, C)``.

        Args:
            update_feature: Features that each kernel covers, ``(N, K, C)``.
            input_feature: The kernels ``(N, K, k * k, C)``.
        """
        features = update_feature.reshape(-1, 1, self.in_channels)
        kernels = input_feature.reshape(features.shape[0], -1, self.in_channels)
        feature_in, feature_out = self.dynamic_layer(features).chunk(2, dim=-1)
        kernel_in, kernel_out = self.input_layer(kernels).chunk(2, dim=-1)
        both = kernel_in * feature_in
        if self.gate_norm_act:
            both = self.activation(self.gate_norm(both))
        keep = self.input_norm_in(self.input_gate(both))
        take = self.norm_in(self.update_gate(both))
        if self.gate_sigmoid:
            keep, take = keep.sigmoid(), take.sigmoid()
        feature_out, kernel_out = self.norm_out(feature_out), self.input_norm_out(kernel_out)
        if self.activate_out:
            feature_out, kernel_out = self.activation(feature_out), self.activation(kernel_out)
        mixed = take * feature_out + keep * kernel_out
        return self.activation(self.fc_norm(self.fc_layer(mixed)))


@HEADS.register_module()
class KernelUpdateHead(nn.Module):
    """Kernels updated by what they cover and by one another, and the logits that they give
    (section 3.2).

    Args:
        num_classes: Number of kernels.
        num_ffn_fcs: Layers of the feed-forward network.
        num_heads: Heads of the attention between kernels.
        num_mask_fcs: Layers between an updated kernel and the one that gives logits.
        feedforward_channels: Channels within the feed-forward network.
        in_channels: Channels of features and kernels.
        out_channels: Channels of the kernels that give logits: as ``in_channels``.
        dropout: Rate of values that training drops.
        act_cfg: Config of the activations of the ``num_mask_fcs`` layers.
        ffn_act_cfg: Config of the activations of the feed-forward network.
        conv_kernel_size: Side of a kernel in pixels, odd.
        feat_transform_cfg: Config of a convolution of the features, or None.
        kernel_init: Whether the last layer starts with a standard deviation of 0.01.
        with_ffn: Whether there is a feed-forward network.
        feat_gather_stride: Stride of the convolution of the features.
        mask_transform_stride: 2 to compute the logits at half the size.
        kernel_updator_cfg: Config of the update, of type ``KernelUpdator``.

    Raises:
        InputError: An even kernel, or other channels out than in.
    """

    def __init__(self, num_classes: int = 150, num_ffn_fcs: int = 2, num_heads: int = 8,
                 num_mask_fcs: int = 3, feedforward_channels: int = 2048, in_channels: int = 256,
                 out_channels: int = 256, dropout: float = 0.0,
                 act_cfg: dict = dict(type='ReLU', inplace=True),
                 ffn_act_cfg: dict = dict(type='ReLU', inplace=True), conv_kernel_size: int = 1,
                 feat_transform_cfg: dict | None = None, kernel_init: bool = False,
                 with_ffn: bool = True, feat_gather_stride: int = 1,
                 mask_transform_stride: int = 1,
                 kernel_updator_cfg: dict = dict(
                     type='DynamicConv', in_channels=256, feat_channels=64, out_channels=256,
                     act_cfg=dict(type='ReLU', inplace=True), norm_cfg=dict(type='LN'))) -> None:
        super().__init__()
        out_channels = out_channels or in_channels
        if out_channels != in_channels:
            raise InputError(f'KernelUpdateHead has out_channels={out_channels} and in_channels='
                             f'{in_channels}; its kernels meet its features, so both are equal')
        if conv_kernel_size % 2 == 0:
            raise InputError(f'KernelUpdateHead has conv_kernel_size={conv_kernel_size}; expected '
                             'an odd number')
        self.num_classes = num_classes
        self.in_channels = self.out_channels = in_channels
        self.conv_kernel_size, self.kernel_init = conv_kernel_size, kernel_init
        self.feat_gather_stride = feat_gather_stride
        self.mask_transform_stride = mask_transform_stride
        channels = in_channels * conv_kernel_size**2
        self.attention = MultiheadAttention(channels, num_heads, dropout)
        self.attention_norm = build_norm_layer(dict(type='LN'), channels)[1]
        self.kernel_update_conv = build_from_cfg(kernel_updator_cfg, TRANSFORMER_LAYER)
        self.feat_transform = None
        if feat_transform_cfg is not None:
            self.feat_transform = ConvModule(in_channels, in_channels, **{
                'kernel_size': 1, 'stride': feat_gather_stride,
                'padding': feat_gather_stride // 2, **feat_transform_cfg})
        self.ffn = None
        if with_ffn:
            self.ffn = FFN(in_channels, feedforward_channels, num_ffn_fcs, dropout,
                           act_cfg=ffn_act_cfg)
            self.ffn_norm = build_norm_layer(dict(type='LN'), in_channels)[1]
        self.mask_fcs = nn.ModuleList(
            part for _ in range(num_mask_fcs)
            for part in (nn.Linear(in_channels, in_channels, bias=False),
                         build_norm_layer(dict(type='LN'), in_channels)[1],
                         build_activation_layer(act_cfg)))
        self.fc_mask = nn.Linear(in_channels, in_channels)

    def init_weights(self) -> None:
        """Start every matrix by Glorot and Bengio's rule; see ``kernel_init`` for the last."""
        for weight in self.parameters():
            if weight.dim() > 1:
                nn.init.xavier_uniform_(weight)
        if self.kernel_init:
            nn.init.normal_(self.fc_mask.weight, mean=0, std=0.01)

    def _logits(self, kernels: Tensor, x: Tensor) -> Tensor:
        """Each image's own kernels ``(N, K, k * k, C)`` over its features ``x (N, C, h, w)``."""
        halve = self.mask_transform_stride == 2
        if halve and self.feat_gather_stride == 1:
            x = resize(x, scale_factor=.5, mode='bilinear', align_corners=False)
        side = self.conv_kernel_size
        # As a matrix product it takes any number of images, also in a trace.
        columns = x.flatten(2) if side == 1 else F.unfold(x, side, padding=side // 2)
        logits = kernels.transpose(2, 3).flatten(2) @ columns
        logits = logits.reshape(*logits.shape[:2], *x.shape[2:])
        if halve:
            logits = resize(logits, scale_factor=2, mode='bilinear', align_corners=False)
        return logits

    def forward(self, x: Tensor, proposal_feat: Tensor, mask_preds: Tensor,
                mask_shape: Sequence[int] | None = None) -> tuple[Tensor, Tensor]:
        """New logits ``(N, K, h, w)`` and the updated kernels ``(N, K, C, k, k)``.

        Args:
            x: Features ``(N, C, h, w)``.
            proposal_feat: Kernels ``(N, K, C, k, k)``.
            mask_preds: Logits of the stage before, ``(N, K, H, W)``.
            mask_shape: Wanted (height, width) of the logits.
        """
        if self.feat_transform is not None:
            x = self.feat_transform(x)
        cover = _match(mask_preds, x.shape[2:]).softmax(dim=1).flatten(2)  # (N, K, h*w)
        covered = cover @ x.flatten(2).transpose(1, 2)  # (N, K, C)
        kernels = proposal_feat.flatten(3).transpose(2, 3)  # (N, K, k*k, C)
        updated = self.kernel_update_conv(covered, kernels).reshape(*kernels.shape[:2], -1)
        updated = self.attention_norm(updated + self.attention(updated))
        updated = updated.reshape(kernels.shape)
        if self.ffn is not None:
            updated = self.ffn_norm(updated + self.ffn(updated))
        masks = updated
        for layer in self.mask_fcs:
            masks = layer(masks)
        logits = self._logits(self.fc_mask(masks), x)
        if mask_shape is not None:
            logits = _match(logits, mask_shape)
        return logits, updated.transpose(2, 3).reshape(proposal_feat.shape)


@HEADS.register_module()
class IterativeDecodeHead(BaseDecodeHead):
    """Logits of an ordinary head, improved stage by stage through its kernels (figure 2).

    Args:
        num_stages: Number of updates.
        kernel_generate_head: Config of the head that gives features, the first logits and, with
            its classifier's weights, the first kernels.
        kernel_update_head: Config of each update.
        **kwargs: ``init_cfg``, the initialisation config.

    Raises:
        InputError: Not as many updates as stages, or kernels that do not fit them.
    """

    def __init__(self, num_stages: int, kernel_generate_head: dict,
                 kernel_update_head: Sequence[dict], **kwargs: Any) -> None:
        # The generating head has what BaseDecodeHead would build.
        super(BaseDecodeHead, self).__init__(**kwargs)
        if num_stages != len(kernel_update_head):
            raise InputError(f'IterativeDecodeHead has num_stages={num_stages} but '
                             f'{len(kernel_update_head)} kernel_update_head configs; expected one '
                             'for each stage')
        self.num_stages = num_stages
        self.kernel_generate_head = generator = build_head(kernel_generate_head)
        if not hasattr(generator, '_forward_feature'):
            raise InputError(f'kernel_generate_head is a {type(generator).__name__}, which does '
                             'not tell its features; take FCNHead, PSPHead, ASPPHead or UPerHead')
        self.kernel_update_head = nn.ModuleList(build_head(cfg) for cfg in kernel_update_head)
        for index, head in enumerate(self.kernel_update_head):
            wanted = (generator.channels, generator.conv_seg.kernel_size[0])
            if (head.in_channels, head.conv_kernel_size) != wanted:
                raise InputError(
                    f'kernel_update_head[{index}] has in_channels={head.in_channels} and '
                    f'conv_kernel_size={head.conv_kernel_size}, but the kernels of '
                    f'kernel_generate_head have {wanted[0]} channels and a side of {wanted[1]}')
        self.align_corners, self.ignore_index = generator.align_corners, generator.ignore_index
        self.num_classes, self.out_channels = generator.num_classes, generator.out_channels
        self.threshold, self.input_transform = generator.threshold, generator.input_transform
        self.in_index, self.in_channels = generator.in_index, generator.in_channels

    def _stages(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Logits ``(N, K, h, w)`` before and after each update."""
        features = self.kernel_generate_head._forward_feature(inputs)
        stages = [self.kernel_generate_head.cls_seg(features)]
        weight = self.kernel_generate_head.conv_seg.weight
        kernels = weight.expand(features.shape[0], -1, -1, -1, -1)
        for head in self.kernel_update_head:
            logits, kernels = head(features, kernels, stages[-1])
            stages.append(logits)
        return stages

    def forward(self, inputs: Sequence[Tensor]) -> Tensor | list[Tensor]:
        """Logits ``(N, K, h, w)`` of the last stage; while training those of all, first to last."""
        stages = self._stages(inputs)
        return stages if self.training else stages[-1]

    def forward_test(self, inputs: Sequence[Tensor], img_metas: list[dict] | None,
                     test_cfg: dict | None) -> Tensor:
        """Logits ``(N, K, h, w)`` of the last stage."""
        return self._stages(inputs)[-1]

    def forward_train(self, inputs: Sequence[Tensor], img_metas: list[dict],
                      gt_semantic_seg: Tensor, train_cfg: dict | None) -> dict[str, Tensor]:
        """Losses by name and stage, and ``acc_seg`` of each stage."""
        return self.losses(self._stages(inputs), gt_semantic_seg)

    def losses(self, seg_logit: Sequence[Tensor],  # type: ignore[override]
               seg_label: Tensor) -> dict[str, Tensor]:
        """What the generating head's losses are, with ``.s0``, ``.s1``, … after their names.

        Args:
            seg_logit: Logits of each stage.
            seg_label: ``(N, 1, H, W)``.
        """
        return {
            f'{name}.s{stage}': value
            for stage, logits in enumerate(seg_logit)
            for name, value in self.kernel_generate_head.losses(logits, seg_label).items()
        }
