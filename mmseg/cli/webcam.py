"""Paint what a network sees over the picture of a camera, in a window; q or Esc ends it."""
from __future__ import annotations

import argparse

from mmseg.cli.network import CHECKPOINT_HELP, CONFIG_HELP, network_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.add_argument('config', nargs='?', help=f'{CONFIG_HELP} (default: its first one)')
    parser.add_argument('checkpoint', nargs='?', help=CHECKPOINT_HELP)
    parser.add_argument('--device', default='cuda:0',
                        help='where to run (default: %(default)s, or cpu where there is no GPU)')
    parser.add_argument('--camera-id', type=int, default=0, metavar='NUMBER',
                        help='which camera (default: %(default)s)')
    parser.add_argument('--palette', '--palette-thr', metavar='DATASET',
                        help='colours of this data set, such as layout or cityscapes (default: '
                        'those that the network was trained with)')
    parser.add_argument('--opacity', type=float, default=0.5,
                        help='opacity of the colours, in (0, 1] (default: %(default)s)')
    parser.add_argument('--output-file', metavar='FILE', help='record what is shown as .avi')
    parser.add_argument('--trust', action='store_true',
                        help='read a checkpoint with pickled objects, which can run code')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.apis import init_segmentor
    from mmseg.apis.video import paint_video
    from mmseg.core.evaluation import get_palette
    from mmseg.utils.checkpoint import trust_pickles

    trust_pickles(args.trust)
    palette = get_palette(args.palette) if args.palette else None
    model = init_segmentor(*network_of(args.config, args.checkpoint), device=args.device)
    count = paint_video(model, args.camera_id, out=args.output_file, show=True, palette=palette,
                        opacity=args.opacity)
    print(f'{count} frames')
