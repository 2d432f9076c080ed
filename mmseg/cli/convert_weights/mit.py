"""Convert weights of SegFormer's authors for MixVisionTransformer."""
from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from mmseg.cli.convert_weights.options import add_weights_arguments

if TYPE_CHECKING:
    from mmseg.utils.convert import State

DROPPED = r'head\.'
RENAMES = (
    (r'^(layers\.\d\.0)\.proj\.', r'\1.projection.'),
    (r'\.mlp\.fc1\.', '.ffn.layers.0.'),
    (r'\.mlp\.dwconv\.dwconv\.', '.ffn.layers.1.'),
    (r'\.mlp\.fc2\.', '.ffn.layers.4.'),
)
PARTS = {'patch_embed': 0, 'block': 1, 'norm': 2}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    add_weights_arguments(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.utils.convert import convert

    convert(args.src, args.dst, edit, needs='block1.0.attn.q.weight', family='SegFormer')


def edit(state: State) -> State:
    """A stage is a list of patch embedding, blocks and norm; layers per token are convolutions."""
    from mmseg.utils.convert import join_query, rename
    staged = {}
    for name, value in rename(state, (), DROPPED).items():
        found = re.match(r'(patch_embed|block|norm)(\d)\.(.*)', name)
        if found:
            name = f'layers.{int(found[2]) - 1}.{PARTS[found[1]]}.{found[3]}'
        if re.search(r'\.mlp\.fc\d\.weight$', name):
            value = value[..., None, None]
        staged[name] = value
    return rename(join_query(staged), RENAMES)
