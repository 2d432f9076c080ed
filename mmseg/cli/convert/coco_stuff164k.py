"""Convert COCO-Stuff 164k to the label maps that COCOStuffDataset reads."""
from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.add_argument('coco_path', help='folder with images and annotations, each '
                        'with train2017 and val2017')
    parser.add_argument('-o', '--out_dir', help='where the data set goes (default: coco_path)')
    parser.add_argument('--nproc', type=int, default=16, metavar='N',
                        help='number of processes (default: %(default)s)')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.corpora.archives.coco_stuff import convert_coco_stuff164k

    tally = convert_coco_stuff164k(args.coco_path, args.out_dir, args.nproc)
    print(f'{tally}, in {args.out_dir or args.coco_path}')
