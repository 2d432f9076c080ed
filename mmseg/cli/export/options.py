"""Options that the exporting commands share."""
import argparse

from mmseg.cli.options import DictAction


def add_graph_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for what is computed inside the file."""
    inside = parser.add_argument_group('inside the file')
    inside.add_argument('--normalize', action='store_true', help='normalise there: pages go in as '
                        'uint8 in BGR, as they are read, instead of normalised float32')
    inside.add_argument('--output', choices=['scores', 'logits', 'pred'], default='scores',
                        help='scores in [0, 1] (default), logits before the softmax, or the label '
                        'of each pixel')
    inside.add_argument('--fuse-conv-bn', action='store_true',
                        help='make batch norms part of the convolutions before them')
    inside.add_argument('--scales', type=float, nargs='+', default=[1.0],
                        help='views to average, as ratios to the page, such as 0.5 1.0')
    inside.add_argument('--flip', action='store_true', help='add the mirror image of each view')
    inside.add_argument('--layers', nargs='+', action=DictAction, metavar='CLASS=SCALE[,SCALE]',
                        help="scales that a class uses, such as validline=1.0; with several "
                             "scales the config's test_cfg.layers count by default")
