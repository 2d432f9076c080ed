#!/usr/bin/env python
"""Paint the polygons of Cityscapes as the label maps that CityscapesDataset reads."""
import argparse

from mmseg.corpora.archives.street import convert_cityscapes
from mmseg.utils.cli import command


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('cityscapes_path', help='folder of the data set')
    parser.add_argument('--gt-dir', default='gtFine',
                        help='folder in it with the polygons (default: %(default)s)')
    parser.add_argument('-o', '--out-dir',
                        help='where the lists train.txt, val.txt and test.txt go '
                        '(default: the folder of the data set)')
    parser.add_argument('--nproc', type=int, default=1, metavar='N',
                        help='number of processes (default: %(default)s)')
    return parser.parse_args()


@command
def main() -> None:
    args = parse_args()
    tally = convert_cityscapes(args.cityscapes_path, args.gt_dir, args.out_dir, args.nproc)
    print(f'{tally}, in {args.cityscapes_path}')


if __name__ == '__main__':
    main()
