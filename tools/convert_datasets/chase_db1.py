#!/usr/bin/env python
"""Convert CHASE DB1 to the folders that ChaseDB1Dataset reads."""
import argparse

from mmseg.corpora.archives.vessels import convert_chase_db1
from mmseg.utils.cli import command


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('dataset_path', help='CHASEDB1.zip, or the folder it was unpacked to')
    parser.add_argument('--tmp_dir',
                        help='taken as 0.x took it, but nothing is unpacked to a disk any more')
    parser.add_argument('-o', '--out_dir', default='data/CHASE_DB1',
                        help='where the data set goes (default: %(default)s)')
    parser.add_argument('--nproc', type=int, default=1, metavar='N',
                        help='number of processes (default: %(default)s)')
    return parser.parse_args()


@command
def main() -> None:
    args = parse_args()
    tally = convert_chase_db1(args.dataset_path, args.out_dir, args.nproc)
    print(f'{tally}, in {args.out_dir}')


if __name__ == '__main__':
    main()
