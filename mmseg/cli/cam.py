"""Show where on a page a network looks for a class of pixels, or for the type of the page.

Grad-CAM: light is what speaks for the class. The picture shows the page, the prediction and the
heat side by side; of several classes or layers, each pair in a row of its own. Of a classifier,
--target names types of the page, and without it the predicted type is taken.
"""
from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from mmseg.cli.network import CHECKPOINT_HELP, CONFIG_HELP, network_of
from mmseg.cli.options import DictAction, add_replaced


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument('img', help='the page')
    parser.add_argument('config', nargs='?', help=f'{CONFIG_HELP} (default: its first one)')
    parser.add_argument('checkpoint', nargs='?', help=CHECKPOINT_HELP)
    what = parser.add_mutually_exclusive_group()
    what.add_argument('--target', action='append', metavar='CLASS',
                      help='class of pixels, by name or index; may be given several times')
    what.add_argument('--target-category', dest='target', action='extend', nargs='+',
                      metavar='CLASS', help='the same, with several classes at once')
    what.add_argument('--page-type', action='append', nargs='?', const='', metavar='TYPE',
                      help='page type, by name or index; without one the predicted type')
    parser.add_argument('--layer', action='append', metavar='NAME', help='layer to look at, such '
                        'as backbone.layer3; may be given several times (default: the features '
                        'that the head reads; mmseg config --graph shows the names)')
    parser.add_argument('--target-layers', dest='layer', action='extend', nargs='+',
                        metavar='NAME', help='the same, with several layers at once')
    parser.add_argument('--out-file', '--save-path', default='class_activation.png',
                        help='picture to write (default: %(default)s)')
    parser.add_argument('--opacity', type=float, default=0.5,
                        help='opacity of colours and heat, in (0, 1] (default: %(default)s)')
    parser.add_argument('--device', default='cuda:0',
                        help='where to run (default: %(default)s, or cpu where there is no GPU)')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE',
                        help='change config keys')
    parser.add_argument('--method', type=str.lower, choices=['gradcam'], default='gradcam',
                        help='Grad-CAM is the only one')
    parser.add_argument('--trust', action='store_true',
                        help='read a checkpoint with pickled objects, which can run code')
    maps = ('layers that give maps (N, C, H, W) can be looked at, as those are that a head reads; '
            'leave --layer out for these')
    smooth = 'the heat is shown as it is; average that of several layers by eye'
    add_replaced(parser, {
        '--preview-model': 'mmseg config CONFIG --graph shows the names of the layers',
        '--vit-like': maps, '--num-extra-tokens': maps, '--eigen-smooth': smooth,
        '--aug-smooth': smooth})


def check_arguments(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """End with a message where options do not go together."""
    if not 0 < args.opacity <= 1:
        parser.error(f'--opacity must lie in (0, 1], got {args.opacity}')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    import numpy as np

    from mmseg.apis import init_segmentor
    from mmseg.apis.activation import class_activation, draw_activation
    from mmseg.core.visualization import distinct_palette, save_image
    from mmseg.inference.predictor import pixel_classes
    from mmseg.utils.checkpoint import trust_pickles
    from mmseg.utils.config import load_config

    trust_pickles(args.trust)
    config, checkpoint = network_of(args.config, args.checkpoint)
    model = init_segmentor(load_config(config, args.cfg_options), checkpoint, args.device)
    what = _wanted(model, args.target, args.page_type)
    found = [class_activation(model, args.img, layer=layer, **wanted)
             for wanted in what for layer in args.layer or [None]]
    classes = pixel_classes(model)
    palette = model.PALETTE or distinct_palette(len(classes))
    save_image(args.out_file, np.concatenate([
        draw_activation(args.img, one, classes, palette, args.opacity) for one in found]))
    for one in found:
        if one.pixels == 0:
            print(f'no pixel of this page is labelled {one.name}: the heat is for all pixels')
        if not one.heat.any():
            print(f'nothing at {one.layer} speaks for {one.name}')
        where = 'the page' if one.pixels is None else f'{one.pixels} pixels'
        print(f'{one.name}, score {one.score:.3f} of {where}: {args.out_file}')


def _wanted(model: Any, target: Sequence[str] | None,
            page_type: Sequence[str] | None) -> list[dict[str, str]]:
    """What to look for, as ``class_activation`` takes it."""
    from mmseg.inference.predictor import pixel_classes
    from mmseg.utils.errors import InputError

    classes = pixel_classes(model)
    if not target and not page_type and classes:
        raise InputError(f'give --target, one of {", ".join(classes)}, or --page-type')
    if target and classes:
        return [dict(target=name) for name in target]
    return [dict(page_type=name) for name in target or page_type or ('', )]
