"""Make a layout data set from born-digital PDFs, with labels from what is drawn on the pages."""
from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = (
        'Make a layout data set in VOC layout from PDFs: pages as pictures, and '
        'label maps (figure, text, table, separator line) from the text, images, '
        'drawings and rules that the PDF consists of. Scans have no such objects and '
        'are skipped, as are broken and encrypted files; pdf_report.json in OUT says '
        'which and why. An interrupted call continues where it stopped.')
    parser.add_argument('folder', metavar='FOLDER', help='folder of PDFs, also in folders below')
    parser.add_argument('out_dir', metavar='OUT', help='folder of the data set')
    parser.add_argument('--longer-side', type=int, metavar='L',
                        help='longer side of a page in pixels (default: 1120)')
    parser.add_argument('--dpi', type=float, metavar='D',
                        help='pixels per inch, in place of --longer-side')
    parser.add_argument('--max-pages', type=int, metavar='N',
                        help='at most N pages of each document, evenly spread (default: all)')
    parser.add_argument('--val', type=float, default=0.2, metavar='SHARE',
                        help='share of the documents for validation (default: %(default)s); the '
                             'pages of a document stay together')
    parser.add_argument('--seed', type=int, default=0, metavar='S',
                        help='another seed divides the documents differently (default: 0)')
    parser.add_argument('--page-type', nargs='+', default=[], metavar='PATTERN=TYPE',
                        help="page type of the documents whose path below FOLDER matches, such as "
                             "'slides/*=slide' or 'talk.pdf=slide', the first match counts; else "
                             'pages between 1.2 and 1.9 times as wide as tall, but for turned A4 '
                             'and letter, are slides, where most pages of the document are')
    parser.add_argument('--page-classes', nargs='+', default=['document', 'slide'], metavar='TYPE',
                        help='names of the page types (default: document slide)')
    parser.add_argument('--nproc', type=int, default=1, metavar='N',
                        help='number of processes (default: 1)')
    parser.add_argument('--timeout', type=float, default=9, metavar='S',
                        help='seconds after which a page is skipped (default: %(default)s)')
    parser.add_argument('--text', choices=['lines', 'paragraphs'], default='lines',
                        help='label lines of text, or paragraphs with the gaps between their lines '
                             '(default: lines)')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.corpora.pdf import convert_pdfs, report_table

    report = convert_pdfs(
        args.folder, args.out_dir, longer_side=args.longer_side, dpi=args.dpi, val=args.val,
        seed=args.seed, max_pages=args.max_pages, page_types=args.page_type,
        page_classes=args.page_classes, nproc=args.nproc, timeout=args.timeout, text=args.text,
        progress=True)
    print(report_table(report))
    print(f'written to {args.out_dir}')
