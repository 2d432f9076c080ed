#!/usr/bin/env python
"""Convert the labels of SBD, which give PASCAL VOC 2012 more pictures for training."""
import argparse

from mmseg.corpora.archives.pascal import convert_voc_aug
from mmseg.utils.cli import command


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('devkit_path', help='folder with VOC2012')
    parser.add_argument('aug_path', help='folder with dataset/cls, or the archive benchmark.tgz')
    parser.add_argument('-o', '--out_dir', help='where the label maps go '
                        '(default: VOC2012/SegmentationClassAug)')
    parser.add_argument('--nproc', type=int, default=1, metavar='N',
                        help='number of processes (default: %(default)s)')
    return parser.parse_args()


@command
def main() -> None:
    args = parse_args()
    tally = convert_voc_aug(args.devkit_path, args.aug_path, args.out_dir, args.nproc)
    print(f'{tally}, in {args.out_dir or args.devkit_path}')


if __name__ == '__main__':
    main()
