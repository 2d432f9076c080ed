"""The COCO file of a run over many pages, which a later run can continue."""
from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...utils.atomic_write import atomic_write
from ...utils.safe_files import FAULTS
from ..writers import FORMATS, CocoFile
from .options import LayoutOptions
from .pages import PageResult
from .plan import COCO_NAME, PageJob, common_folder, output_paths

Stored = tuple[dict[str, Any], list[dict[str, Any]]]


class CocoWriter:
    """Gathers pages in the order of the run, those of the file that is there already included.

    Args:
        folder: Where the file goes.
        files: All files of the run.
        options: Of the run; with ``resume`` the pages of the file that is there can be kept.
    """

    def __init__(self, folder: Path, files: Sequence[Path], options: LayoutOptions) -> None:
        self.folder, self.options = folder, options
        self.path = folder / f'{COCO_NAME}{FORMATS["coco"].suffix}'
        # pictures of pages are written into the folder
        root = folder if 'jpg' in options.formats else common_folder(files)
        self._coco = CocoFile(options.level, root)
        self._stored = self._read() if options.resume else {}
        self._order: deque[PageJob] = deque()
        self._kept: set[PageJob] = set()

    def plan(self, job: PageJob, complete: bool) -> bool:
        """Take note of the next page; return whether it can be skipped.

        Args:
            job: The page.
            complete: Whether its other files are complete.
        """
        kept = complete and self._key(job) in self._stored \
            and self.path.stat().st_mtime_ns >= job.file.stat().st_mtime_ns
        self._order.append(job)
        if kept:
            self._kept.add(job)
        return kept

    def add(self, result: PageResult) -> None:
        """Append a page, after the kept ones that come before it."""
        assert result.layout is not None
        self._add_kept(result.job)
        self._coco.add(result.layout)

    def close(self) -> None:
        """Write the file.

        Raises:
            InputError: It cannot be written.
        """
        self._add_kept(None)
        with atomic_write(self.path) as part, part.open('w', encoding='utf-8') as file:
            self._coco.write(file)

    def _add_kept(self, before: PageJob | None) -> None:
        while self._order:
            job = self._order.popleft()
            if job == before:
                return
            if job in self._kept:
                self._kept.remove(job)
                self._coco.add_records(*self._stored.pop(self._key(job)))

    def _key(self, job: PageJob) -> tuple[str, int]:
        picture = output_paths(self.folder, job.name, self.options).get('jpg')
        return ((self._coco.file_name(str(job.file)), job.number + 1) if picture is None else
                (self._coco.file_name(str(picture)), 1))

    def _read(self) -> dict[tuple[str, int], Stored]:
        """The pages of the file that is there: name and page number → image and annotations."""
        try:
            content = json.loads(self.path.read_text(encoding='utf-8'))
            if content['info']['description'] != self._coco.description:
                return {}
            images: dict[int, Stored] = {image['id']: (image, []) for image in content['images']}
            for annotation in content['annotations']:
                images[annotation['image_id']][1].append(annotation)
            self._coco.categories.update(
                (category['id'], category['name']) for category in content['categories'])
            return {(image['file_name'], image['page_number']): (image, annotations)
                    for image, annotations in images.values()}
        except FAULTS:  # a file of another program, or a damaged one
            return {}
