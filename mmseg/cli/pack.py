"""Pack the pictures and label maps of a data set into one file."""
from __future__ import annotations

import argparse

from mmseg.utils.errors import plural


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = (
        __doc__ + ' A hundred thousand small files are slow to copy, and slow to read '
        "from a network disk or a hard disk. Train on the result with data_root=TARGET and "
        "file_client_args=dict(backend='packed') in the data set's config.")
    parser.add_argument('source', metavar='FOLDER', help='folder of the data set')
    parser.add_argument('target', metavar='TARGET', help='folder to write: pages.tar, '
                        'pages.lmdb or pages.shards, and split files, names and page types as '
                        'they are')
    parser.add_argument('--kind', choices=('tar', 'lmdb', 'shards'), default='tar',
                        help='tar needs nothing else; lmdb is shared memory between processes '
                        "and needs the extra 'data'; shards are many tar files that are read in "
                        'order, also from an object store (default: %(default)s)')
    parser.add_argument('--shard-size', type=int, default=256, metavar='MIB',
                        help='size of a tar file of --kind shards (default: %(default)s)')
    parser.add_argument('--folders', nargs='+', default=['JPEGImages', 'SegmentationClassPNG'],
                        metavar='NAME', help='folders to pack (default: %(default)s)')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.datasets.packed_backend import pack

    count = pack(args.source, args.target, args.kind, args.folders, args.shard_size)
    print(f'{plural(count, "file")} packed in {args.target}')
