"""Paint the regions of Pascal Context as the label maps that PascalContextDataset reads."""
from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.add_argument('devkit_path', help='folder with VOC2010')
    parser.add_argument('json_path', help='trainval_merged.json')
    parser.add_argument('-o', '--out_dir', help='where the label maps go '
                        '(default: VOC2010/SegmentationClassContext)')
    parser.add_argument('--nproc', type=int, default=1, metavar='N',
                        help='number of processes (default: %(default)s)')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.corpora.archives.pascal import convert_pascal_context

    tally = convert_pascal_context(args.devkit_path, args.json_path, args.out_dir, args.nproc)
    print(f'{tally}, in {args.out_dir or args.devkit_path}')
