"""Check of a config's data, in full or of the first pages before a training."""
from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import mmcv

from mmseg.utils.errors import InputError, plural

from .duplicates import find_duplicates
from .findings import ERROR, KINDS, WARNING, Finding, Findings
from .fit import class_findings, evaluation_findings, transform_findings, weight_findings
from .image import hashes_at_hand
from .recommendations import Classes, count_classes, measure_sizes
from .report import Report
from .run import check_pages
from .splits import SPLITS, Source, find_sources
from .totals import Chunk

FIRST_PAGES = 16
_NAMED = 8


def check_config(cfg: mmcv.Config, name: str = 'the config', *,
                 splits: Sequence[str] = SPLITS, first: int | None = None, nproc: int = 1,
                 keep: int = 100, progress: bool = False) -> Report:
    """Return the findings on the data that a config trains and tests on.

    Pages are read one after the other; what stays of each is some fifty bytes.

    Args:
        cfg: With ``data``; ``model`` is looked at for its classes.
        name: What reports call it.
        splits: Parts of ``data`` to check.
        first: Pages of each data set to look at; all where None.
        nproc: Processes that read.
        keep: Findings of a kind that are kept; the rest is counted.
        progress: Whether to show a bar.

    Raises:
        InputError: The config has none of the parts.
    """
    findings = Findings(keep)
    sources = find_sources(cfg, findings, splits)
    look = hashes_at_hand()
    notes = [] if look else ["pages were not compared across splits: that needs ImageHash; install "
                             "the extra 'data' (pip install 'mmseg-layout[data]')"]
    totals = check_pages(sources, findings, first=first, nproc=nproc, look=look, progress=progress)
    findings.extend(find_duplicates(sources, totals))
    findings.extend(_of_splits(cfg, sources, totals, not findings.total(ERROR)))
    classes = count_classes(sources, totals)
    if first is None:
        findings.extend(_absent(classes))
    return Report(cfg, name, sources, totals, findings, classes,
                  measure_sizes(cfg, sources, totals), notes)


def check_first_pages(cfg: mmcv.Config, logger: logging.Logger, validate: bool = True,
                      first: int = FIRST_PAGES, train: Any = None) -> None:
    """Check the first pages of a training, which takes a second or two.

    Args:
        cfg: With ``data``; its test split, which a training does not need, is not checked.
        logger: Told what was checked, and the first warning of each kind.
        validate: Whether the training tests on ``data.val``.
        first: Pages of each data set.
        train: What was built of ``data.train``, if it was built already.

    Raises:
        InputError: The first pages have errors; one line per kind.
    """
    if train is not None and not getattr(train, 'counts_pages', True):
        _check_classifier(cfg, train)
        return
    findings = Findings(keep=1)
    sources = find_sources(cfg, findings, ('train', 'val') if validate else ('train', ),
                           {} if train is None else {'train': train})
    totals = check_pages(sources, findings, first=first, look=False)
    findings.extend(_of_splits(cfg, sources, totals, not findings.total(ERROR)))
    lines: dict[str, list[str]] = {ERROR: [], WARNING: []}
    for kind in findings.kinds():
        rest = findings.number(kind) - 1
        more = f' ({rest} more like this on the first pages)' if rest else ''
        lines[KINDS[kind].severity].append(findings.of(kind)[0].message + more)
    for line in lines[WARNING]:
        logger.warning(line)
    if lines[ERROR]:
        raise InputError('\n'.join(lines[ERROR]))
    looked = ', '.join(f'{len(total.sizes)} of {source.name}'
                       for source, total in zip(sources, totals, strict=True))
    logger.info('First pages checked (%s): %s', looked or 'none',
                plural(findings.total(WARNING), 'warning') if lines[WARNING] else 'nothing found')


def _check_classifier(cfg: mmcv.Config, train: Any) -> None:
    """Raise InputError where head and data set of a classifier disagree on their classes.

    The data set has looked at files and labels already.
    """
    count = ((cfg.get('model') or {}).get('head') or {}).get('num_classes')
    if count is not None and train.CLASSES is not None and count != len(train.CLASSES):
        raise InputError(f'model.head.num_classes is {count}, but data.train has '
                         f'{len(train.CLASSES)} classes ({", ".join(train.CLASSES)}); make them '
                         'the same')


def _of_splits(cfg: mmcv.Config, sources: Sequence[Source], totals: Sequence[Chunk],
               readable: bool) -> list[Finding]:
    """Faults of whole splits; a page is only transformed where all are readable."""
    findings = []
    for source, total in zip(sources, totals, strict=True):
        expected = getattr(source.dataset, 'with_seg', True) is True
        if expected and not source.labelled and source.splits != ['test']:
            findings.append(Finding(
                'no_labels', source.name, '', f'data.{source.splits[0]} has no label maps: '
                f'expected them in {getattr(source.dataset, "ann_dir", None)}; see ann_dir and '
                'seg_map_suffix'))
        if total.binary and not total.with_class:
            findings.append(Finding(
                'only_0_255', source.name, '', f'data.{source.splits[0]} has label maps of 0 and '
                f'255 only ({total.binary} of {total.masks}), and 255 is ignored, so that no class '
                'but 0 is ever learned; write the index of the class where it is 255',
                total.binary))
        findings += class_findings(cfg, source)
        if 'train' in source.splits:
            findings += transform_findings(source, readable)
    return findings + weight_findings(cfg) + evaluation_findings(cfg, sources)


def _absent(classes: Classes | None) -> list[Finding]:
    """Classes without a pixel in training, in one sentence."""
    lost = [] if classes is None else [
        f'{name} ({number})' for number, name in enumerate(classes.names)
        if not classes.pixels[number]]
    if not lost:
        return []
    more = f' and {len(lost) - _NAMED} more' if len(lost) > _NAMED else ''
    return [Finding('absent', 'train', '', f'no page of data.train has a pixel of '
                    f'{plural(len(lost), "class", "classes")}: '
                    f"{', '.join(lost[:_NAMED])}{more}; label some, or leave them out with "
                    'classes=[...]')]
