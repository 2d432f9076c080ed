"""Convert LoveDA to the folders that LoveDADataset reads."""
from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.add_argument('dataset_path', help='folder with Train.zip, Val.zip and Test.zip')
    parser.add_argument('--tmp_dir',
                        help='taken as 0.x took it, but nothing is unpacked to a disk any more')
    parser.add_argument('-o', '--out_dir', default='data/loveDA',
                        help='where the data set goes (default: %(default)s)')
    parser.add_argument('--nproc', type=int, default=1, metavar='N',
                        help='number of processes (default: %(default)s)')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.corpora.archives.aerial import convert_loveda

    tally = convert_loveda(args.dataset_path, args.out_dir, args.nproc)
    print(f'{tally}, in {args.out_dir}')
