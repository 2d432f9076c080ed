#!/usr/bin/env python
"""Convert STARE to the folders that STAREDataset reads."""
import argparse

from mmseg.corpora.archives.vessels import convert_stare
from mmseg.utils.cli import command


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('image_path', help='stare-images.tar, or its folder')
    parser.add_argument('labels_ah', help='labels-ah.tar, or its folder')
    parser.add_argument('labels_vk', help='labels-vk.tar, or its folder')
    parser.add_argument('--tmp_dir',
                        help='taken as 0.x took it, but nothing is unpacked to a disk any more')
    parser.add_argument('-o', '--out_dir', default='data/STARE',
                        help='where the data set goes (default: %(default)s)')
    parser.add_argument('--nproc', type=int, default=1, metavar='N',
                        help='number of processes (default: %(default)s)')
    return parser.parse_args()


@command
def main() -> None:
    args = parse_args()
    tally = convert_stare(
        args.image_path, args.labels_ah, args.labels_vk, args.out_dir, args.nproc)
    print(f'{tally}, in {args.out_dir}')


if __name__ == '__main__':
    main()
