"""Turn a folder of labelme's files into a data set in VOC layout."""
from __future__ import annotations

import argparse
from pathlib import Path

from mmseg.cli.convert.options import add_conversion_options
from mmseg.utils.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = (
        __doc__ + ' Polygons, rectangles, circles, lines and masks are painted, '
        '__ignore__ becomes 255. A flag that is ticked, or a folder, that is called as a page type '
        'gives the page its type. Where FOLDER has a labels.txt, its names become the '
        'classes unless --map says otherwise.')
    parser.add_argument('folder', metavar='FOLDER', help='JSON files, here and below')
    parser.add_argument('out', metavar='OUT', help='the data set; other splits may be in it')
    parser.add_argument('--line-width', type=float, metavar='PIXELS',
                        help='thickness of lines, in place of what the class map says')
    add_conversion_options(parser, 'labelme', val=True)
    parser.set_defaults(map=None)


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.corpora.annotations import LabelmeReader, find_files
    from mmseg.corpora.annotations.command import images_in, read_map, run

    names = Path(args.folder, 'labels.txt')
    if args.map is None:
        args.map = str(names) if names.is_file() else 'labelme'
        if names.is_file():
            print(f'classes of {names}; --map labelme takes those of the package')
    class_map = read_map(args)
    files = find_files(args.folder, '.json')
    try:
        images = images_in(args.folder)
    except InputError:  # they are embedded, or elsewhere
        images = ['page.jpg']
    run(args, class_map, files, LabelmeReader(args.folder, class_map, args.prefix), images)
