"""Write the boxes of labelled pages in the COCO format, as detectors are trained with them."""
from __future__ import annotations

import argparse

from mmseg.cli.convert.options import map_names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = (
        __doc__ + ' FOLDER is a data set in VOC layout, such as the other converters make; a box '
        'is around each region of its label maps. With --labelme it holds files of '
        'labelme and their images; a box is around each shape. LayoutBoxDataset reads OUT.')
    parser.add_argument('folder', metavar='FOLDER', help='the data set, or files of labelme')
    parser.add_argument('out', metavar='OUT', help='the COCO file to write, such as '
                        'boxes_train.json')
    parser.add_argument('--split', default='train', help='the split to take (default: %(default)s)')
    parser.add_argument('--img-suffix', default='.jpg', help='how images end '
                        '(default: %(default)s)')
    parser.add_argument('--labelme', action='store_true', help='read files of labelme')
    parser.add_argument('--map', default='labelme', metavar='MAP', help='class map for --labelme: '
                        f"{', '.join(map_names())}, or a file (default: %(default)s)")


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from tqdm import tqdm

    from mmseg.apis.boxes import boxes_of_labelme, boxes_of_masks, write_boxes
    from mmseg.corpora.annotations.class_map import load_class_map
    if args.labelme:
        classes, pages = boxes_of_labelme(args.folder, load_class_map(args.map))
        prefix = args.folder
    else:
        classes, pages = boxes_of_masks(args.folder, args.split, args.img_suffix)
        prefix = f'{args.folder}/JPEGImages'
    with tqdm(desc='boxes', unit='page') as bar:
        counts = write_boxes(classes, pages, args.out, bar.update)
    found = ', '.join(f'{number} {name}' for name, number in counts.items())
    print(f"{found} in {args.out}; img_prefix='{prefix}'")
