"""Compare blocks of text in PAGE-XML files with true ones: F1 at IoU 0.5, splits, merges, order.

The true ones are those of other PAGE-XML files, or the paragraphs of tagged PDFs. The order is
judged by the share of true neighbours, both of which were found, that follow each other directly
in the result too.
"""
from __future__ import annotations

import argparse

from mmseg.utils.errors import plural


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument('true', help='folder of PAGE-XML files whose TextRegions are paragraphs, '
                        'or of tagged PDFs; or one such PDF')
    parser.add_argument('found', help='folder of PAGE-XML files of the same names, as '
                        'mmseg layout --format page writes them')
    parser.add_argument('--json', metavar='FILE', help='write the scores of each page too')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.core.evaluation.report import write_json
    from mmseg.layout.score_blocks import score_blocks

    scores = score_blocks(args.true, args.found)
    pages = scores.pop('pages')
    print(plural(len(pages), 'page'))
    for name, value in scores.items():
        print(f'{name}: {value if isinstance(value, int) else format(value, ".4f")}')
    if args.json:
        write_json({**scores, 'pages': pages}, args.json)
