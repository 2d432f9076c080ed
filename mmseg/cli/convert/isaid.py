"""Cut iSAID into the tiles that iSAIDDataset reads."""
from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.add_argument('dataset_path', help='folder with train, val and test')
    parser.add_argument('--tmp_dir',
                        help='taken as 0.x took it, but nothing is unpacked to a disk any more')
    parser.add_argument('-o', '--out_dir', default='data/iSAID',
                        help='where the data set goes (default: %(default)s)')
    parser.add_argument('--patch_width', type=int, default=896, metavar='PIXELS',
                        help='width of a tile (default: %(default)s)')
    parser.add_argument('--patch_height', type=int, default=896, metavar='PIXELS',
                        help='height of a tile (default: %(default)s)')
    parser.add_argument('--overlap_area', type=int, default=384, metavar='PIXELS',
                        help='what a tile shares with the next (default: %(default)s)')
    parser.add_argument('--nproc', type=int, default=1, metavar='N',
                        help='number of processes (default: %(default)s)')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.corpora.archives.aerial import convert_isaid

    tally = convert_isaid(args.dataset_path, args.out_dir, (args.patch_height, args.patch_width),
                          args.overlap_area, args.nproc)
    print(f'{tally}, in {args.out_dir}')
