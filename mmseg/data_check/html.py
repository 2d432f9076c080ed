"""The report of a check as one HTML file without further files."""
from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from mmseg.utils.atomic_write import atomic_write
from mmseg.utils.errors import plural

from .findings import KINDS
from .recommendations import WEIGHT_RULE, Sizes, weight_options
from .report import Report
from .thumbs import draw_finding

_DRAWN = 6
_GRID = 40  # cells of the picture of sizes along each side


def write_html(report: Report, path: str | os.PathLike[str]) -> None:
    """Write the report atomically.

    Args:
        report: From :func:`~mmseg.data_check.check_config`; its worst pages are read again.
        path: The file; its folder is made.

    Raises:
        InputError: The file cannot be written.
    """
    with atomic_write(path) as part:
        part.write_text(render(report), encoding='utf-8')


def render(report: Report) -> str:
    """The HTML text."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True,
        trim_blocks=True, lstrip_blocks=True)
    root = _common_folder(report)
    classes = report.classes
    return environment.get_template('report.html').render(
        report=report, root=root, plural=plural, rule=WEIGHT_RULE,
        kinds=[_kind(report, kind, root) for kind in report.findings.kinds()],
        splits=report.split_rows(),
        classes=report.class_rows(classes) if classes else [],
        weights=weight_options(report.cfg, classes.weights) if classes else None,
        sizes=_size_picture(report.sizes) if report.sizes else None,
        size_lines=report.size_lines(report.sizes) if report.sizes else [])


def _common_folder(report: Report) -> str:
    """The folder in which all pages lie, with a slash; '' where there is no such."""
    folders = [row['folder'] for row in report.split_rows() if row['folder']]
    try:
        common = os.path.commonpath(folders) if folders else ''
    except ValueError:
        return ''
    # one up from a single folder of images, whose sibling has the label maps
    common = os.path.dirname(common) if len(set(folders)) == 1 else common
    return common + os.sep if len(common) > 1 else ''


def _kind(report: Report, kind: str, root: str) -> Mapping[str, Any]:
    """A kind's findings: the worst with pictures, the others as sentences."""
    findings = report.findings.of(kind)

    def short(text: str) -> str:
        return text.replace(root, '') if root else text

    return dict(
        name=kind, title=KINDS[kind].title, severity=KINDS[kind].severity,
        recommendation=KINDS[kind].recommendation, number=report.findings.number(kind),
        counts={split: report.findings.counts[kind, split] for split in report.splits},
        drawn=[dict(message=short(finding.message), split=finding.split,
                    file=os.path.basename(finding.file) or f'data.{finding.split}',
                    thumbs=draw_finding(finding, list(report.sources)))
               for finding in findings[:_DRAWN]],
        listed=[short(finding.message) for finding in findings[_DRAWN:]],
        rest=report.findings.number(kind) - len(findings))


def _size_picture(sizes: Sizes) -> dict[str, Any]:
    """The pages' sizes in cells of a square, with how many pages are in each."""
    largest = int(sizes.sizes.max())
    cells, counts = np.unique(sizes.sizes * (_GRID - 1) // largest, axis=0, return_counts=True)
    return dict(
        grid=_GRID, largest=largest,
        cells=[dict(x=int(x), y=int(y), pages=int(number),
                    opacity=round(0.25 + 0.75 * float(number / counts.max()), 2))
               for (x, y), number in zip(cells, counts, strict=True)])
