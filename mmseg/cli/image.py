"""Paint what a network sees on one page over it, and print the type of the page."""
from __future__ import annotations

import argparse

from mmseg.cli.network import CHECKPOINT_HELP, CONFIG_HELP, network_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.add_argument('img', help='the page')
    parser.add_argument('config', nargs='?', help=f'{CONFIG_HELP} (default: its first one)')
    parser.add_argument('checkpoint', nargs='?', help=CHECKPOINT_HELP)
    parser.add_argument('--out-file', help='picture to write; without it a window opens')
    parser.add_argument('--device', default='cuda:0',
                        help='where to run (default: %(default)s, or cpu where there is no GPU)')
    parser.add_argument('--palette', '--palette-thr', metavar='DATASET',
                        help='colours of this data set, such as layout or cityscapes (default: '
                        'those that the network was trained with)')
    parser.add_argument('--opacity', type=float, default=0.5,
                        help='opacity of the colours, in (0, 1] (default: %(default)s)')
    parser.add_argument('--title', default='result',
                        help='title of the window (default: %(default)s)')
    parser.add_argument('--trust', action='store_true',
                        help='read a checkpoint with pickled objects, which can run code')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.apis import inference_segmentor, init_segmentor, show_result_pyplot
    from mmseg.core.evaluation import get_palette
    from mmseg.utils.checkpoint import trust_pickles
    from mmseg.utils.plotting import check_window

    trust_pickles(args.trust)
    if not args.out_file:
        check_window('--out-file')
    palette = get_palette(args.palette) if args.palette else None
    config, checkpoint = network_of(args.config, args.checkpoint)
    model = init_segmentor(config, checkpoint, device=args.device)
    result = inference_segmentor(model, args.img)
    if isinstance(result[0], dict) and 'cls_label' in result[0]:
        print('page type:', page_type(result[0], model.PAGE_CLASSES))
    elif model.num_classes == 0:
        print('page type:', model.describe(result[0]))
    show_result_pyplot(model, args.img, result, palette, opacity=args.opacity, title=args.title,
                       out_file=args.out_file)
    if args.out_file:
        print(args.out_file)


def page_type(result: dict, names: tuple[str, ...] | None) -> str:
    """Return the page type of a result in words, with its score."""
    label = result['cls_label']
    return f"{names[label] if names else label} {result['cls_scores'][label]:.3f}"
