"""Convert weights of STDC's authors for STDCNet."""
from __future__ import annotations

import argparse
import re

from mmseg.cli.convert_weights.options import add_weights_arguments
from mmseg.utils.errors import InputError

# Blocks of the last three stages; the first two are a convolution each.
BLOCKS = {'STDC1': (2, 2, 2), 'STDC2': (4, 5, 3)}
# The classifier, and the parts of the network under the names of their stages once more.
DROPPED = r'(?!features\.)'
RENAMES = (
    (r'\.conv_list\.', '.layers.'),
    (r'\.avd_layer\.0\.', '.downsample.conv.'),
    (r'\.avd_layer\.1\.', '.downsample.bn.'),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    add_weights_arguments(parser)
    parser.add_argument('type', choices=list(BLOCKS), help='which of the two networks')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.utils.convert import State, convert, rename

    places = ['0', '1'] + [
        f'{stage}.{block}' for stage, count in enumerate(BLOCKS[args.type], start=2)
        for block in range(count)
    ]

    def edit(state: State) -> State:
        named = rename(state, RENAMES, DROPPED)
        count = 1 + max(int(name.split('.')[1]) for name in named)
        if count != len(places):
            raise InputError(f'{args.src} has {count} features, but {args.type} has {len(places)}; '
                             'the type may be the other one')
        return {re.sub(r'^features\.(\d+)', lambda found: f'stages.{places[int(found[1])]}', name):
                value for name, value in named.items()}

    convert(args.src, args.dst, edit, needs='features.2.conv_list.0.conv.weight', family='STDC')
