"""Turn pages labelled in COCO's format into a data set in VOC layout."""
from __future__ import annotations

import argparse
import os

from mmseg.cli.convert.options import add_conversion_options
from mmseg.utils.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = (
        __doc__ + ' For PubLayNet, DocLayNet, D4LA, M6Doc, TableBank and whatever else '
        'COCO describes: polygons, boxes, run lengths.')
    parser.add_argument('json', metavar='JSON', help='the annotations')
    parser.add_argument('images', metavar='IMAGES', help='the folder that its file names are in')
    parser.add_argument('out', metavar='OUT', help='the data set; other splits may be in it')
    add_conversion_options(parser, None)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        InputError: The folder of images is missing, or the class map lacks a category.
    """
    from mmseg.corpora.annotations import CocoReader, index_coco
    from mmseg.corpora.annotations.command import read_map, run

    class_map = read_map(args)
    if not os.path.isdir(args.images):
        raise InputError(f'{args.images} is not a folder of images')
    index = index_coco(args.json, args.images)
    unknown = [name for name in index.categories.values() if class_map.find(name) is None]
    if unknown and args.unknown == 'error':
        raise InputError(f"the class map {class_map.source} does not know "
                         f"{len(unknown)} categories of {args.json}: {', '.join(unknown)}; name "
                         'the right one by --map, add them in a copy of it, or leave such regions '
                         'out by --unknown ignore')
    reader = CocoReader(args.json, args.images, index.categories, class_map, args.prefix)
    run(args, class_map, index.pages, reader, [page.image['file_name'] for page in index.pages],
        skipped=index.skipped)
