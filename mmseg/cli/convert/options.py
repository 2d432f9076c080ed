"""Options that the converters of annotations share."""
from __future__ import annotations

import argparse
from pathlib import Path

from mmseg import corpora

MAPS = Path(corpora.__file__).parent / 'annotations' / 'maps'


def map_names() -> list[str]:
    """The names of the class maps that come with the package, sorted."""
    return sorted(path.stem for path in MAPS.iterdir() if path.suffix in ('.yaml', '.json'))


def add_conversion_options(parser: argparse.ArgumentParser, class_map: str | None, *,
                val: bool = False) -> None:
    """Add the options that all converters have.

    Args:
        parser: Of the tool.
        class_map: The default of ``--map``; None where it must be given.
        val: Whether pages can be drawn for a second split.
    """
    parser.add_argument('--map', required=class_map is None, default=class_map, metavar='MAP',
                        help=f"class map: {', '.join(map_names())}, or a YAML or JSON file like "
                        'those in mmseg/corpora/annotations/maps'
                        + (f' (default: {class_map})' if class_map else ''))
    parser.add_argument('--split', default='train', help='the split that these pages become '
                        '(default: %(default)s); run again with another for more in the same OUT')
    if val:
        parser.add_argument('--val', type=float, metavar='SHARE',
                            help="share of the pages that become the split 'val', always the same")
    parser.add_argument('--page-type', metavar='TYPE',
                        help='type of all pages, in place of what the class map says')
    parser.add_argument('--prefix', default='', help='what page names begin with, to tell apart '
                        'images of the same name')
    parser.add_argument('--img-suffix', choices=['.jpg', '.png'],
                        help='how images end; others are encoded again (default: as most do)')
    parser.add_argument('--link', choices=['hard', 'sym'], help='link images instead of copying')
    parser.add_argument('--unknown', choices=['error', 'ignore'], default='error',
                        help='what to do about labels that the map does not know '
                        '(default: %(default)s)')
    parser.add_argument('--skip-faulty', action='store_true', help='leave pages with a fault '
                        '(no image, other size, ...) out of the split')
    parser.add_argument('--overwrite', action='store_true', help='convert existing pages again')
    parser.add_argument('--nproc', type=int, default=1, help='processes (default: %(default)s)')
