"""Convert weights of MPViT's authors for MPViT, which has their names: without the classifier."""
from __future__ import annotations

import argparse

from mmseg.cli.convert_weights.options import add_weights_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    add_weights_arguments(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.utils.convert import convert, rename

    convert(args.src, args.dst, lambda state: rename(state, (), r'cls_head\.'),
            needs='stem.0.conv.weight', family="MPViT's backbone")
