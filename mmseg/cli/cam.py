"""Show where on a page a network looks for a class of pixels, or for the type of the page.

Grad-CAM: light is what speaks for the class. The picture shows the page, the prediction and the
heat side by side.
"""
from __future__ import annotations

import argparse

from mmseg.cli.network import CHECKPOINT_HELP, CONFIG_HELP, network_of
from mmseg.cli.options import DictAction


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument('img', help='the page')
    parser.add_argument('config', nargs='?', help=f'{CONFIG_HELP} (default: its first one)')
    parser.add_argument('checkpoint', nargs='?', help=CHECKPOINT_HELP)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument('--target', metavar='CLASS', help='class of pixels, by name or index')
    what.add_argument('--page-type', metavar='TYPE', nargs='?', const='',
                      help='page type, by name or index; without one the predicted type')
    parser.add_argument('--layer', metavar='NAME', help='layer to look at, such as '
                        'backbone.layer3 (default: the features that the head reads; '
                        'tools/print_config.py --graph shows the names)')
    parser.add_argument('--out-file', default='class_activation.png',
                        help='picture to write (default: %(default)s)')
    parser.add_argument('--opacity', type=float, default=0.5,
                        help='of colours and heat, in (0, 1] (default: %(default)s)')
    parser.add_argument('--device', default='cuda:0',
                        help='where to run (default: %(default)s, or cpu where there is no GPU)')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE',
                        help='change config keys')
    parser.add_argument('--trust', action='store_true',
                        help='read a checkpoint with pickled objects, which can run code')


def check_arguments(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """End with a message where options do not go together."""
    if not 0 < args.opacity <= 1:
        parser.error(f'--opacity must lie in (0, 1], got {args.opacity}')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.apis import init_segmentor
    from mmseg.apis.activation import class_activation, draw_activation
    from mmseg.core.visualization import distinct_palette, save_image
    from mmseg.utils.checkpoint import trust_pickles
    from mmseg.utils.config import load_config

    trust_pickles(args.trust)
    config, checkpoint = network_of(args.config, args.checkpoint)
    model = init_segmentor(load_config(config, args.cfg_options), checkpoint, args.device)
    found = class_activation(model, args.img, target=args.target, page_type=args.page_type,
                             layer=args.layer)
    classes = model.CLASSES or [str(number) for number in range(model.num_classes)]
    palette = model.PALETTE or distinct_palette(len(classes))
    save_image(args.out_file, draw_activation(args.img, found, classes, palette, args.opacity))
    if found.pixels == 0:
        print(f'no pixel of this page is labelled {found.name}: the heat is for all pixels')
    if not found.heat.any():
        print(f'nothing at {found.layer} speaks for {found.name}')
    where = 'the page' if found.pixels is None else f'{found.pixels} pixels'
    print(f'{found.name}, score {found.score:.3f} of {where}: {args.out_file}')
