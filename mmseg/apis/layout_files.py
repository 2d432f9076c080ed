"""A folder of pages in, their regions as files out."""
from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from ..core.visualization import save_image
from ..inference.predictor import Predictor
from ..layout import PageLayout, RegionOptions, page_layout
from ..layout.crops import line_picture
from ..layout.writers import FORMATS, CocoFile, check_region_types, find_format, write, write_bytes
from ..utils.errors import InputError
from ..utils.page_images import PageImage, read_pages

COCO_NAME = 'layout'


@dataclass(frozen=True)
class LayoutOptions:
    """How pages become files.

    Attributes:
        formats: Keys of :data:`~mmseg.layout.writers.FORMATS`.
        regions: How regions are found.
        batch: Pages that the network is given at once.
        dpi: Pixels per inch at which PDFs become pictures, 150 by default; or
        longer_side: of these, in pixels.
        region_types: Class name → region type, see :func:`~mmseg.layout.writers.region_type_of`.
        level: Of COCO files: an annotation for each ``'region'`` or for each ``'line'``.
        crop: ``'lines'`` writes a picture of each text line too, straightened along its baseline,
            into a folder for each page; None writes none.
        strict: Raise at the first file that cannot be read, instead of continuing with the others.
    """

    formats: Sequence[str] = ('json',)
    regions: RegionOptions = RegionOptions()
    batch: int = 1
    dpi: float | None = None
    longer_side: int | None = None
    region_types: Mapping[str, str] = field(default_factory=dict)
    level: str = 'region'
    crop: str | None = None
    strict: bool = False

    def __post_init__(self) -> None:
        """Raise InputError for an unknown format or a batch without pages."""
        for name in self.formats:
            find_format(name)
        if not self.formats:
            raise InputError(f'no format was given; use some of {", ".join(FORMATS)}')
        if self.batch < 1:
            raise InputError(f'a batch has at least one page, got {self.batch}')
        CocoFile(self.level)
        if self.crop not in (None, 'lines'):
            raise InputError(f"crop is 'lines' or None, got {self.crop!r}")


@dataclass
class LayoutReport:
    """What came of a run: number of pages, files written, a sentence for each file not read."""
    pages: int = 0
    files: list[Path] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def check_folder(folder: str | os.PathLike[str]) -> Path:
    """Make the folder and see that files can be written there.

    Raises:
        InputError: They cannot.
    """
    path = Path(folder)
    probe = path / f'.{os.getpid()}.part'
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise InputError(f'cannot write into the folder {path}: '
                         f'{error.strerror or error}') from error
    return path


def output_names(files: Sequence[Path]) -> dict[Path, str]:
    """A name for each file's results, unlike the others' also where case does not count.

    It is the file's stem; files of one stem are told apart by their suffix (``a_png``), by as
    many folders above as it takes (``left_a``), or by both.
    """
    by_stem: dict[str, list[Path]] = {}
    for file in files:
        by_stem.setdefault(file.stem.casefold(), []).append(file)
    return {file: name for group in by_stem.values() for file, name in _told_apart(group)}


def _told_apart(files: list[Path]) -> Iterable[tuple[Path, str]]:
    """Each file of one stem with the shortest name that only it has."""
    if len(files) == 1:
        return [(files[0], files[0].stem)]
    # without the root of the file system
    folders = [file.absolute().parts[1:-1] for file in files]
    for above in range(max(map(len, folders)) + 1):
        for suffixes in (False, True):
            names = ['_'.join([*parts[max(len(parts) - above, 0):], file.stem,
                               *([file.suffix[1:]] if suffixes else [])])
                     for file, parts in zip(files, folders)]
            if len({name.casefold() for name in names}) == len(names):
                return zip(files, names)
    # such as a/b_c.png and a_b/c.png
    return [(file, f'{file.stem}_{index}') for index, file in enumerate(files, 1)]


def common_folder(files: Iterable[Path]) -> str | None:
    """The deepest folder in or below which all files are."""
    folders = [os.path.dirname(os.path.abspath(file)) for file in files]
    return os.path.commonpath(folders) if folders else None


class LayoutWriter:
    """Writes pages as they come; names of files are given once.

    Args:
        folder: Where they go.
        names: Of :func:`output_names`.
        options: Which formats.
    """

    def __init__(self, folder: Path, names: Mapping[Path, str], options: LayoutOptions):
        self.folder, self.names, self.options = folder, names, options
        self.inputs = {file.resolve() for file in names}
        # pictures of pages are written into the folder
        root = folder if 'jpg' in options.formats else common_folder(names)
        self.coco = CocoFile(options.level, root) if 'coco' in options.formats else None
        self.taken: set[str] = {COCO_NAME} if self.coco else set()
        self.files: list[Path] = []

    def name(self, file: Path, page: PageImage) -> str:
        """``a`` for the only page of a file, ``a_0003`` for the third of several or of a PDF."""
        wanted = self.names[file]
        if page.total > 1 or file.suffix.lower() == '.pdf':
            wanted += f'_{page.number + 1:04d}'
        name, again = wanted, 1
        # a_0003 may also be the third page of a.pdf
        while name.casefold() in self.taken:
            again += 1
            name = f'{wanted}-{again}'
        self.taken.add(name.casefold())
        return name

    def write(self, file: Path, page: PageImage, layout: PageLayout) -> None:
        """Write the page in each format but COCO, which is one file at the end."""
        name, picture = self.name(file, page), None
        if 'jpg' in self.options.formats:  # then the others speak of that picture
            picture = self.folder / f"{name}{FORMATS['jpg'].suffix}"
            layout = replace(layout, source=picture.name, number=0)
        for kind in self.options.formats:
            if self.coco is not None and kind == 'coco':
                self.coco.add(layout if picture is None else replace(layout, source=str(picture)))
                continue
            path = self.folder / f'{name}{FORMATS[kind].suffix}'
            if path.resolve() in self.inputs:
                raise InputError(f'{path} is a page itself, which the result would replace: name '
                                 'another folder')
            write([layout], kind, path, [page.image], self.options.region_types)
            self.files.append(path)
        if self.options.crop:
            self._write_lines(name, page, layout)

    def _write_lines(self, name: str, page: PageImage, layout: PageLayout) -> None:
        """Write the page's lines as pictures, named by their place in the reading order."""
        folder = check_folder(self.folder / f'{name}_lines')
        lines = [line for region in layout.regions for line in region.lines]
        for order, line in enumerate(lines, 1):
            path = folder / f'{order:04d}.png'
            save_image(path, line_picture(page.image, line))
            self.files.append(path)

    def close(self) -> None:
        """Write what holds all pages."""
        if self.coco is not None:
            path = self.folder / f'{COCO_NAME}{FORMATS["coco"].suffix}'
            write_bytes(self.coco.text(), path)
            self.files.append(path)


def _batches(pages: Iterable[tuple[Path, PageImage]],
             size: int) -> Iterator[list[tuple[Path, PageImage]]]:
    batch = []
    for page in pages:
        batch.append(page)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def write_layouts(predictor: Predictor, files: Sequence[Path], folder: str | os.PathLike[str],
                  options: LayoutOptions = LayoutOptions(),
                  progress: Callable[[int, int], None] = lambda pages, more: None) -> LayoutReport:
    """Write the regions of all pages of the files, and say what could not be read.

    Args:
        predictor: What answers for pages.
        files: Pictures, TIFF files of several pages, PDFs.
        folder: Where the results go.
        options: Formats and how regions are found.
        progress: Called with the number of pages that are done, and of those to be added to one
            page a file: more in files of several, less where one cannot be read.

    Raises:
        InputError: The folder cannot be written, a region type does not fit, the network's memory
            does not suffice, or, if strict, a file cannot be read.
    """
    check_region_types(options.region_types, tuple(predictor.classes))
    writer = LayoutWriter(check_folder(folder), output_names(files), options)
    report = LayoutReport(files=writer.files)

    def pages() -> Iterator[tuple[Path, PageImage]]:
        for file in files:
            seen, total = 0, 1
            try:
                for page in read_pages(file, dpi=options.dpi, longer_side=options.longer_side):
                    if page.total != total:
                        progress(0, page.total - total)
                    seen, total = page.number + 1, page.total
                    yield file, page
            except InputError as error:
                if options.strict:
                    raise
                report.problems.append(str(error))
                progress(0, seen - total)

    for batch in _batches(pages(), options.batch):
        for (file, page), layout in zip(batch, _layouts(predictor, batch, options.regions)):
            writer.write(file, page, layout)
        report.pages += len(batch)
        progress(len(batch), 0)
    writer.close()
    return report


def _layouts(predictor: Predictor, batch: list[tuple[Path, PageImage]],
             options: RegionOptions) -> list[PageLayout]:
    with _memory([page for _, page in batch]):
        answers = predictor.predict([page.image for _, page in batch])
    return [page_layout(arrays, predictor.classes, predictor.palette, predictor.page_classes,
                        options, source=page.source, number=page.number, image=page.image)
            for (_, page), arrays in zip(batch, answers)]


@contextlib.contextmanager
def _memory(pages: Sequence[PageImage]) -> Iterator[None]:
    """Say in a sentence which pages were too large for the network's memory."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        height, width = np.max([page.image.shape[:2] for page in pages], axis=0)
        raise InputError(f'the memory does not suffice for {len(pages)} pages of up to '
                         f'{width} x {height} at once, the first of {pages[0].source}: '
                         'take a smaller batch or smaller pages') from error
