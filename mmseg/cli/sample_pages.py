"""Draw documents and slides with their label maps: a data set to try everything on."""
from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = (
        'Draw documents and slides together with their label maps (figure, text, '
        'table, separator line) and page types, as a data set in VOC layout that '
        'LayoutDataset reads.')
    parser.add_argument('out_dir', metavar='OUT', help='the folder to make')
    parser.add_argument('--train', type=int, default=200, metavar='N',
                        help='number of training pages (default: 200)')
    parser.add_argument('--val', type=int, default=50, metavar='N',
                        help='number of validation pages (default: 50)')
    parser.add_argument('--seed', type=int, default=0, metavar='S',
                        help='the same seed draws the same pages (default: 0)')
    parser.add_argument('--size', type=int, default=640, metavar='L',
                        help='long side of a page in pixels (default: 640)')
    parser.add_argument('--style', choices=('plain', 'rich'), default='plain',
                        help='plain pages, some as if scanned; or clean ones with more kinds of '
                             'tables, forms, newspapers, charts, stamps … (default: %(default)s)')
    parser.add_argument('--overwrite', action='store_true',
                        help='replace sample pages that are already in OUT')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.corpora.sample_pages import make_sample_pages

    out = make_sample_pages(args.out_dir, args.train, args.val, args.seed, args.size,
                            overwrite=args.overwrite, progress=True, style=args.style)
    print(f'{args.train} training and {args.val} validation pages in {out}')
