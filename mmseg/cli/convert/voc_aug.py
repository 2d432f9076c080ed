"""Convert the labels of SBD, which give PASCAL VOC 2012 more pictures for training."""
from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.add_argument('devkit_path', help='folder with VOC2012')
    parser.add_argument('aug_path', help='folder with dataset/cls, or the archive benchmark.tgz')
    parser.add_argument('-o', '--out_dir', help='where the label maps go '
                        '(default: VOC2012/SegmentationClassAug)')
    parser.add_argument('--nproc', type=int, default=1, metavar='N',
                        help='number of processes (default: %(default)s)')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.corpora.archives.pascal import convert_voc_aug

    tally = convert_voc_aug(args.devkit_path, args.aug_path, args.out_dir, args.nproc)
    print(f'{tally}, in {args.out_dir or args.devkit_path}')
