#!/usr/bin/env python
"""Paint the regions of Pascal Context as the label maps that PascalContextDataset reads."""
import argparse

from mmseg.corpora.archives.pascal import convert_pascal_context
from mmseg.utils.cli import command


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('devkit_path', help='folder with VOC2010')
    parser.add_argument('json_path', help='trainval_merged.json')
    parser.add_argument('-o', '--out_dir', help='where the label maps go '
                        '(default: VOC2010/SegmentationClassContext)')
    parser.add_argument('--nproc', type=int, default=1, metavar='N',
                        help='number of processes (default: %(default)s)')
    return parser.parse_args()


@command
def main() -> None:
    args = parse_args()
    tally = convert_pascal_context(args.devkit_path, args.json_path, args.out_dir, args.nproc)
    print(f'{tally}, in {args.out_dir or args.devkit_path}')


if __name__ == '__main__':
    main()
