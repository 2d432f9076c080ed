"""Turn pages with PAGE-XML, such as PRImA's, into a data set in VOC layout."""
from __future__ import annotations

import argparse

from mmseg.cli.convert.options import add_conversion_options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = (
        __doc__ + ' Every version of PAGE is read: Point elements and, since 2013, '
        'points attributes.')
    parser.add_argument('xml', metavar='XML', help='the folder of XML files')
    parser.add_argument('images', metavar='IMAGES', help='the folder of images')
    parser.add_argument('out', metavar='OUT', help='the data set; other splits may be in it')
    add_conversion_options(parser, 'prima', val=True)


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.corpora.annotations import PageXmlReader, find_files
    from mmseg.corpora.annotations.command import images_in, read_map, run

    class_map = read_map(args)
    reader = PageXmlReader(args.xml, args.images, class_map, args.prefix)
    run(args, class_map, find_files(args.xml, '.xml'), reader, images_in(args.images))
