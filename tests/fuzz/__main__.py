"""Damaged files by the thousand: ``python -m tests.fuzz --number 1000 --seed 1``.

Each input is read in a process with limits of 10 seconds of a processor and 2 GB. Right is a value
or the project's own sentence; anything else is a fault, which the table counts by group. ``--show``
prints how often each fault came and the number of one input that shows it.
"""
from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from prettytable import PrettyTable

from mmseg.utils.sandbox import LimitError, run_limited

from .groups import GROUPS
from .run import MAX_SECONDS, make_input, outcome, prepare

# By the clock; what counts as a fault are seconds of the processor.
_SECONDS, _MEMORY = 6 * MAX_SECONDS, 2_000_000_000


def run_group(group: str, seed: int, number: int, first: int, keep: Path | None,
              show: bool) -> Counter[str]:
    """How many inputs of a group gave a value, were refused, or showed a fault."""
    counts: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    examples: dict[str, tuple[int, str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        prepare(group, folder)
        for index in range(first, first + number):
            try:
                kind, text = run_limited(outcome, group, seed, index, folder,
                                         what='the input', seconds=_SECONDS, memory=_MEMORY)
            except LimitError as error:
                kind, text = 'fault', str(error)
            counts[kind] += 1
            if kind == 'fault':
                place = text.split(': ')[0]
                faults[place] += 1
                examples.setdefault(place, (index, text))
    for place, count in faults.most_common() if show else ():
        index, text = examples[place]
        print(f'{group} {index}: {count} x {text}', flush=True)
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f'{group}-{seed}-{index}{Path(GROUPS[group].file).suffix}').write_bytes(
                make_input(group, seed, index))
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(prog='python -m tests.fuzz', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--group', action='append', choices=list(GROUPS), help='(default: all)')
    parser.add_argument('--number', type=int, default=100, help='of each group (default: 100)')
    parser.add_argument('--first', type=int, default=0, help='number of the first (default: 0)')
    parser.add_argument('--seed', type=int, default=0, help='(default: 0)')
    parser.add_argument('--show', action='store_true', help='print each kind of fault')
    parser.add_argument('--keep', type=Path, help='folder for an input of each kind of fault')
    args = parser.parse_args()
    table = PrettyTable(['group', 'inputs', 'values', 'refused', 'faults'], align='r')
    table.align['group'] = 'l'
    total: Counter[str] = Counter()
    for group in args.group or GROUPS:
        counts = run_group(group, args.seed, args.number, args.first, args.keep, args.show)
        total += counts
        table.add_row([group, counts.total(), counts['value'], counts['refused'], counts['fault']])
        print(f'{group}: {dict(counts)}', file=sys.stderr, flush=True)
    table.add_row(['all', total.total(), total['value'], total['refused'], total['fault']])
    print(table)
    sys.exit(1 if total['fault'] else 0)


if __name__ == '__main__':
    main()
