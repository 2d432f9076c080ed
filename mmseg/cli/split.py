"""Divide the pages of a data set into training, validation and test."""
from __future__ import annotations

import argparse

from mmseg.cli.options import add_replaced
from mmseg.utils.errors import plural


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = (
        __doc__ + ' Writes ImageSets/Segmentation/train.txt, val.txt and test.txt of a folder in '
        'VOC layout. A page stays in its split when others are added.')
    parser.add_argument('data_root', metavar='FOLDER', help='folder of the data set')
    parser.add_argument('--val', type=float, default=0.1, metavar='SHARE',
                        help='share for validation (default: %(default)s)')
    parser.add_argument('--test', type=float, default=0.1, metavar='SHARE',
                        help='share for the test, 0 for none (default: %(default)s)')
    parser.add_argument('--document', metavar='PATTERN',
                        help='regular expression whose first group is the document of a page, such '
                        "as '(.+)_page'; its pages stay together")
    parser.add_argument('--seed', type=int, default=0, metavar='S',
                        help='another seed gives another division (default: %(default)s)')
    parser.add_argument('--overwrite', action='store_true',
                        help='replace split files that are there')
    add_replaced(parser, {'--train': 'all pages that --val and --test leave are for training'})


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.corpora.divide import divide_folder

    shares = {'val': args.val, **({'test': args.test} if args.test else {})}
    counts = divide_folder(args.data_root, shares, args.seed, args.document, args.overwrite)
    print(', '.join(f'{plural(number, "page")} in {split}' for split, number in counts.items()))
