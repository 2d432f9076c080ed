"""Convert weights of Twins' authors for PCPVT and SVT."""
from __future__ import annotations

import argparse

from mmseg.cli.convert_weights.options import add_weights_arguments
from mmseg.utils.errors import InputError

DROPPED = r'head\.'
RENAMES = (
    (r'^patch_embeds\.(\d)\.proj\.', r'patch_embeds.\1.projection.'),
    (r'^pos_block\.(\d)\.proj\.0\.', r'position_encodings.\1.proj.'),
    (r'^blocks\.', 'layers.'),
    (r'\.mlp\.fc1\.', '.ffn.layers.0.0.'),
    (r'\.mlp\.fc2\.', '.ffn.layers.1.'),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    add_weights_arguments(parser)
    parser.add_argument('model', choices=['pcpvt', 'svt'], help='which of the two networks')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.utils.convert import State, convert, join_query, rename

    def edit(state: State) -> State:
        # SVT's blocks begin with attention within windows, which has no query of its own.
        kind = 'svt' if 'blocks.0.0.attn.qkv.weight' in state else 'pcpvt'
        if kind != args.model:
            raise InputError(f'{args.src} holds weights of {kind}, not of {args.model}')
        return rename(join_query(state), RENAMES, DROPPED)

    convert(args.src, args.dst, edit, needs='pos_block.0.proj.0.weight', family='Twins')
