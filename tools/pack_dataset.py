#!/usr/bin/env python
"""Pack the pictures and label maps of a data set into one file."""
import argparse

from mmseg.datasets.packed_backend import pack
from mmseg.utils.cli import command


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__ + ' A hundred thousand small files are slow to copy, and slow to read '
        "from a network disk or a hard disk. Train on the result with data_root=TARGET and "
        "file_client_args=dict(backend='packed') in the data set's config.")
    parser.add_argument('source', metavar='FOLDER', help='folder of the data set')
    parser.add_argument('target', metavar='TARGET', help='folder to write: pages.tar or '
                        'pages.lmdb, and split files, names and page types as they are')
    parser.add_argument('--kind', choices=('tar', 'lmdb'), default='tar',
                        help='tar needs nothing else; lmdb is shared memory between processes '
                        "and needs the extra 'data' (default: %(default)s)")
    parser.add_argument('--folders', nargs='+', default=['JPEGImages', 'SegmentationClassPNG'],
                        metavar='NAME', help='folders to pack (default: %(default)s)')
    return parser.parse_args()


@command
def main() -> None:
    args = parse_args()
    count = pack(args.source, args.target, args.kind, args.folders)
    print(f'{count} files packed in {args.target}')


if __name__ == '__main__':
    main()
