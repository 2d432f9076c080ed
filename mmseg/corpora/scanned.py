"""A copy of a data set whose pages went through a printer and a scanner."""
from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from mmseg.datasets import LayoutDataset
from mmseg.datasets.pipelines import ScanEffects
from mmseg.datasets.pipelines.scan_effects import view
from mmseg.datasets.voc import voc_palette
from mmseg.utils.atomic_write import atomic_folder
from mmseg.utils.errors import InputError
from mmseg.utils.label_files import write_label_map

# Is in every folder written here, and only a folder with it is ever replaced.
MARKER = 'scanned.json'
_LINES = 'TextLines'


def make_scanned_pages(data_root: str | os.PathLike[str], out_dir: str | os.PathLike[str],
                       split: str = 'val', strength: float | str = 'bad_office_scanner',
                       effects: list[str] | None = None, seed: int = 0, overwrite: bool = False,
                       progress: bool = False) -> Path:
    """Folder in VOC layout with the pages of one split after scan effects, all of them.

    Label maps and the polygons of ``TextLines`` move along with the page; what is outside the page
    becomes background. A page depends only on the seed and its file name. The folder is written
    under a temporary name and renamed, so that it is complete or absent.

    Args:
        data_root: A folder that :class:`~mmseg.datasets.LayoutDataset` reads.
        out_dir: The folder to make.
        split: Whose pages are taken, and what the split is called in the copy.
        strength: See :class:`~mmseg.datasets.pipelines.ScanEffects`.
        effects: Names of the effects that may come; all where None.
        seed: Of the effects.
        overwrite: Replace what an earlier call wrote here.
        progress: Show a progress bar.

    Raises:
        InputError: A folder that holds something already, a page that cannot be read, or an
            unknown effect or strength.
    """
    scan = ScanEffects(1.0, strength, effects, seed)
    pages = LayoutDataset([dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')],
                          data_root=str(data_root), split=split)
    out = Path(out_dir).absolute()
    _check_free(out, overwrite)
    with atomic_folder(out) as folder:
        for page in tqdm(pages, desc='scanned pages', unit='page', disable=not progress):
            _write_page(Path(data_root), folder, page, scan)
        _write_lists(Path(data_root), folder, pages, split)
        facts = {'strength': scan.strength, 'effects': scan.chances, 'seed': seed}
        (folder / MARKER).write_text(json.dumps(facts, indent=1) + '\n')
    return out


def _check_free(out: Path, overwrite: bool) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        if not (out / MARKER).is_file():
            raise InputError(f'{out} exists and does not hold scanned pages: name a new or empty '
                             'folder.')
        if not overwrite:
            raise InputError(f'{out} holds scanned pages already: name another folder, or ask for '
                             'overwriting.')


def _file(folder: Path, name: str) -> Path:
    """The path of a page's file, its folder made; the data set has checked where names lead."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _write_page(source: Path, out: Path, page: dict[str, Any], scan: ScanEffects) -> None:
    """Write the image, the label map, and where there are some the lines of one page."""
    draws = scan.draw(page)
    image = _file(out / 'JPEGImages', page['ori_filename'])
    if not cv2.imwrite(str(image), scan.apply(page['img'], draws),
                       [cv2.IMWRITE_JPEG_QUALITY, 92]):
        raise InputError(f'cannot write {image}')
    write_label_map(_file(out / 'SegmentationClassPNG', page['ann_info']['seg_map']),
                    scan.apply_to_label(page['gt_semantic_seg'], draws), voc_palette(256))
    name = str(Path(page['ori_filename']).with_suffix('.json'))
    lines = source / _LINES / name
    if lines.is_file():
        known = json.loads(lines.read_text(encoding='utf-8'))
        if 'geometry' in draws:
            matrix = view(page['img'].shape[:2], draws['geometry']['corners'])
            for line in known['lines']:
                points = np.array(line['polygon'], np.float64)[None]
                line['polygon'] = cv2.perspectiveTransform(points, matrix)[0].round(1).tolist()
        _file(out / _LINES, name).write_text(json.dumps(known) + '\n', encoding='utf-8')


def _write_lists(source: Path, out: Path, pages: LayoutDataset, split: str) -> None:
    """Write the split, the classes and the page types."""
    names = [info['filename'] for info in pages.img_infos]
    listed = _file(out / 'ImageSets/Segmentation', f'{split}.txt')
    listed.write_text(''.join(f'{os.path.splitext(name)[0]}\n' for name in names),
                      encoding='utf-8')
    (out / 'class_names.txt').write_text(''.join(f'{name}\n' for name in pages.CLASSES),
                                         encoding='utf-8')
    types = {info['filename']: info['cls_label'] for info in pages.img_infos
             if 'cls_label' in info}
    if types:
        (out / 'cls_label.json').write_text(json.dumps(types, indent=1, ensure_ascii=False) + '\n',
                                            encoding='utf-8')
