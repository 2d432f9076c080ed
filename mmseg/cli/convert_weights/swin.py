"""Convert weights of Swin's authors for SwinTransformer."""
from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mmseg.cli.convert_weights.options import add_weights_arguments

if TYPE_CHECKING:
    import torch

    from mmseg.utils.convert import State

# The masks of shifted windows are computed, not learnt.
DROPPED = r'head\.|.*\.attn_mask$'
RENAMES = (
    (r'^patch_embed\.proj\.', 'patch_embed.projection.'),
    (r'^layers\.', 'stages.'),
    (r'\.attn\.', '.attn.w_msa.'),
    (r'\.mlp\.fc1\.', '.ffn.layers.0.0.'),
    (r'\.mlp\.fc2\.', '.ffn.layers.1.'),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    add_weights_arguments(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.utils.convert import convert

    convert(args.src, args.dst, edit, needs='layers.0.blocks.0.attn.qkv.weight', family='Swin')


def merged_order(value: torch.Tensor) -> torch.Tensor:
    """``(..., 4 * C)`` with the last axis, the channels of four tokens, in the order of ``unfold``.

    There they come token by token and column by column; here channel by channel, and the tokens
    of each row by row.
    """
    parts = value.unflatten(-1, (4, -1))[..., [0, 2, 1, 3], :]
    return parts.transpose(-1, -2).flatten(-2).contiguous()


def edit(state: State) -> State:
    """Weights under the names of :class:`SwinTransformer`, out of those of its authors; patches
    are merged in the order of ``nn.Unfold``."""
    from mmseg.utils.convert import rename
    return {
        name: merged_order(value) if '.downsample.' in name else value
        for name, value in rename(state, RENAMES, DROPPED).items()
    }
