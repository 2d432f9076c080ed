#!/usr/bin/env python
"""Cut Vaihingen into the tiles that ISPRSDataset reads."""
import argparse

from mmseg.corpora.archives.aerial import convert_vaihingen
from mmseg.utils.cli import command


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('dataset_path', help='folder with the two archives '
                        'ISPRS_semantic_labeling_Vaihingen*.zip')
    parser.add_argument('--tmp_dir',
                        help='taken as 0.x took it, but nothing is unpacked to a disk any more')
    parser.add_argument('-o', '--out_dir', default='data/vaihingen',
                        help='where the data set goes (default: %(default)s)')
    parser.add_argument('--clip_size', type=int, default=512, metavar='PIXELS',
                        help='height and width of a tile (default: %(default)s)')
    parser.add_argument('--stride_size', type=int, default=256, metavar='PIXELS',
                        help='taken as 0.x took it, where tiles lay side by side whatever it said')
    parser.add_argument('--nproc', type=int, default=1, metavar='N',
                        help='number of processes (default: %(default)s)')
    return parser.parse_args()


@command
def main() -> None:
    args = parse_args()
    tally = convert_vaihingen(args.dataset_path, args.out_dir, args.clip_size, args.nproc)
    print(f'{tally}, in {args.out_dir}')


if __name__ == '__main__':
    main()
