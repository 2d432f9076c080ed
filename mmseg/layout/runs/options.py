"""How a folder of pages becomes files, and what came of it."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...inference.tiles import TileCount
from ...utils.errors import InputError
from ..region_options import RegionOptions
from ..writers import FORMATS, check_level, find_format

# What a page goes through, in this order.
STAGES = ('reading', 'network', 'regions', 'writing')

_NO_TILES = TileCount()


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
        strict: Raise at the first page that cannot be read, rather than continue with the others.
            Pages are then processed one batch after the other.
        resume: Skip the pages whose files are complete and newer than the page.
        rows: Results hold the regions of each page, for tables; no format is needed then.
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
    resume: bool = False
    rows: bool = False

    def __post_init__(self) -> None:
        """Raise InputError for an unknown format or a batch without pages."""
        for name in self.formats:
            find_format(name)
        if self.rows and 'coco' in self.formats:
            raise InputError('a run that writes tables has no COCO file of all pages; leave coco '
                             'out of the formats')
        if not self.formats and not self.rows:
            raise InputError(f'no format was given; use some of {", ".join(FORMATS)}')
        if self.batch < 1:
            raise InputError(f'a batch has at least one page, got {self.batch}')
        check_level(self.level)
        if self.crop not in (None, 'lines'):
            raise InputError(f"crop is 'lines' or None, got {self.crop!r}")

    @property
    def page_formats(self) -> list[str]:
        """The formats with a file for each page: all but COCO."""
        return [kind for kind in self.formats if kind != 'coco']


@dataclass
class LayoutReport:
    """What came of a run.

    Attributes:
        pages: Number of pages that were processed.
        skipped: Number of pages whose files were complete before.
        files: Number of files written.
        problems: A sentence for each file or page without a result.
        seconds: Duration of the run.
        workers: Number of processes that processed pages; 0 for the calling process itself.
        stages: Seconds spent in each of :data:`STAGES`, summed over the processes.
        tiles: Pixels of larger scales that were computed, where ``test_cfg.tiles`` computes a part.
    """

    pages: int = 0
    skipped: int = 0
    files: int = 0
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.
    workers: int = 0
    stages: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.))
    tiles: TileCount = _NO_TILES

    def add(self, problem: str | None, files: int = 0, stages: Mapping[str, float] = {},
            tiles: TileCount = _NO_TILES) -> None:
        """Count a page, or take note of why there is none.

        Args:
            problem: None where the page was processed.
            files: Number of files written.
            stages: Seconds spent in each stage.
            tiles: Pixels of larger scales.
        """
        for stage, seconds in stages.items():
            self.stages[stage] += seconds
        self.tiles = self.tiles.plus(*tiles)
        if problem is not None:
            self.problems.append(problem)
            return
        self.pages += 1
        self.files += files

    def merge(self, other: LayoutReport) -> None:
        """Add what another report counts, but its duration."""
        self.pages += other.pages
        self.skipped += other.skipped
        self.files += other.files
        self.problems += other.problems
        self.tiles = self.tiles.plus(*other.tiles)
        for stage, seconds in other.stages.items():
            self.stages[stage] += seconds

    def lines(self) -> list[str]:
        """Return pages per second and the share of each stage, as lines for a user."""
        if not self.pages:
            return []
        total = sum(self.stages.values()) or 1.
        where = (f'{self.workers} processes' if self.workers > 1 else 'one process')
        shares = ', '.join(f'{name} {self.stages[name] / total:.0%}' for name in STAGES)
        skipped = self.tiles.skipped
        tiles = [] if skipped is None else [
            f'larger scales: {skipped:.0%} of their pixels were not needed']
        return [f'{self.pages / max(self.seconds, 1e-9):.2f} pages per second in {where}, '
                f'{self.seconds:.1f} s', f'share of the time: {shares}', *tiles]
