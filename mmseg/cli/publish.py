"""Prepare a checkpoint for publication: without the optimizer, named after its content.

The file gets eight digits of its SHA-256 into its name: OUT_FILE model.pth becomes
model-1a2b3c4d.pth. The names of classes and page types and the config stay in it.
"""
from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument('in_file', help='checkpoint of a training')
    parser.add_argument('out_file', help='where to write, without the digits')
    parser.add_argument('--trust', action='store_true',
                        help='read a checkpoint with pickled objects, which can run code')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.utils.checkpoint import trust_pickles
    from mmseg.utils.publish import publish

    trust_pickles(args.trust)
    file = publish(args.in_file, args.out_file)
    before, after = (Path(name).stat().st_size / 1e6 for name in (args.in_file, file))
    print(f'{file}: {after:.1f} MB, of {before:.1f} MB in {args.in_file}')
