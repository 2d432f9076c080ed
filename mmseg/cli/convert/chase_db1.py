"""Convert CHASE DB1 to the folders that ChaseDB1Dataset reads."""
from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.add_argument('dataset_path', help='CHASEDB1.zip, or the folder it was unpacked to')
    parser.add_argument('--tmp_dir',
                        help='taken as 0.x took it, but nothing is unpacked to a disk any more')
    parser.add_argument('-o', '--out_dir', default='data/CHASE_DB1',
                        help='where the data set goes (default: %(default)s)')
    parser.add_argument('--nproc', type=int, default=1, metavar='N',
                        help='number of processes (default: %(default)s)')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.corpora.archives.vessels import convert_chase_db1

    tally = convert_chase_db1(args.dataset_path, args.out_dir, args.nproc)
    print(f'{tally}, in {args.out_dir}')
