#!/usr/bin/env python
"""Convert weights of MPViT's authors for MPViT, which has their names: without the classifier."""
from mmseg.utils.cli import command
from mmseg.utils.convert import convert, converter_parser, rename


@command
def main() -> None:
    args = converter_parser(__doc__).parse_args()
    convert(args.src, args.dst, lambda state: rename(state, (), r'cls_head\.'),
            needs='stem.0.conv.weight', family="MPViT's backbone")


if __name__ == '__main__':
    main()
