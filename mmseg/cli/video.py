"""Paint what a network sees over each frame of a video."""
from __future__ import annotations

import argparse

from mmseg.cli.network import CHECKPOINT_HELP, CONFIG_HELP, network_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.add_argument('video', help='video file, or the number of a camera')
    parser.add_argument('config', nargs='?', help=f'{CONFIG_HELP} (default: its first one)')
    parser.add_argument('checkpoint', nargs='?', help=CHECKPOINT_HELP)
    parser.add_argument('--device', default='cuda:0',
                        help='where to run (default: %(default)s, or cpu where there is no GPU)')
    parser.add_argument('--palette', '--palette-thr', metavar='DATASET',
                        help='colours of this data set, such as layout or cityscapes (default: '
                        'those that the network was trained with)')
    parser.add_argument('--show', action='store_true', help='open a window; q or Esc closes it')
    parser.add_argument('--show-wait-time', type=int, default=1, metavar='MS',
                        help='how long a frame stays, 0: until a key (default: %(default)s)')
    parser.add_argument('--output-file', metavar='FILE', help='video to write, .avi or .mp4')
    parser.add_argument('--output-fourcc', default='MJPG', metavar='CODEC',
                        help='codec of the video, such as mp4v for .mp4 (default: %(default)s)')
    parser.add_argument('--output-fps', type=float, default=-1, metavar='RATE',
                        help='frames a second (default: as the source)')
    parser.add_argument('--output-height', type=int, default=-1, metavar='PIXELS',
                        help='height without the legend (default: as the source)')
    parser.add_argument('--output-width', type=int, default=-1, metavar='PIXELS',
                        help='width without the legend (default: as the source)')
    parser.add_argument('--opacity', type=float, default=0.5,
                        help='opacity of the colours, in (0, 1] (default: %(default)s)')
    parser.add_argument('--trust', action='store_true',
                        help='read a checkpoint with pickled objects, which can run code')


def check_arguments(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """End with a message where options do not go together."""
    if not (args.show or args.output_file):
        parser.error('nothing to do: give --output-file or --show')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.apis import init_segmentor
    from mmseg.apis.video import paint_video
    from mmseg.core.evaluation import get_palette
    from mmseg.utils.checkpoint import trust_pickles

    trust_pickles(args.trust)
    palette = get_palette(args.palette) if args.palette else None
    model = init_segmentor(*network_of(args.config, args.checkpoint), device=args.device)
    count = paint_video(
        model, int(args.video) if args.video.isdigit() else args.video, out=args.output_file,
        show=args.show, wait=args.show_wait_time, palette=palette, opacity=args.opacity,
        fourcc=args.output_fourcc, fps=args.output_fps,
        size=(args.output_height, args.output_width))
    print(f'{count} frames' + (f' in {args.output_file}' if args.output_file else ''))
