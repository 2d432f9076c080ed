#!/usr/bin/env python
"""Convert weights of SegFormer's authors for MixVisionTransformer."""
import re

from mmseg.utils.cli import command
from mmseg.utils.convert import State, convert, converter_parser, join_query, rename

DROPPED = r'head\.'
RENAMES = (
    (r'^(layers\.\d\.0)\.proj\.', r'\1.projection.'),
    (r'\.mlp\.fc1\.', '.ffn.layers.0.'),
    (r'\.mlp\.dwconv\.dwconv\.', '.ffn.layers.1.'),
    (r'\.mlp\.fc2\.', '.ffn.layers.4.'),
)
PARTS = {'patch_embed': 0, 'block': 1, 'norm': 2}


def edit(state: State) -> State:
    """A stage is a list of patch embedding, blocks and norm; layers per token are convolutions."""
    staged = {}
    for name, value in rename(state, (), DROPPED).items():
        found = re.match(r'(patch_embed|block|norm)(\d)\.(.*)', name)
        if found:
            name = f'layers.{int(found[2]) - 1}.{PARTS[found[1]]}.{found[3]}'
        if re.search(r'\.mlp\.fc\d\.weight$', name):
            value = value[..., None, None]
        staged[name] = value
    return rename(join_query(staged), RENAMES)


@command
def main() -> None:
    args = converter_parser(__doc__).parse_args()
    convert(args.src, args.dst, edit, needs='block1.0.attn.q.weight', family='SegFormer')


if __name__ == '__main__':
    main()
