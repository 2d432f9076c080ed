"""Build a corpus of pages with layout labels from Debian's archive."""
from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = (
        "Build a corpus in VOC layout from the PDFs in Debian's archive: fetch packages with "
        'apt-get download (as any user, on Debian or Ubuntu with the archive among its sources), '
        'survey their PDFs, choose pages, and convert them. Each step continues where it stopped; '
        'nothing is written outside of WORK. WORK/data is the data set, usable while it grows; '
        'WORK/packages.tsv has the versions and hashes of the packages, WORK/choice.json the '
        'chosen pages and how many documents were refused for which reason. The same package '
        'versions and seed give the same corpus.')
    parser.add_argument('work', metavar='WORK', type=Path,
                        help='folder for the packages, the choice and the data set; about 6 GB '
                             'for the whole list')
    parser.add_argument('--packages', type=Path, metavar='LIST',
                        help='packages to fetch, one a line (default: all that have PDFs)')
    parser.add_argument('--refuse', type=Path, nargs='+', metavar='LIST',
                        help="lists of what never trains, lines 'package NAME' or 'document "
                             "NAME'; near-duplicates of their pages are refused too (default: "
                             'what is held out, and the packages of the checked validation set)')
    parser.add_argument('--steps', nargs='+', metavar='STEP',
                        help='some of fetch, survey, choose, convert (default: all)')
    parser.add_argument('--pages', type=int, default=9500, metavar='N',
                        help='stop at N pages (default: %(default)s)')
    parser.add_argument('--pages-per-document', type=int, default=3, metavar='N',
                        help='at most (default: %(default)s)')
    parser.add_argument('--slides-per-document', type=int, default=30, metavar='N',
                        help='at most, of documents of slides (default: %(default)s)')
    parser.add_argument('--longer-side', type=int, default=1120, metavar='L',
                        help='longer side of a page in pixels (default: %(default)s)')
    parser.add_argument('--largest', type=float, default=700, metavar='MB',
                        help='leave out larger packages (default: %(default)s)')
    parser.add_argument('--seed', type=int, default=0, metavar='S',
                        help='another seed draws other pages (default: 0)')
    parser.add_argument('--nproc', type=int, default=1, metavar='N',
                        help='processes that convert (default: 1)')
    parser.add_argument('--checked', type=Path, metavar='OUT',
                        help='make the checked validation set in OUT instead, with its '
                             'corrections; packages are fetched to WORK')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.corpora.debian import LISTS, STEPS, Caps, Recipe, build_corpus, counts_table

    if args.checked:
        return _checked(args)
    recipe = Recipe(
        args.packages or LISTS / 'packages.txt',
        args.refuse or [LISTS / 'held_out.txt', LISTS / 'validation.txt'], pages=args.pages,
        caps=Caps(pages=args.pages_per_document, slides=args.slides_per_document), seed=args.seed,
        longer_side=args.longer_side, max_megabytes=args.largest)
    counts = build_corpus(recipe, args.work, args.steps or STEPS, args.nproc, progress=True)
    print(counts_table(counts))


def _checked(args: argparse.Namespace) -> None:
    from mmseg.corpora.debian.checked import EDITS, PAGES, build_checked, read_checked, read_edits

    pages = read_checked(PAGES)
    missed = build_checked(args.work, args.checked, pages, read_edits(EDITS), args.longer_side,
                           progress=True)
    print(f'{len(pages) - len(missed)} checked pages written to {args.checked}')
    for name, reason in missed.items():
        print(f'left out: {name}: {reason}')
