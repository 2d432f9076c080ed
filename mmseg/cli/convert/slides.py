"""Turn slides with pixel masks, such as SPaSe and WiSe, into a data set in VOC layout."""
from __future__ import annotations

import argparse
from pathlib import Path

from mmseg.cli.convert.options import add_conversion_options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = (
        __doc__ + ' MASKS/a.png holds a value or colour per pixel, which "values" of '
        'the class map names; or MASKS/a/title.png or MASKS/title/a.png are black and white masks '
        'of a label each, which may overlap.')
    parser.add_argument('images', metavar='IMAGES', help='the folder of slides')
    parser.add_argument('masks', metavar='MASKS', help='the folder of masks')
    parser.add_argument('out', metavar='OUT', help='the data set; other splits may be in it')
    add_conversion_options(parser, 'slides', val=True)


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.corpora.annotations import MaskReader
    from mmseg.corpora.annotations.command import images_in, read_map, run

    class_map = read_map(args)
    labels = tuple(sorted(path.name for path in Path(args.masks).glob('*') if path.is_dir()))
    reader = MaskReader(args.masks, args.images, class_map, labels, args.prefix)
    images = images_in(args.images)
    run(args, class_map, images, reader, images)
