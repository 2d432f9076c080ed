"""Draw what each transform of a pipeline does to the pages of a data set."""
from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path
from typing import Any

from mmseg.cli.options import DictAction, add_replaced
from mmseg.utils.errors import InputError, plural


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = (
        __doc__ + ' Each page becomes a sheet of panels: image and label map after '
        'each transform, under its name; the page type, where there is one, comes first.')
    parser.add_argument('config', help='config file')
    parser.add_argument('--split', '--phase', choices=('train', 'val', 'test'), default='train',
                        help='which of its data sets is drawn (default: %(default)s); those of a '
                        'test with their label maps, where they have some')
    parser.add_argument('--mode', choices=('original', 'transformed', 'concat', 'pipeline'),
                        default='pipeline', help='the page as it is loaded, as the network gets '
                        'it, both, or after each transform (default: %(default)s)')
    parser.add_argument('--show-origin', action='store_true', help='the same as --mode original')
    parser.add_argument('--skip-type', nargs='+', metavar='TYPE',
                        default=['DefaultFormatBundle', 'Normalize', 'Collect'],
                        help='transforms that are left out (default: %(default)s)')
    parser.add_argument('--output-dir', default='./output', help='folder of the pictures '
                        '(default: %(default)s)')
    parser.add_argument('--number', type=int, metavar='N', help='only the first N pages')
    windows = parser.add_mutually_exclusive_group()
    windows.add_argument('--show', action='store_true', help='open each picture in a window too')
    windows.add_argument('--not-show', action='store_true',
                         help="(MMDetection's; no window opens without --show)")
    parser.add_argument('--show-interval', type=int, default=999, metavar='MS',
                        help='how long each window stays, 0: until a key (default: %(default)s)')
    parser.add_argument('--opacity', type=float, default=0.5,
                        help='opacity of the labels, in (0, 1] (default: %(default)s)')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE',
                        help='change config keys, such as data.train.split=val')
    size = 'a picture has the size of its pages; resize them in the pipeline of the config'
    add_replaced(parser, {
        '--adaptive': size, '--min-edge-length': size, '--max-edge-length': size,
        '--window-size': 'a window has the size of its picture',
        '--bgr2rgb': 'pictures have the colours of the pages, in whichever order they are loaded',
        '--show-options': '--opacity and --show-interval are options of their own'})


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from tqdm import tqdm

    from mmseg.core.visualization import save_image
    from mmseg.data_check.browse import Sheets, open_split
    from mmseg.utils.config import load_config

    cfg = load_config(args.config, args.cfg_options)
    sheets = Sheets(open_split(cfg, args.split), args.skip_type, args.opacity,
                    'original' if args.show_origin else args.mode)
    count = len(sheets) if args.number is None else min(args.number, len(sheets))
    for sheet in tqdm(islice(sheets, count), total=count, desc='pages', unit='page'):
        save_image(Path(args.output_dir) / sheet.name, sheet.picture)
        if args.show:
            show(sheet.picture, args.show_interval)
    print(f'{plural(count, "picture")} in {args.output_dir}')


def show(image: Any, milliseconds: int) -> None:
    """Open an image (H, W, 3) in a window.

    Raises:
        InputError: OpenCV was built without windows.
    """
    import cv2
    try:
        cv2.imshow('page', image)
        cv2.waitKey(milliseconds)
    except cv2.error as error:
        raise InputError('this OpenCV was built without windows (opencv-python-headless): leave '
                         '--show out and look into --output-dir') from error
