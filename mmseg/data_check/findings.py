"""Kinds of faults of a data set, and a list of the worst findings."""
from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

ERROR, WARNING = 'error', 'warning'


class Kind(NamedTuple):
    """A kind of fault."""
    title: str
    severity: str
    recommendation: str


# In the order of reports: what stops a training first.
KINDS = {
    'dataset': Kind('data sets that cannot be built', ERROR,
                    'The config names something that is not there or not readable as a whole.'),
    'unknown': Kind('data sets that are not known', WARNING,
                    'Only data sets with img_infos can be checked page by page.'),
    'classes': Kind('classes that the network does not have', ERROR,
                    'num_classes of every head must be the number of classes of the data set.'),
    'class_weight': Kind('weights of other classes', ERROR,
                         'class_weight of a loss has one value for each class.'),
    'tested': Kind('tests of other classes', ERROR,
                   'Give test_cfg and evaluation classes of the data set, or take the key out.'),
    'pipeline': Kind('pages that a transform refuses', ERROR,
                     'The training would end at such a page.'),
    'missing': Kind('missing files', ERROR,
                    'Put the files there, or take their pages out of the split.'),
    'unreadable': Kind('unreadable files', ERROR,
                       'Cut off while copying, or not what the suffix says: copy them again.'),
    'size': Kind('sizes of image and label map differ', ERROR,
                 'Export the label map again from this very image, or scale it with nearest '
                 'neighbour.'),
    'colour': Kind('label maps in colour', ERROR,
                   'A label map holds one class index per pixel; turn colours into indices.'),
    'smoothed': Kind('anti-aliased label maps', ERROR,
                     'Smoothing, scaling or JPEG made values that mean nothing: draw without '
                     'anti-aliasing, scale with nearest neighbour, save as PNG.'),
    'outside': Kind('values outside the classes', ERROR,
                    'Such values end in a CUDA assertion: give them a class, or 255 to ignore '
                    'them.'),
    'page_label': Kind('page labels missing or unknown', ERROR,
                       'Each page needs the index or name of its page class.'),
    'only_0_255': Kind('splits of 0/255 label maps', ERROR,
                       '255 is ignored, so that the foreground is never learned: write 1 where it '
                       'is 255.'),
    'no_labels': Kind('splits without label maps', ERROR,
                      'What has no label maps can be neither trained on nor evaluated.'),
    'duplicate': Kind('the same page in two splits', ERROR,
                      'Scores on pages that were trained on say nothing; keep them in one split.'),
    'near_duplicate': Kind('pages that look the same in two splits', WARNING,
                           'The same page saved, scaled or cropped again? Then keep it in one '
                           'split.'),
    'spare_classes': Kind('classes that the data do not have', WARNING,
                          'The network can predict classes that no page teaches.'),
    'other_names': Kind('transforms that name other classes', WARNING,
                        'Give the transform the classes of the data set, or take it out.'),
    'mask_0_255': Kind('0/255 label maps', WARNING,
                       '255 is ignored: where it is meant as foreground, write the class index.'),
    'interpolated': Kind('label maps that look interpolated', WARNING,
                         'Scaled other than with nearest neighbour, they have thin seams of other '
                         'classes along their borders.'),
    'empty': Kind('empty label maps', WARNING,
                  'Blank pages are fine; on pages with content the labels may have been '
                  'forgotten.'),
    'absent': Kind('classes that never occur', WARNING,
                   'A class without pixels in training cannot be learned.'),
}


@dataclass(frozen=True)
class Finding:
    """One fault of one page, or of a whole split.

    Attributes:
        kind: Key of :data:`KINDS`.
        split: Such as 'train', or 'val, test' where both read the same pages.
        file: The faulty file; '' for a whole split.
        message: One sentence: what was expected, what came, what to do.
        weight: How bad it is among its kind, such as a number of pixels.
        page: Number of the source and of the page in it.
        other: The same of a second page, for duplicates.
    """
    kind: str
    split: str
    file: str
    message: str
    weight: float = 0
    page: tuple[int, int] | None = None
    other: tuple[int, int] | None = None

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {'severity': KINDS[self.kind].severity,
                **{key: value for key, value in asdict(self).items()
                   if key not in ('page', 'other', 'weight')}}


class Findings:
    """The worst findings of each kind, and how many there are of all.

    Args:
        keep: Findings of a kind that are kept; the rest is only counted.
    """

    def __init__(self, keep: int = 100) -> None:
        self.keep = keep
        self.counts: Counter[tuple[str, str]] = Counter()
        self._heaps: defaultdict[str, list[tuple[float, int, Finding]]] = defaultdict(list)

    def add(self, finding: Finding) -> None:
        """Count a finding, and keep it if it is among the worst of its kind, or the first."""
        self.counts[finding.kind, finding.split] += 1
        # the order makes ties fall for the earlier finding, and no two entries equal
        entry = (finding.weight, -self.counts.total(), finding)
        heap = self._heaps[finding.kind]
        if len(heap) < self.keep:
            heapq.heappush(heap, entry)
        elif self.keep:
            heapq.heappushpop(heap, entry)

    def extend(self, findings: Iterable[Finding]) -> None:
        """Add several."""
        for finding in findings:
            self.add(finding)

    def of(self, kind: str) -> list[Finding]:
        """The kept findings of a kind, the worst first."""
        return [entry[2] for entry in sorted(self._heaps.get(kind, ()), reverse=True)]

    def kinds(self) -> list[str]:
        """The kinds that were found, in the order of :data:`KINDS`."""
        found = {kind for kind, _ in self.counts}
        return [kind for kind in KINDS if kind in found]

    def number(self, kind: str) -> int:
        """How many findings of a kind there are, kept or not."""
        return sum(count for (of, _), count in self.counts.items() if of == kind)

    def total(self, severity: str) -> int:
        """How many findings of a severity there are."""
        return sum(count for (kind, _), count in self.counts.items()
                   if KINDS[kind].severity == severity)
