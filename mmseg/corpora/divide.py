"""The pages of a data set divided into training, validation and test."""
from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from mmseg.utils.errors import InputError, MissingFileError

from .jobs import write_lines

SPLITS = 'ImageSets/Segmentation'


def divide(names: Iterable[str], shares: Mapping[str, float], seed: int = 0,
           document: str | None = None) -> dict[str, list[str]]:
    """The names in each split, and the rest in ``train``; all sorted.

    A hash of the seed and the name decides, so that a page stays in its split when others are
    added. Where there are enough documents, no split is empty.

    Args:
        names: Names of pages.
        shares: Share of the documents in each split but ``train``, in (0, 1); together below 1.
        seed: Another seed gives another division.
        document: Pattern whose first group, at the start of a name, is the document of a page; the
            pages of a document stay together. Without one each page is by itself.

    Raises:
        InputError: Shares that are not in (0, 1), or a pattern without a group.
    """
    if not all(share > 0 for share in shares.values()) or not sum(shares.values()) < 1:
        raise InputError(f'shares of splits are above 0 and together below 1, got {dict(shares)}')
    documents: dict[str, list[str]] = defaultdict(list)
    for name in sorted(set(names)):
        documents[_document_of(name, document)].append(name)
    place = {key: int(hashlib.sha256(f'{seed}:{key}'.encode()).hexdigest()[:12], 16) / 16**12
             for key in documents}
    order = sorted(documents, key=place.__getitem__)
    chosen = {key: _split_at(place[key], shares) for key in order}
    for number, split in enumerate([*shares, 'train']):
        if split not in chosen.values() and len(order) > len(shares):
            chosen[order[-1 if split == 'train' else number]] = split
    found: dict[str, list[str]] = {split: [] for split in ('train', *shares)}
    for key, split in chosen.items():
        found[split] += documents[key]
    return {split: sorted(pages) for split, pages in found.items()}


def _split_at(place: float, shares: Mapping[str, float]) -> str:
    """The split at a place in [0, 1)."""
    for split, share in shares.items():
        if place < share:
            return split
        place -= share
    return 'train'


def _document_of(name: str, pattern: str | None) -> str:
    if pattern is None:
        return name
    try:
        match = re.match(pattern, name)
        return name if match is None else match[1]
    except (re.error, IndexError) as error:
        raise InputError(f"the pattern '{pattern}' does not name the document of a page by a "
                         f'group: {error}') from error


def divide_folder(root: str | Path, shares: Mapping[str, float], seed: int = 0,
                  document: str | None = None, overwrite: bool = False,
                  images: str = 'JPEGImages', labels: str = 'SegmentationClassPNG'
                  ) -> dict[str, int]:
    """Write the split files of a folder in VOC layout; gives the number of pages of each.

    Args:
        root: The folder; pages with an image and a label map are divided.
        shares: As for :func:`divide`.
        seed: As for :func:`divide`.
        document: As for :func:`divide`.
        overwrite: Whether split files that are there are replaced.
        images: Folder of the images below ``root``.
        labels: Folder of the label maps below ``root``.

    Raises:
        MissingFileError: There is no folder of images or of label maps.
        InputError: No page has both, a split file is there, or see :func:`divide`.
    """
    stems = []
    for folder in (Path(root, images), Path(root, labels)):
        if not folder.is_dir():
            raise MissingFileError(f'folder {folder} not found')
        stems.append({path.stem for path in folder.iterdir() if path.is_file()})
    pages = stems[0] & stems[1]
    if not pages:
        raise InputError(f'no image in {root}/{images} has a label map in {root}/{labels}')
    found = divide(pages, shares, seed, document)
    files = {split: Path(root, SPLITS, f'{split}.txt') for split in found}
    taken = [str(file) for file in files.values() if file.exists()]
    if taken and not overwrite:
        raise InputError(f'{taken[0]} exists; --overwrite replaces it')
    for split, file in files.items():
        write_lines(str(file), found[split])
    return {split: len(names) for split, names in found.items()}
