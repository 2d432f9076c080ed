"""Damaged files by the thousand: ``python -m tests.fuzz --number 1000 --seed 1``.

Inputs are read in a process with limits of 10 seconds of a processor for each and 2 GB. Right is a
value or the project's own sentence; anything else is a fault, which the table counts by group.
``--show`` prints how often each fault came and the number of one input that shows it. Groups take
turns, and after ``--seconds`` of a processor no further turn begins, so that quick groups get many
inputs and slow ones some.
"""
from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from prettytable import PrettyTable

from mmseg.utils.sandbox import LimitError

from .reader import MAX_SECONDS, Reader

# Inputs that one call reads, at most; where one ends the process, all are read again, one by one.
_TOGETHER = 100


class Progress:
    """What became of the inputs of a group.

    Args:
        reader: Has the process that reads them.
        group: Its name.
        folder: Empty; its inputs are written there.
        numbers: Of the inputs.
    """

    def __init__(self, reader: Reader, group: str, folder: Path, numbers: range) -> None:
        self.reader, self.group, self.folder = reader, group, str(folder)
        self.numbers = numbers
        self.counts: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.examples: dict[str, tuple[int, str]] = {}
        self.seconds = 0.
        folder.mkdir()
        reader.call('prepare', group, self.folder, many=True)

    def go_on(self, seed: int, seconds: float) -> None:
        """Read inputs for about so many seconds of a processor, and one at least."""
        until = self.seconds + seconds
        together = 1
        while self.numbers and (self.seconds < until or together == 1):
            now, self.numbers = self.numbers[:together], self.numbers[together:]
            before = self.seconds
            self._read(seed, now)
            pace = max((self.seconds - before) / len(now), 1e-4)
            together = max(2, min(_TOGETHER, int((until - self.seconds) / pace)))

    def _read(self, seed: int, numbers: range) -> None:
        """Read inputs together, or one by one where one of them ends the process."""
        try:
            found, seconds = self.reader.call('outcomes', self.group, seed, numbers, self.folder,
                                              many=len(numbers) > 1)
        except LimitError as error:
            if len(numbers) > 1:
                for number in numbers:
                    self._read(seed, range(number, number + 1))
                return
            found, seconds = [('fault', str(error))], MAX_SECONDS
        self.seconds += seconds
        for number, (kind, text) in zip(numbers, found):
            self.counts[kind] += 1
            if kind == 'fault':
                place = text.split(': ')[0]
                self.faults[place] += 1
                if place not in self.examples:
                    print(f'{self.group} {number}: {text}', file=sys.stderr, flush=True)
                    self.examples[place] = number, text

    def show(self, seed: int, keep: Path | None) -> None:
        """Print each kind of fault, and write an input that has it into a folder."""
        for place, count in self.faults.most_common():
            number, text = self.examples[place]
            print(f'{self.group} {number}: {count} x {text}', flush=True)
            if keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                name, content = self.reader.call('as_file', self.group, seed, number)
                (keep / f'{self.group}-{seed}-{number}{name}').write_bytes(content)


def table_of(groups: list[Progress]) -> tuple[PrettyTable, int]:
    """A row for each group and one for all, and the number of faults."""
    table = PrettyTable(['group', 'inputs', 'values', 'refused', 'faults', 'seconds'], align='r')
    table.align['group'] = 'l'
    total: Counter[str] = Counter()
    for group in groups:
        counts = group.counts
        total += counts
        table.add_row([group.group, counts.total(), counts['value'], counts['refused'],
                       counts['fault'], f'{group.seconds:.1f}'])
    table.add_row(['all', total.total(), total['value'], total['refused'], total['fault'],
                   f'{sum(group.seconds for group in groups):.1f}'])
    return table, total['fault']


def main() -> None:
    reader = Reader()
    known = reader.call('names', many=True)
    parser = argparse.ArgumentParser(prog='python -m tests.fuzz', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--group', action='append', choices=known, help='(default: all)')
    parser.add_argument('--number', type=int, default=100,
                        help='of each group, at most (default: 100)')
    parser.add_argument('--first', type=int, default=0, help='number of the first (default: 0)')
    parser.add_argument('--seconds', type=float, default=float('inf'),
                        help='of a processor, for all together (default: no limit)')
    parser.add_argument('--turn', type=float, default=2.,
                        help='seconds of a processor after which the next group goes on '
                             '(default: %(default)s)')
    parser.add_argument('--seed', type=int, default=0, help='(default: 0)')
    parser.add_argument('--show', action='store_true', help='print each kind of fault')
    parser.add_argument('--keep', type=Path, help='folder for an input of each kind of fault')
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        groups = [Progress(reader, name, Path(folder, str(number)),
                           range(args.first, args.first + args.number))
                  for number, name in enumerate(args.group or known)]
        turns = 0
        while any(group.numbers for group in groups) and \
                sum(group.seconds for group in groups) < args.seconds:
            for group in groups:
                group.go_on(args.seed, args.turn)
                print(f'{group.group}: {dict(group.counts)}', file=sys.stderr, flush=True)
            turns += 1
            print(f'after {turns} turns:\n{table_of(groups)[0]}', file=sys.stderr, flush=True)
        for group in groups if args.show or args.keep else ():
            group.show(args.seed, args.keep)
    table, faults = table_of(groups)
    print(table)
    sys.exit(1 if faults else 0)


if __name__ == '__main__':
    main()
