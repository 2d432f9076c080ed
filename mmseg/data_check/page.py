"""Checks of one page: its files, label map and page label."""
from __future__ import annotations

import os.path as osp
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mmseg.datasets.pipelines.loading import label_table

from .findings import Finding
from .image import ImageFacts, Unreadable, perceptual_hash, read_image
from .mask import MaskFacts, decode_mask, validate_mask
from .splits import Source

_VOID = 255


@dataclass
class PageFacts:
    """Facts on a page.

    Attributes:
        findings: Its faults.
        size: Width and height in pixels; None where the image cannot be read.
        counts: Pixels of each class, (K,); None without a readable label map.
        binary: Whether its label map holds nothing but 0 and an ignored 255.
        digest: 64 bits of the image file's content, 0 where there is nothing to compare.
        look: 256 bits of how it looks, (4,) uint64.
    """
    findings: list[Finding] = field(default_factory=list)
    size: tuple[int, int] | None = None
    counts: np.ndarray | None = None
    binary: bool = False
    digest: int = 0
    look: np.ndarray | None = None


class _Page:
    """Collects the facts of page ``number`` of a source."""

    def __init__(self, source: Source, number: int) -> None:
        self.source, self.number = source, number
        self.results = source.results(number)
        self.facts = PageFacts()

    def fault(self, kind: str, file: str, what: str, weight: float = 0) -> None:
        self.facts.findings.append(Finding(kind, self.source.name, file, f'{file} {what}', weight,
                                           (self.source.number, self.number)))

    def read(self, file: str, loader: Any) -> bytes | None:
        """The file's bytes; a finding if it cannot be read."""
        try:
            content = self.source.read(file, loader)
        except OSError as error:
            self.fault('unreadable', file, f'cannot be read: {error.strerror or error}')
            return None
        if content is None:
            self.fault('missing', file, f"is not there, but data.{self.source.splits[0]} names "
                       'it; put it there or take its page out of the split')
        return content


def image_file(results: dict[str, Any]) -> str:
    """The path of a page's image."""
    return osp.join(results.get('img_prefix') or '', results['img_info']['filename'])


def label_file(results: dict[str, Any]) -> str | None:
    """The path of a page's label map; None where it has none."""
    ann = results.get('ann_info') or {}
    name = ann.get('seg_map')
    return None if name is None else osp.join(results.get('seg_prefix') or '', name)


def table_of(source: Source, results: dict[str, Any]) -> np.ndarray:
    """``(256,)``, the label of each value a label map can hold."""
    reduce = (getattr(source.label_loader, 'reduce_zero_label', False)
              or results.get('reduce_zero_label', False))
    return label_table(bool(reduce), results.get('label_map'),
                        results.get('ignore_index', _VOID))


def check_page(source: Source, number: int, look: bool = True) -> PageFacts:
    """Return the facts on a page that do not depend on other pages.

    Args:
        source: What it belongs to.
        number: Its number there.
        look: Whether to hash how it looks, for :mod:`.duplicates`.
    """
    page = _Page(source, number)
    image = _check_image(page, look)
    mask = _check_mask(page, image)
    if image is not None and mask is not None and image.size != mask.size:
        _size_fault(page, image, mask)
    _check_page_label(page)
    return page.facts


def unreadable_page(source: Source, number: int, why: str) -> Finding:
    """The finding for a page on which the process that read it ended.

    Args:
        source: What it belongs to.
        number: Its number there.
        why: A sentence about 'the page'.
    """
    page = _Page(source, number)
    page.fault('unreadable', image_file(page.results), f'cannot be read, or its label map cannot '
               f'({why}); take the page out of the split')
    return page.facts.findings[0]


def _check_image(page: _Page, look: bool) -> ImageFacts | None:
    file = image_file(page.results)
    content = page.read(file, page.source.image_loader)
    if content is None:
        return None
    try:
        image = read_image(content, page.source.image_loader)
    except Unreadable as error:
        page.fault('unreadable', file, f'cannot be read as an image ({error}); copy it again or '
                   'take it out of the split')
        return None
    page.facts.size = image.size
    # blank pages are all alike
    if look and image.has_content:
        page.facts.digest = image.digest
        page.facts.look = perceptual_hash(image.grey) if look else None
    return image


def _check_mask(page: _Page, image: ImageFacts | None) -> MaskFacts | None:
    file = label_file(page.results)
    if file is None:
        if page.source.labelled:
            page.fault('missing', image_file(page.results), 'comes without a label map, while '
                       'others have one; label it or take it out of the split')
        return None
    content = page.read(file, page.source.label_loader)
    if content is None:
        return None
    try:
        picture = decode_mask(content, page.source.label_loader)
    except Unreadable as error:
        page.fault('unreadable', file, f'cannot be read as a label map ({error}); export it '
                                           'again or take its page out of the split')
        return None
    dataset = page.source.dataset
    facts = validate_mask(picture, table_of(page.source, page.results), page.source.num_classes,
                          page.results.get('ignore_index', _VOID), dataset.CLASSES,
                          image is None or image.has_content)
    for fault in facts.faults:
        page.fault(fault.kind, file, fault.what, fault.weight)
    page.facts.counts, page.facts.binary = facts.counts, facts.binary
    return facts


def _size_fault(page: _Page, image: ImageFacts, mask: MaskFacts) -> None:
    file = label_file(page.results) or ''
    turned = ', which is turned by its EXIF orientation' if image.turned else ''
    page.fault('size', file, f'is {mask.size[0]}x{mask.size[1]} pixels (width x height) but its '
               f'image {image_file(page.results)} is {image.size[0]}x{image.size[1]}{turned}; both '
               'must have the same size',
               abs(image.size[0] - mask.size[0]) + abs(image.size[1] - mask.size[1]))


def _check_page_label(page: _Page) -> None:
    source, results = page.source, page.results
    wrong = results['img_info'].get('wrong_cls_label')
    if not source.has_page_classes or wrong is None and results.get('cls_label') is not None:
        return
    file = image_file(results)
    where = getattr(source.dataset, 'cls_label_file', None) or 'the data set'
    expected = ', '.join(f'{index} ({name})'
                         for index, name in enumerate(source.dataset.PAGE_CLASSES))
    if wrong is not None:
        page.fault('page_label', file, f'has the page label {wrong!r} in {where}, but the page '
                   f'classes are {expected}')
    else:
        page.fault('page_label', file, f'has no page label in {where}; add one of {expected}')
