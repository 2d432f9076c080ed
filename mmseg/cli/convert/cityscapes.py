"""Paint the polygons of Cityscapes as the label maps that CityscapesDataset reads."""
from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.add_argument('cityscapes_path', help='folder of the data set')
    parser.add_argument('--gt-dir', default='gtFine',
                        help='folder in it with the polygons (default: %(default)s)')
    parser.add_argument('-o', '--out-dir',
                        help='where the lists train.txt, val.txt and test.txt go '
                        '(default: the folder of the data set)')
    parser.add_argument('--nproc', type=int, default=1, metavar='N',
                        help='number of processes (default: %(default)s)')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.corpora.archives.street import convert_cityscapes

    tally = convert_cityscapes(args.cityscapes_path, args.gt_dir, args.out_dir, args.nproc)
    print(f'{tally}, in {args.cityscapes_path}')
