#!/usr/bin/env python
"""Build a corpus of pages with layout labels out of Debian's archive."""
import argparse
from pathlib import Path

from mmseg.corpora.debian import LISTS, STEPS, Caps, Recipe, build_corpus, counts_table
from mmseg.utils.cli import command


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Build a corpus in VOC layout out of the PDFs in Debian's archive: fetch "
                    'packages with apt-get download (as any user, on Debian or Ubuntu with the '
                    "archive among apt's sources), look at their PDFs quickly, choose pages, and "
                    'convert them. Each step goes on where it stopped, nothing is written outside '
                    'of WORK, and the same packages and seed give the same corpus. '
                    'WORK/data is the data set, usable while it grows; WORK/packages.tsv has '
                    'versions and hashes of the packages, WORK/choice.json the chosen pages and '
                    'what was refused.')
    parser.add_argument('work', metavar='WORK', type=Path,
                        help='folder for packages, choice and data set; about 12 GB')
    parser.add_argument('--packages', type=Path, metavar='LIST', default=LISTS / 'packages.txt',
                        help='packages to fetch, one a line (default: all with PDFs)')
    parser.add_argument('--refuse', type=Path, nargs='+', metavar='LIST',
                        default=[LISTS / 'held_out.txt', LISTS / 'validation.txt'],
                        help="lists of what never trains, lines 'package NAME' or 'document "
                             "NAME'; their near-duplicates are refused too (default: what is held "
                             'out for tests, and the packages of the checked validation set)')
    parser.add_argument('--steps', nargs='+', choices=STEPS, default=list(STEPS), metavar='STEP',
                        help=f'of {", ".join(STEPS)} (default: all)')
    parser.add_argument('--pages', type=int, default=9000, metavar='N',
                        help='stop at N pages (default: %(default)s)')
    parser.add_argument('--pages-per-document', type=int, default=Caps.pages, metavar='N',
                        help='at most (default: %(default)s)')
    parser.add_argument('--slides-per-document', type=int, default=Caps.slides, metavar='N',
                        help='at most, of documents of slides (default: %(default)s)')
    parser.add_argument('--longer-side', type=int, default=1120, metavar='L',
                        help='of a page in pixels (default: %(default)s)')
    parser.add_argument('--largest', type=float, default=700, metavar='MB',
                        help='leave out larger packages (default: %(default)s)')
    parser.add_argument('--seed', type=int, default=0, metavar='S',
                        help='another seed draws other pages (default: 0)')
    parser.add_argument('--nproc', type=int, default=1, metavar='N',
                        help='processes that convert (default: 1)')
    return parser.parse_args()


@command
def main() -> None:
    args = parse_args()
    caps = Caps(pages=args.pages_per_document, slides=args.slides_per_document)
    recipe = Recipe(args.packages, args.refuse, args.pages, caps, args.seed, args.longer_side,
                    args.largest)
    print(counts_table(build_corpus(recipe, args.work, args.steps, args.nproc, progress=True)))


if __name__ == '__main__':
    main()
