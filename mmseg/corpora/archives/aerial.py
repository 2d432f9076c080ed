"""Pictures from the air, cut into tiles: Potsdam, Vaihingen, iSAID; LoveDA comes as tiles.

All become ``img_dir/{train,val,test}`` and ``ann_dir/{train,val}``.
"""
from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from mmseg.core.evaluation import isaid_palette, potsdam_palette
from mmseg.corpora.jobs import Job, Tally, png_of, run_jobs, write_file
from mmseg.datasets.files import examples
from mmseg.utils.errors import InputError

from .members import Member, demand, list_members, pick, sources_in

POTSDAM_TRAIN = frozenset(
    '2_10 2_11 2_12 3_10 3_11 3_12 4_10 4_11 4_12 5_10 5_11 5_12 6_7 6_8 6_9 6_10 6_11 6_12 7_7 '
    '7_8 7_9 7_10 7_11 7_12'.split())
VAIHINGEN_TRAIN = frozenset(
    f'area{number}' for number in (1, 3, 5, 7, 11, 13, 15, 17, 21, 23, 26, 28, 30, 32, 34, 37))
# its label map was published, but it is in neither part of the benchmark
_VAIHINGEN_UNUSED = 'area9'


def starts(length: int, size: int, step: int) -> list[int]:
    """Where tiles begin along a side: every ``step`` pixels, the last ones pushed back inside."""
    return sorted({min(start, max(0, length - size)) for start in range(0, length, step)})


@dataclass(frozen=True)
class Cut:
    """Tiles from one picture.

    Attributes:
        member: The picture.
        read: Gives it as ``(H, W)`` or ``(H, W, 3)``.
        target: Name of a tile, with y0, x0, y1 and x1 in braces.
        size: Height and width of a tile.
        step: From one tile to the next, down and to the right.
        pad: What fills up a picture that is smaller than a tile.
    """

    member: Member
    read: Callable[[Member], np.ndarray]
    target: str
    size: tuple[int, int]
    step: tuple[int, int]
    pad: int

    def run(self) -> Tally:
        """Write the tiles that are not there.

        Raises:
            InputError: The picture cannot be read.
        """
        height, width = self.member.size()
        tiles = {self.target.format(y0=y, x0=x, y1=y + self.size[0], x1=x + self.size[1]): (y, x)
                 for y in starts(height, self.size[0], self.step[0])
                 for x in starts(width, self.size[1], self.step[1])}
        lost = {name: place for name, place in tiles.items() if not os.path.exists(name)}
        if lost:
            whole = self._padded(self.read(self.member))
            for name, (y, x) in lost.items():
                write_file(name, png_of(whole[y:y + self.size[0], x:x + self.size[1]]))
        return Tally(len(lost), len(tiles) - len(lost))

    def _padded(self, picture: np.ndarray) -> np.ndarray:
        height, width = picture.shape[:2]
        below, right = max(0, self.size[0] - height), max(0, self.size[1] - width)
        if not below and not right:
            return picture
        return cv2.copyMakeBorder(picture, 0, below, 0, right, cv2.BORDER_CONSTANT,
                                  value=[self.pad] * 3)


def photo(member: Member) -> np.ndarray:
    """The picture, ``(H, W, 3)`` in BGR order."""
    return member.image()


def labels_of_colours(member: Member, colours: Sequence[Sequence[int]], first: int) -> np.ndarray:
    """The label map ``(H, W)`` of a picture of colours.

    Args:
        member: The picture.
        colours: RGB colour of each label from ``first`` on; any other colour is 0.
        first: Label of the first colour.
    """
    # the four bytes of a pixel as one number, without a wider copy of a picture of 36 megapixels
    codes = cv2.cvtColor(photo(member), cv2.COLOR_BGR2BGRA).view('<u4')[..., 0]
    label = np.zeros(codes.shape, dtype=np.uint8)
    for number, (red, green, blue) in enumerate(colours, first):
        label[codes == (255 << 24) + (red << 16) + (green << 8) + blue] = number
    return label


def convert_potsdam(folder: str, out_dir: str, clip_size: int = 512, nproc: int = 1) -> Tally:
    """Potsdam from 2_Ortho_RGB.zip and 5_Labels_all_noBoundary.zip, as tiles side by side.

    Args:
        folder: The folder with the archives, or what was in them.
        out_dir: Where the data set goes.
        clip_size: Height and width of a tile in pixels.
        nproc: Number of processes.

    Raises:
        InputError: The archives are not there, or two hold the same picture.
    """
    expected = '2_Ortho_RGB.zip and 5_Labels_all_noBoundary.zip'
    members = [member for source in sources_in(folder, expected)
               for member in list_members(source, expected)]
    photos = pick(members, r'top_potsdam_(\d+_\d+)_(?:RGB|IRRG|RGBIR)\.tif')
    labels = pick(members, r'top_potsdam_(\d+_\d+)_label(?:_noBoundary)?\.tif')
    demand(photos, folder, 'pictures like top_potsdam_2_10_RGB.tif, as 2_Ortho_RGB.zip has them')
    return _convert_isprs(photos, labels, POTSDAM_TRAIN, folder, out_dir, clip_size, nproc)


def convert_vaihingen(folder: str, out_dir: str, clip_size: int = 512, nproc: int = 1) -> Tally:
    """Vaihingen from its two archives, as tiles side by side.

    Args:
        folder: Where ISPRS_semantic_labeling_Vaihingen.zip lies and
            ISPRS_semantic_labeling_Vaihingen_ground_truth_eroded_COMPLETE.zip.
        out_dir: Where the data set goes.
        clip_size: Height and width of a tile in pixels.
        nproc: Number of processes.

    Raises:
        InputError: The archives are not there.
    """
    expected = ('ISPRS_semantic_labeling_Vaihingen.zip and '
                'ISPRS_semantic_labeling_Vaihingen_ground_truth_eroded_COMPLETE.zip')
    members = [member for source in sources_in(folder, expected)
               for member in list_members(source, expected)]
    photos = pick(members, r'top/top_mosaic_09cm_(area\d+)\.tif')
    labels = pick(members, r'top_mosaic_09cm_(area\d+)_noBoundary\.tif')
    labels.pop(_VAIHINGEN_UNUSED, None)
    demand(photos, folder, 'pictures like top/top_mosaic_09cm_area1.tif, as '
           'ISPRS_semantic_labeling_Vaihingen.zip has them')
    return _convert_isprs(photos, labels, VAIHINGEN_TRAIN, folder, out_dir, clip_size, nproc)


def _convert_isprs(photos: Mapping[str, Member], labels: Mapping[str, Member],
                   training: frozenset[str], folder: str, out_dir: str, clip_size: int,
                   nproc: int) -> Tally:
    if clip_size < 1:
        raise InputError(f'--clip_size must be at least 1, got {clip_size}')
    lost = sorted(set(photos) - set(labels))
    if lost:
        raise InputError(f'{folder} has no label maps *_noBoundary.tif for {len(lost)} pictures '
                         f'(of {len(photos)}): {examples(lost)}')
    colours = partial(labels_of_colours, colours=potsdam_palette(), first=1)
    jobs = [Cut(member, read,
                os.path.join(_plain(out_dir), kind, 'train' if name in training else 'val',
                             name + '_{x0}_{y0}_{x1}_{y1}.png'),
                (clip_size, ) * 2, (clip_size, ) * 2, 0)
            for kind, found, read in (('img_dir', photos, photo), ('ann_dir', labels, colours))
            for name, member in found.items()]
    return run_jobs(jobs, nproc, 'picture')


def convert_isaid(folder: str, out_dir: str, patch_size: tuple[int, int] = (896, 896),
                  overlap: int = 384, nproc: int = 1) -> Tally:
    """iSAID from its archives, as tiles that overlap; the test's pictures stay whole.

    Args:
        folder: Where ``train/images``, ``train/Semantic_masks``, the same of ``val``, and
            ``test/images`` lie, each with archives or what was in them.
        out_dir: Where the data set goes.
        patch_size: Height and width of a tile in pixels.
        overlap: Pixels that a tile shares with the next.
        nproc: Number of processes.

    Raises:
        InputError: A folder is not there or has no pictures, or tiles do not get on.
    """
    step = patch_size[0] - overlap, patch_size[1] - overlap
    if min(step) < 1 or overlap < 0:
        raise InputError(f'--overlap_area must be from 0 to below the patch of {patch_size[1]}x'
                         f'{patch_size[0]} pixels, got {overlap}')
    colours = partial(labels_of_colours, colours=isaid_palette(), first=0)
    jobs: list[Cut | Job] = []
    for part in ('train', 'val'):
        photos = _isaid_pictures(folder, part, 'images', r'(P\d+)\.png')
        masks = _isaid_pictures(folder, part, 'Semantic_masks',
                                r'(P\d+)_instance_color_RGB\.png')
        lost = sorted(set(photos) - set(masks))
        if lost:
            raise InputError(f'{folder}/{part}/Semantic_masks has no label maps for {len(lost)} '
                             f'pictures (of {len(photos)}): {examples(lost)}')
        place = '_{y0}_{y1}_{x0}_{x1}'
        for kind, found, read, end, pad in (
                ('img_dir', photos, photo, '.png', 0),
                ('ann_dir', masks, colours, '_instance_color_RGB.png', 255)):
            jobs += [Cut(member, read,
                         os.path.join(_plain(out_dir), kind, part, name + place + end),
                         patch_size, step, pad) for name, member in found.items()]
    jobs += [Job(os.path.join(out_dir, 'img_dir', 'test', f'{name}.png'), member.read)
             for name, member in _isaid_pictures(folder, 'test', 'images',
                                                 r'(P\d+)\.png').items()]
    return run_jobs(jobs, nproc, 'picture')


def _isaid_pictures(folder: str, part: str, kind: str, pattern: str) -> dict[str, Member]:
    where = os.path.join(folder, part, kind)
    expected = f'the archives of iSAID in {part}/{kind}'
    found = pick([member for source in sources_in(where, expected)
                  for member in list_members(source, expected)], pattern)
    demand(found, where, f'pictures, such as P0000{pattern.rpartition(")")[2]}'.replace('\\', ''))
    return found


def convert_loveda(folder: str, out_dir: str, nproc: int = 1) -> Tally:
    """LoveDA from Train.zip, Val.zip and Test.zip; the test has no label maps.

    Args:
        folder: The folder with the archives, or the folders Train, Val and Test that were in them.
        out_dir: Where the data set goes.
        nproc: Number of processes.

    Raises:
        InputError: One of them is not there or has no pictures.
    """
    jobs: list[Job] = []
    for part in ('Train', 'Val', 'Test'):
        source = os.path.join(folder, f'{part}.zip')
        unpacked = os.path.join(folder, part)
        if not os.path.exists(source) and os.path.isdir(unpacked):
            source = unpacked
        members = list_members(source, f'{part}.zip')
        for kind, place in (('images_png', 'img_dir'), ('masks_png', 'ann_dir')):
            found = pick(members, rf'(?:Rural|Urban)/{kind}/([^/]+)\.png')
            if kind == 'images_png' or part != 'Test':
                demand(found, source, f'{part}/Rural/{kind} and {part}/Urban/{kind}')
            jobs += [Job(os.path.join(out_dir, place, part.lower(), f'{name}.png'), member.read)
                     for name, member in found.items()]
    return run_jobs(jobs, nproc)


def _plain(folder: str) -> str:
    """``folder`` for a name with places in braces."""
    return folder.replace('{', '{{').replace('}', '}}')
