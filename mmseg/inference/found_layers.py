"""What a search for the scales of each class found, as a line of a config, tables and values."""
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from prettytable import PrettyTable


class FoundLayers(NamedTuple):
    """Result of a search.

    Args:
        classes: Their names.
        scales: Those that were tried, ascending.
        layers: Class name → scales, for ``model.test_cfg.layers``; empty where the mean over all
            scales is best.
        before: IoU (K,) of the mean over all scales.
        after: IoU (K,) with ``layers``.
        table: (K, M, K), IoU of all classes when one class takes a set of scales and the others
            are means over all.
        uniform: (M, K), IoU when all classes take a set.
        sets: The M sets of scales, the last one with them all.
        pages: How many were counted.
        missing: Classes whose IoU is 0 with every set of scales; with fewer than two others there
            is nothing to choose, and ``layers`` is empty.
    """

    classes: tuple[str, ...]
    scales: tuple[float, ...]
    layers: dict[str, list[float]]
    before: np.ndarray
    after: np.ndarray
    table: np.ndarray
    uniform: np.ndarray
    sets: list[tuple[float, ...]]
    pages: int
    missing: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The line for a config."""
        inside = ', '.join(f'{name!r}: {scales}' for name, scales in self.layers.items())
        return f'model = dict(test_cfg=dict(layers={{{inside}}}))'

    def text(self) -> str:
        """Tables of the scores in percent."""
        names = [' '.join(f'{scale:g}' for scale in chosen) for chosen in self.sets]
        names[-1] += ' (all)'
        alone = _table(['scales of all classes', *self.classes, 'mIoU'],
                       [[name, *_percents(iou)] for name, iou in zip(names, self.uniform)])
        one = _table(['its scales', *self.classes],
                     [[name, *(f'{_percent(self.table[k, m, k])}  ({_percent(mean_iou(column))})'
                               for k, column in enumerate(self.table[:, m]))]
                      for m, name in enumerate(names)])
        used = [' '.join(f'{scale:g}' for scale in self.layers.get(name, self.scales))
                for name in self.classes]
        result = _table(['', *self.classes, 'mIoU'],
                        [['mean over all scales', *_percents(self.before)],
                         ['with these layers', *_percents(self.after)], ['scales', *used, '']])
        return (f'All classes with the same scales, IoU in percent, {self.pages} pages:\n{alone}\n'
                f'One class with other scales than the rest, which uses all: its IoU, and in '
                f'brackets mIoU:\n{one}\nTogether:\n{result}{self._warning()}')

    def _warning(self) -> str:
        """A warning on classes that no scale finds."""
        if not self.missing:
            return ''
        text = (f'\nNo scale finds {", ".join(self.missing)} on these pages (IoU 0): their scales '
                'mean nothing')
        if len(self.classes) - len(self.missing) < 2:
            text += '; no layers are recommended, train the network first'
        return text

    def report(self) -> dict[str, Any]:
        """Everything as plain values, unrounded."""
        return dict(
            pages=self.pages, scales=list(self.scales), layers=self.layers,
            mIoU=mean_iou(self.after), mIoU_all_scales=mean_iou(self.before),
            IoU=dict(zip(self.classes, self.after.tolist())),
            IoU_all_scales=dict(zip(self.classes, self.before.tolist())),
            same_scales_for_all=[dict(scales=chosen, mIoU=mean_iou(iou),
                                      IoU=dict(zip(self.classes, iou.tolist())))
                                 for chosen, iou in zip(self.sets, self.uniform)],
            one_class_alone={name: [dict(scales=chosen, IoU=iou[k], mIoU=mean_iou(iou))
                                    for chosen, iou in zip(self.sets, self.table[k])]
                             for k, name in enumerate(self.classes)})


def mean_iou(iou: np.ndarray) -> float:
    """Return the mean of the classes (K,) that have an IoU."""
    return float(np.nanmean(iou))


def _percent(value: float) -> str:
    return '–' if np.isnan(value) else f'{100 * value:.2f}'


def _percents(iou: np.ndarray) -> list[str]:
    return [_percent(value) for value in (*iou, mean_iou(iou))]


def _table(head: Sequence[str], rows: list[list[str]]) -> str:
    table = PrettyTable()
    table.field_names = [str(i) for i in range(len(head))]  # two classes may share a name
    table.header = False
    table.add_row(list(head), divider=True)
    table.add_rows(rows)
    return table.get_string()
