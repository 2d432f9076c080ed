#!/usr/bin/env python
"""Convert weights of BEiT's authors for BEiT."""
from mmseg.utils.cli import command
from mmseg.utils.convert import convert, converter_parser, rename

DROPPED = r'head\.|fc_norm\.'
RENAMES = (
    (r'^patch_embed\.proj\.', 'patch_embed.projection.'),
    (r'^blocks\.(\d+)\.norm', r'layers.\1.ln'),
    (r'^blocks\.', 'layers.'),
    (r'\.mlp\.fc1\.', '.ffn.layers.0.0.'),
    (r'\.mlp\.fc2\.', '.ffn.layers.1.'),
)


@command
def main() -> None:
    args = converter_parser(__doc__).parse_args()
    convert(args.src, args.dst, lambda state: rename(state, RENAMES, DROPPED),
            needs='blocks.0.attn.qkv.weight', family='BEiT')


if __name__ == '__main__':
    main()
