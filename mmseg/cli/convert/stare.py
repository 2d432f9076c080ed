"""Convert STARE to the folders that STAREDataset reads."""
from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.add_argument('image_path', help='stare-images.tar, or its folder')
    parser.add_argument('labels_ah', help='labels-ah.tar, or its folder')
    parser.add_argument('labels_vk', help='labels-vk.tar, or its folder')
    parser.add_argument('--tmp_dir',
                        help='taken as 0.x took it, but nothing is unpacked to a disk any more')
    parser.add_argument('-o', '--out_dir', default='data/STARE',
                        help='where the data set goes (default: %(default)s)')
    parser.add_argument('--nproc', type=int, default=1, metavar='N',
                        help='number of processes (default: %(default)s)')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.corpora.archives.vessels import convert_stare

    tally = convert_stare(
        args.image_path, args.labels_ah, args.labels_vk, args.out_dir, args.nproc)
    print(f'{tally}, in {args.out_dir}')
