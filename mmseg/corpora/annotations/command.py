"""Options and output shared by the commands of all annotation converters."""
from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import crc32

from mmseg.utils.errors import InputError, nearest

from .class_map import ClassMap, load_class_map
from .convert import Reader, convert
from .folder import VOCFolder
from .images import SUFFIXES, common_suffix


def read_map(args: argparse.Namespace) -> ClassMap:
    """The class map that the options name, with their changes.

    Raises:
        InputError: A page type that the map does not have.
    """
    class_map = load_class_map(args.map)
    if args.page_type is not None:
        if args.page_type not in class_map.page_classes:
            raise InputError(f"--page-type is '{args.page_type}'"
                             f'{nearest(args.page_type, class_map.page_classes)}; expected one of '
                             f"{', '.join(class_map.page_classes)}")
        class_map = replace(class_map, page_type=args.page_type, page_types=None)
    if getattr(args, 'line_width', None) is not None:
        if args.line_width < 1:
            raise InputError(f'--line-width must be at least 1 pixel, got {args.line_width}')
        class_map = replace(class_map, line_width=args.line_width)
    return class_map


def run(args: argparse.Namespace, class_map: ClassMap, items: Sequence[Any], reader: Reader,
        images: Sequence[str], *, name_of: Callable[[Any], str] = str,
        skipped: Counter[str] | None = None) -> None:
    """Convert the pages and print what was done.

    Args:
        args: The options that all converters have, and ``out``.
        class_map: See :func:`read_map`.
        items: What the reader makes pages of.
        reader: See :func:`~mmseg.corpora.annotations.convert.convert`.
        images: Names of images, by which their suffix is chosen.
        name_of: A name of an item that stays the same, by which pages for 'val' are drawn.
        skipped: What was left out before.
    """
    default = common_suffix(images)
    for split, chosen in _splits(args, items, name_of).items():
        folder = VOCFolder(args.out, class_map, split, args.img_suffix, default, args.overwrite)
        outcome = convert(chosen, reader, folder, link=args.link, nproc=args.nproc,
                          skip_faulty=args.skip_faulty, skipped=skipped,
                          ignore_unknown=args.unknown == 'ignore')
        print(outcome.table(split))
        _say(outcome.names, folder, class_map)


def _splits(args: argparse.Namespace, items: Sequence[Any],
            name_of: Callable[[Any], str]) -> dict[str, Sequence[Any]]:
    """The items of each split to make."""
    share = getattr(args, 'val', None)
    if share is None:
        return {args.split: items}
    if not 0 < share < 1 or len(items) < 2 or args.split == 'val':
        raise InputError(f"--val must be a share between 0 and 1 of at least 2 pages, with a "
                         f"--split other than 'val'; got {share} of {len(items)}")
    # by the name only: pages that come later leave the others where they are
    draws = [crc32(name_of(item).encode()) / 2**32 for item in items]
    limit = max(share, min(draws))
    val = [item for item, draw in zip(items, draws, strict=True) if draw <= limit]
    train = [item for item, draw in zip(items, draws, strict=True) if draw > limit]
    return {args.split: train, 'val': val}


def _say(names: Sequence[tuple[int, str, str | None]], folder: VOCFolder,
         class_map: ClassMap) -> None:
    """Tell what a config needs to know of the data set."""
    notes = [f"split='{folder.split}'", f"data_root='{folder.root}'"]
    if folder.img_suffix != '.jpg':
        notes.append(f"img_suffix='{folder.img_suffix}'")
    untyped = sum(kind is None for _, _, kind in names)
    if untyped:
        notes.append("with_cls='some'")
        print(f'{untyped} of {len(names)} pages have no page type')
    print(f"LayoutDataset({', '.join(notes)}) reads it; labelled: {', '.join(class_map.labels)}")


def images_in(folder: str) -> list[str]:
    """The pictures in a folder and below, relative to it, sorted.

    Raises:
        InputError: There are none.
    """
    root = Path(folder)
    names = sorted(path.relative_to(root).as_posix() for path in root.rglob('*')
                   if path.suffix.lower() in SUFFIXES)
    if not names:
        raise InputError(f'{folder} has no pictures' if root.is_dir() else
                         f'{folder} is not a folder')
    return names
