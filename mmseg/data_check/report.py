"""The report of a check, as tables on the terminal and as JSON."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mmcv
import numpy as np
from prettytable import PrettyTable

from mmseg.utils.errors import plural

from .findings import ERROR, KINDS, WARNING, Findings
from .recommendations import (
    CROP_RULE,
    WEIGHT_RULE,
    Classes,
    Sizes,
    crop_options,
    weight_options,
)
from .splits import Source
from .totals import Chunk

_PERCENTILES = (0, 10, 50, 90, 100)


@dataclass
class Report:
    """Results of a check.

    Attributes:
        cfg: The config.
        name: What was checked, such as the config's file name.
        sources: Which data sets it reads.
        totals: What their pages come to.
        findings: The faults.
        classes: How often classes occur in training; None where that is not known.
        sizes: How large the pages of training are; None where that is not known.
        notes: What was not checked, and why.
    """
    cfg: mmcv.Config
    name: str
    sources: Sequence[Source]
    totals: Sequence[Chunk]
    findings: Findings
    classes: Classes | None
    sizes: Sizes | None
    notes: list[str]

    @property
    def errors(self) -> int:
        """How many errors there are."""
        return self.findings.total(ERROR)

    @property
    def warnings(self) -> int:
        """How many warnings there are."""
        return self.findings.total(WARNING)

    @property
    def splits(self) -> list[str]:
        """The names of the splits, in the order of the sources."""
        named = {source.name: None for source in self.sources}
        return list({**named, **{split: None for _, split in self.findings.counts}})

    def verdict(self) -> str:
        """One sentence."""
        pages = sum(len(total.sizes) for total in self.totals)
        if not self.errors and not self.warnings:
            return f'{plural(pages, "page")} checked, nothing found'
        return (f'{plural(pages, "page")} checked: {plural(self.errors, "error")}, '
                f'{plural(self.warnings, "warning")}')

    def text(self, shown: int = 5) -> str:
        """Tables and sentences for a terminal, at most ``shown`` of a kind."""
        parts = [self._split_table()]
        if self.findings.counts:
            parts += [self._kind_table(), *self._sentences(shown)]
        if self.classes is not None:
            parts.append(self._class_text(self.classes))
        if self.sizes is not None:
            parts.append('\n'.join(self.size_lines(self.sizes)))
        parts += [f'note: {note}' for note in self.notes]
        return '\n\n'.join([*parts, self.verdict()])

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        content: dict[str, Any] = {
            'config': self.name, 'verdict': self.verdict(),
            'errors': self.errors, 'warnings': self.warnings, 'splits': self.split_rows(),
            'counts': {kind: {split: self.findings.counts[kind, split] for split in self.splits
                              if self.findings.counts[kind, split]}
                       for kind in self.findings.kinds()},
            'findings': [dict(kind=kind, **{key: value for key, value in finding.plain().items()
                                            if key != 'kind'})
                         for kind in self.findings.kinds() for finding in self.findings.of(kind)],
            'notes': self.notes}
        if self.classes is not None:
            content['classes'] = {row['name']: {key: value for key, value in row.items()
                                                if key not in ('name', 'colour')}
                                  for row in self.class_rows(self.classes)}
            content['class_weight'] = self.classes.weights
            content['class_weight_option'] = weight_options(self.cfg, self.classes.weights)[1]
        if self.sizes is not None:
            content['sizes'] = {key: {f'p{percent}': int(value) for percent, value
                                      in zip(_PERCENTILES, values, strict=True)}
                                for key, values in _percentiles(self.sizes.sizes).items()}
            content['crop_size'] = list(self.sizes.crop)
            content['crop_option'] = crop_options(self.cfg, self.sizes.crop)[1]
        return content

    def split_rows(self) -> list[dict[str, Any]]:
        """Each data set: its split, type, pages, label maps, page labels."""
        rows = []
        for source, total in zip(self.sources, self.totals, strict=True):
            rows.append(dict(
                split=source.name, type=type(source.dataset).__name__,
                folder=str(getattr(source.dataset, 'img_dir', '') or ''),
                pages=len(source.pages), checked=len(total.sizes), label_maps=total.masks,
                page_labels=source.has_page_classes))
        return rows

    def class_rows(self, classes: Classes) -> list[dict[str, Any]]:
        """How often each class occurs."""
        pixels, pages = int(classes.pixels.sum()), sum(
            total.masks for source, total in zip(self.sources, self.totals, strict=True)
            if 'train' in source.splits)
        colours = classes.palette or [(120, 120, 120)] * len(classes.names)
        return [dict(name=name, colour=tuple(colours[k]), pixels=int(classes.pixels[k]),
                     pixel_share=float(classes.pixels[k] / max(pixels, 1)),
                     pages=int(classes.pages[k]),
                     page_share=float(classes.pages[k] / max(pages, 1)),
                     weight=classes.weights[k])
                for k, name in enumerate(classes.names)]

    def size_lines(self, sizes: Sizes) -> list[str]:
        """The sizes of the training pages and the crop they suggest, in sentences."""
        rows = _percentiles(sizes.sizes)
        lines = ['pages of training in pixels (smallest, 10 %, median, 90 %, largest): '
                 + '; '.join(f"{key} {', '.join(map(str, values))}"
                             for key, values in rows.items())]
        height, width = sizes.current or sizes.crop
        middle = np.median(sizes.scaled, axis=0)
        covered = min(width / middle[0], 1) * min(height / middle[1], 1)
        lines.append(
            f"the {'config' if sizes.current else 'suggestion'} crops {height}x{width} (height x "
            f'width): {covered:.0%} of the median page as the pipeline scales it '
            f'({middle[1]:.0f}x{middle[0]:.0f}), and {sizes.fits:.0%} of the pages hold it '
            'unpadded')
        line, option = crop_options(self.cfg, sizes.crop)
        same = ', as the config has it' if sizes.current == sizes.crop else ''
        lines.append(f'suggested crop{same} ({CROP_RULE}):\n  {line}'
                     + (f'\n  {option}' if option and not same else ''))
        return lines

    def _split_table(self) -> str:
        return _table(['data set', 'type', 'pages', 'checked', 'label maps', 'page labels'],
                      [[row['split'], row['type'], row['pages'], row['checked'],
                        row['label_maps'], 'yes' if row['page_labels'] else 'no']
                       for row in self.split_rows()])

    def _kind_table(self) -> str:
        counts = self.findings.counts
        return _table(['', 'finding', *self.splits],
                      [[KINDS[kind].severity, KINDS[kind].title,
                        *(counts[kind, split] or '' for split in self.splits)]
                       for kind in self.findings.kinds()])

    def _sentences(self, shown: int) -> list[str]:
        """Per kind the worst findings, and the number of the others."""
        blocks = []
        for kind in self.findings.kinds():
            worst = self.findings.of(kind)[:shown]
            lines = [f'{KINDS[kind].severity}: {finding.message}' for finding in worst]
            rest = self.findings.number(kind) - len(worst)
            if rest:
                lines.append(f'  ... and {rest} more {KINDS[kind].title}')
            blocks.append('\n'.join(lines))
        return blocks

    def _class_text(self, classes: Classes) -> str:
        table = _table(['class of training', 'pixels', '% of pixels', 'pages', 'weight'],
                       [[row['name'], row['pixels'], f"{100 * row['pixel_share']:.2f}",
                         row['pages'], f"{row['weight']:g}"] for row in self.class_rows(classes)])
        line, option = weight_options(self.cfg, classes.weights)
        return f'{table}\nsuggested weights, {WEIGHT_RULE}:\n  {line}\n  {option}'


def _percentiles(sizes: np.ndarray) -> dict[str, list[int]]:
    return {key: np.quantile(sizes[:, column], [p / 100 for p in _PERCENTILES],
                             method='nearest').tolist()
            for column, key in enumerate(('width', 'height'))}


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    table = PrettyTable(list(head))
    table.align = 'r'
    for name in head[:2]:
        table.align[name] = 'l'
    table.add_rows([list(row) for row in rows])
    return table.get_string()
