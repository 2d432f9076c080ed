#!/usr/bin/env python
"""Turn slides with pixel masks, such as SPaSe and WiSe, into a data set in VOC layout."""
import argparse
from pathlib import Path

from mmseg.corpora.annotations import MaskReader
from mmseg.corpora.annotations.command import add_options, images_in, read_map, run
from mmseg.utils.cli import command


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__ + ' MASKS/a.png holds a value or colour per pixel, which "values" of '
        'the class map names; or MASKS/a/title.png or MASKS/title/a.png are black and white masks '
        'of a label each, which may lie over each other.')
    parser.add_argument('images', metavar='IMAGES', help='the folder of slides')
    parser.add_argument('masks', metavar='MASKS', help='the folder of masks')
    parser.add_argument('out', metavar='OUT', help='the data set; other splits may be in it')
    add_options(parser, 'slides', val=True)
    return parser.parse_args()


@command
def main() -> None:
    args = parse_args()
    class_map = read_map(args)
    labels = tuple(sorted(path.name for path in Path(args.masks).glob('*') if path.is_dir()))
    reader = MaskReader(args.masks, args.images, class_map, labels, args.prefix)
    images = images_in(args.images)
    run(args, class_map, images, reader, images)


if __name__ == '__main__':
    main()
