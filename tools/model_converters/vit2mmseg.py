#!/usr/bin/env python
"""Convert weights of timm's vision transformers (also DeiT) for VisionTransformer."""
from mmseg.utils.cli import command
from mmseg.utils.convert import convert, converter_parser, rename

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


@command
def main() -> None:
    args = converter_parser(__doc__).parse_args()
    convert(args.src, args.dst, lambda state: rename(state, RENAMES, DROPPED),
            needs='blocks.0.attn.qkv.weight', family="timm's VisionTransformer")


if __name__ == '__main__':
    main()
