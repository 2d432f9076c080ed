"""Convert weights of timm's vision transformers (also DeiT) for VisionTransformer."""
from __future__ import annotations

import argparse

from mmseg.cli.convert_weights.options import add_weights_arguments

DROPPED = r'head|pre_logits\.|dist_token'
RENAMES = (
    (r'^patch_embed\.proj\.', 'patch_embed.projection.'),
    (r'^norm\.', 'ln1.'),
    (r'^blocks\.(\d+)\.norm', r'layers.\1.ln'),
    (r'^blocks\.', 'layers.'),
    (r'\.attn\.qkv\.', '.attn.attn.in_proj_'),
    (r'\.attn\.proj\.', '.attn.attn.out_proj.'),
    (r'\.mlp\.fc1\.', '.ffn.layers.0.0.'),
    (r'\.mlp\.fc2\.', '.ffn.layers.1.'),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    add_weights_arguments(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.utils.convert import convert, rename

    convert(args.src, args.dst, lambda state: rename(state, RENAMES, DROPPED),
            needs='blocks.0.attn.qkv.weight', family="timm's VisionTransformer")
