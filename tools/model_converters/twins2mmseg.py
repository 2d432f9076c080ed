#!/usr/bin/env python
"""Convert weights of Twins' authors for PCPVT and SVT."""
from mmseg.utils.cli import command
from mmseg.utils.convert import State, convert, converter_parser, join_query, rename
from mmseg.utils.errors import InputError

DROPPED = r'head\.'
RENAMES = (
    (r'^patch_embeds\.(\d)\.proj\.', r'patch_embeds.\1.projection.'),
    (r'^pos_block\.(\d)\.proj\.0\.', r'position_encodings.\1.proj.'),
    (r'^blocks\.', 'layers.'),
    (r'\.mlp\.fc1\.', '.ffn.layers.0.0.'),
    (r'\.mlp\.fc2\.', '.ffn.layers.1.'),
)


@command
def main() -> None:
    parser = converter_parser(__doc__)
    parser.add_argument('model', choices=['pcpvt', 'svt'], help='which of the two networks')
    args = parser.parse_args()

    def edit(state: State) -> State:
        # SVT's blocks begin with attention within windows, which has no query of its own.
        kind = 'svt' if 'blocks.0.0.attn.qkv.weight' in state else 'pcpvt'
        if kind != args.model:
            raise InputError(f'{args.src} holds weights of {kind}, not of {args.model}')
        return rename(join_query(state), RENAMES, DROPPED)

    convert(args.src, args.dst, edit, needs='pos_block.0.proj.0.weight', family='Twins')


if __name__ == '__main__':
    main()
