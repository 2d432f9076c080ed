#!/usr/bin/env python
"""Turn pages with boxes in Pascal VOC's XML, such as IIIT-AR-13K, into a data set in VOC layout."""
import argparse

from mmseg.corpora.annotations import VocXmlReader, find_files
from mmseg.corpora.annotations.command import add_options, images_in, read_map, run
from mmseg.utils.cli import command


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('xml', metavar='XML', help='the folder of XML files')
    parser.add_argument('images', metavar='IMAGES', help='the folder of images')
    parser.add_argument('out', metavar='OUT', help='the data set; other splits may be in it')
    add_options(parser, 'iiit_ar_13k', val=True)
    return parser.parse_args()


@command
def main() -> None:
    args = parse_args()
    class_map = read_map(args)
    reader = VocXmlReader(args.xml, args.images, class_map, args.prefix)
    run(args, class_map, find_files(args.xml, '.xml'), reader, images_in(args.images))


if __name__ == '__main__':
    main()
