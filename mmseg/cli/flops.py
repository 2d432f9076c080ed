"""Print the parameters and FLOPs of a config's network.

FLOPs are counted as MMSegmentation 0.x counts them: a multiplication together with its addition
is one. Convolutions and matrix products count (attention too), in the forward of one whole image
with all heads that a test uses, the page-type head included; auxiliary heads only train. Norms,
activations, pooling and resizing are left out: together they stay below a few percent.
"""
from __future__ import annotations

import argparse

from mmseg.cli.options import DictAction, add_replaced


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument('config', help='config file')
    parser.add_argument('--shape', type=int, nargs='+', default=[2048, 1024], metavar='PIXELS',
                        help='height and width of the image, or one number for a square '
                        '(default: 2048 1024)')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE',
                        help='change config keys, such as model.backbone.depth=101')
    add_replaced(parser, {'--size-divisor': 'give --shape with the size that the network gets'})


def check_arguments(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """End with a message where options do not go together."""
    if len(args.shape) > 2 or min(args.shape) < 1:
        parser.error(f'--shape takes one or two positive numbers, got {args.shape}')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.models.complexity import complexity
    from mmseg.utils.config import load_config

    size = args.shape[0], args.shape[-1]
    cost = complexity(load_config(args.config, args.cfg_options), size)
    print(f'Input shape: (3, {size[0]}, {size[1]})')
    print(f'Flops: {cost.multiply_adds / 1e9:.2f} GFLOPs')
    print(f'Params: {cost.parameters / 1e6:.2f} M')
    if cost.training_only:
        print(f'  of which only training uses {cost.training_only / 1e6:.2f} M (auxiliary heads)')
