"""Compare Tesseract on the text lines of PDF pages with Tesseract alone.

The text of the PDF is the truth. The rate of wrong characters counts each that has to be inserted,
deleted or replaced, order included, so a page that is read in another order has a high one.
Tesseract has to be installed.
"""
from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument('inputs', nargs='+', metavar='[NETWORK] PAGE',
                        help='pages as paper.pdf#page=6, or paper.pdf for the first; before them '
                        'may come the network, as for mmseg layout')
    parser.add_argument('--language', default='eng', help='languages of Tesseract, such as eng+deu '
                        '(default: %(default)s)')
    parser.add_argument('--dpi', type=float, default=200,
                        help='resolution of the pages, in dots per inch (default: %(default)s)')
    parser.add_argument('--device', default='cuda:0',
                        help="'cpu' or a GPU; without one it is the CPU (default: %(default)s)")
    parser.add_argument('--trust', action='store_true',
                        help='read checkpoints that hold pickled objects, which can run code')
    parser.add_argument('--json', metavar='FILE', help='write the numbers of each page too')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from dataclasses import asdict

    from mmseg.cli.layout import open_network
    from mmseg.cli.network import split_inputs
    from mmseg.core.evaluation.report import write_json
    from mmseg.layout.read import region_options
    from mmseg.layout.score_ocr import score_ocr

    config, checkpoint, pages = split_inputs(args.inputs)
    predictor = open_network(config, checkpoint, args.device, 1, None, args.trust)
    options = region_options(predictor)
    scores = []
    print('alone  lines  page')
    for page in pages:
        score = score_ocr(predictor, page, options, language=args.language, dpi=args.dpi)
        scores.append(score)
        alone, lines = score.rates()
        print(f'{alone:5.1%}  {lines:5.1%}  {page}', flush=True)
    means = [sum(rates) / len(scores) for rates in zip(*(score.rates() for score in scores))]
    print(f'{means[0]:5.1%}  {means[1]:5.1%}  mean')
    if args.json:
        write_json({'alone': means[0], 'lines': means[1],
                    'pages': [asdict(score) for score in scores]}, args.json)
