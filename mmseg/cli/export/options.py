"""Options that the exporting commands share."""
from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmseg.cli.options import DictAction
from mmseg.utils.errors import InputError

if TYPE_CHECKING:
    import mmcv

    from mmseg.export import Graph


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


def graph_of(args: argparse.Namespace, config: mmcv.Config,
             size: tuple[int, int] | None = None) -> Graph:
    """Return the graph that the options ``--scales``, ``--normalize``, ... ask for.

    Args:
        args: The command line.
        config: Whose test pipeline normalises.
        size: (height, width) of the answer, where not the page's.
    """
    from mmseg.export import Graph, normalization
    return Graph(scales=tuple(args.scales), flip=args.flip, layers=args.layers, output=args.output,
                 normalization=normalization(config) if args.normalize else None,
                 fuse_conv_bn=args.fuse_conv_bn, size=size)


def sides(numbers: Sequence[int] | None, option: str) -> tuple[int, int] | None:
    """Return (height, width) of one number for both or of two; None for None.

    Raises:
        InputError: There are more, or one is below 1.
    """
    if numbers is None:
        return None
    if len(numbers) > 2 or min(numbers) < 1:
        raise InputError(f'{option} takes a height and a width in pixels, or one number for both, '
                         f'got {" ".join(map(str, numbers))}')
    return numbers[0], numbers[-1]
