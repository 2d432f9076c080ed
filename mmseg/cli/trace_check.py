"""Compare a traced file with its checkpoint on one page; exit with 1 where they disagree."""
from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from mmseg.cli.network import CHECKPOINT_HELP, CONFIG_HELP, network_of
from mmseg.utils.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.add_argument('--model-path', '--model_path', required=True, help='traced file')
    parser.add_argument('--pytorch-model-path', '--pytorch_model_path',
                        help=f'that it was traced from: {CHECKPOINT_HELP}')
    parser.add_argument('--config-path', '--config_path',
                        help=f'{CONFIG_HELP} (default: its first one)')
    parser.add_argument('--img-path', '--img_path', required=True, help='a page')
    parser.add_argument('--output-path', '--output_path', required=True,
                        help='picture to write: the page as both see it')
    parser.add_argument('--cls-dict', '--cls_dict',
                        help='names of the page types, JSON or a file of it: {"0": "document"}')
    parser.add_argument('--tolerance', type=float, default=1e-4,
                        help='difference of a score up to which both agree (default: %(default)s)')
    parser.add_argument('--trust', action='store_true',
                        help='read a checkpoint with pickled objects, which can run code')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.apis import init_segmentor, prepare_image
    from mmseg.core.visualization import save_image
    from mmseg.export import base_view, compare, draw_comparison, load_traced
    from mmseg.utils.checkpoint import trust_pickles
    from mmseg.utils.page_images import read_image

    trust_pickles(args.trust)
    traced, info = load_traced(args.model_path)
    model = init_segmentor(*network_of(args.config_path, args.pytorch_model_path), device='cpu')
    page_types = page_names(args.cls_dict) if args.cls_dict else list(info.page_types)
    image, meta = base_view(prepare_image(model.cfg, args.img_path))
    if info.graph.normalization is not None:
        image = info.graph.normalization.undo(image)
    found = compare(model, traced, image, info.graph, info.threshold)
    print(found.table(info.classes, page_types))
    page = read_image(args.img_path)
    save_image(args.output_path, draw_comparison(
        page, found, info.classes, model.PALETTE, page_types, meta['img_shape'][:2]))
    agrees = found.agrees(args.tolerance)
    print(f'both pictures: {args.output_path}\nthe two', 'agree' if agrees else 'DISAGREE')
    sys.exit(0 if agrees else 1)


def page_names(text: str) -> list[str]:
    """Return the names of page types by index, from JSON or a file of it.

    Raises:
        InputError: It is not such an object or file.
    """
    try:
        names = json.loads(text if text.lstrip().startswith('{') else Path(text).read_text('utf-8'))
        return [names[str(index)] for index in range(len(names))]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError('--cls-dict takes a JSON object or a file of it that names the page types '
                         f'from "0" on, such as {{"0": "document", "1": "slide"}}; got {text}'
                         ) from error
