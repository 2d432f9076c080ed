"""A backbone inside another one, with its channels checked where they are known."""
from __future__ import annotations

from torch import nn

from ...utils.errors import InputError
from ..builder import build_backbone


def build_nested_backbone(owner: str, backbone_cfg: dict, channels: int, key: str) -> nn.Module:
    """The backbone that ``backbone_cfg`` describes.

    Args:
        owner: Name of the network that it is built into.
        backbone_cfg: Config.
        channels: Channels that the owner expects of the last feature map.
        key: The owner's key that says so.

    Raises:
        InputError: No config, or the backbone's last feature map has other channels.
    """
    if not isinstance(backbone_cfg, dict):
        raise InputError(f'{owner} needs backbone_cfg, the config of its inner backbone; got '
                         f'{type(backbone_cfg).__name__}')
    backbone = build_backbone(backbone_cfg)
    out_channels = getattr(backbone, 'feat_dim', channels)  # not every backbone tells
    if out_channels != channels:
        raise InputError(f'{owner} has {key}={channels} for the last features of its backbone, '
                         f'but {type(backbone).__name__} gives {out_channels} channels; set '
                         f'{key} to {out_channels}')
    return backbone
