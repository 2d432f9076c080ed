"""Copy a data set with its pages as a scanner gives them, to score a network on them."""
from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = (
        __doc__ + ' Label maps move along with the pages. A page depends on the seed and on its '
        'file name only, so everybody gets the same copy.')
    parser.add_argument('data_root', metavar='FOLDER', help='folder of the data set, in VOC layout')
    parser.add_argument('out_dir', metavar='OUT', help='the folder to make')
    parser.add_argument('--split', default='val', help='whose pages to take (default: %(default)s)')
    parser.add_argument('--strength', default='bad_office_scanner',
                        help='good_scanner, office_scanner, bad_office_scanner, or a number from 0 '
                             'to 1 (default: %(default)s)')
    parser.add_argument('--effects', nargs='+', metavar='NAME',
                        help='the effects that may come (default: all), see docs/pipelines.md')
    parser.add_argument('--seed', type=int, default=0, metavar='S',
                        help='the same seed gives the same pages (default: %(default)s)')
    parser.add_argument('--overwrite', action='store_true',
                        help='replace scanned pages that are already in OUT')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.corpora.scanned import make_scanned_pages

    try:
        strength: float | str = float(args.strength)
    except ValueError:
        strength = args.strength
    out = make_scanned_pages(args.data_root, args.out_dir, args.split, strength, args.effects,
                             args.seed, args.overwrite, progress=True)
    print(f"the pages of '{args.split}' after scan effects in {out}")
