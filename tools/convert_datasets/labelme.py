#!/usr/bin/env python
"""Turn a folder of labelme's files into a data set in VOC layout."""
import argparse

from mmseg.corpora.annotations import LabelmeReader, find_files
from mmseg.corpora.annotations.command import add_options, images_in, read_map, run
from mmseg.utils.cli import command
from mmseg.utils.errors import InputError


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__ + ' Polygons, rectangles, circles, lines and masks are painted, '
        '__ignore__ becomes 255. A flag that is ticked, or a folder, that is called as a page type '
        'gives the page its type.')
    parser.add_argument('folder', metavar='FOLDER', help='JSON files, here and below')
    parser.add_argument('out', metavar='OUT', help='the data set; other splits may be in it')
    parser.add_argument('--line-width', type=float, metavar='PIXELS',
                        help='thickness of lines, in place of what the class map says')
    add_options(parser, 'labelme', val=True)
    return parser.parse_args()


@command
def main() -> None:
    args = parse_args()
    class_map = read_map(args)
    files = find_files(args.folder, '.json')
    try:
        images = images_in(args.folder)
    except InputError:  # they are embedded, or elsewhere
        images = ['page.jpg']
    run(args, class_map, files, LabelmeReader(args.folder, class_map, args.prefix), images)


if __name__ == '__main__':
    main()
