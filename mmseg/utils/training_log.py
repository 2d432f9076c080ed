"""JSON logs of trainings: curves and times."""
import json
import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import InputError, MissingFileError, nearest

_NO_SCORES = ('mode', 'epoch', 'iter')


@dataclass
class Run:
    """A training, of one log or of several where it was interrupted and resumed.

    Attributes:
        name: For a legend.
        by_epoch: Whether places are epochs; else they are iterations.
        rows: What was logged, as ``(place, values)``; the place of an evaluation is the training's
            iteration or epoch.
        resumed_at: Places where it went on from a checkpoint.
    """

    name: str
    by_epoch: bool
    rows: list[tuple[float, dict[str, Any]]]
    resumed_at: list[float] = field(default_factory=list)

    @property
    def unit(self) -> str:
        """What places count."""
        return 'epoch' if self.by_epoch else 'iteration'

    def keys(self) -> list[str]:
        """Names of the numbers that were logged, in order."""
        names: dict[str, None] = {}
        for _, row in self.rows:
            names.update((key, None) for key, value in row.items()
                         if _is_number(value) and key not in _NO_SCORES)
        return list(names)

    def curve(self, key: str) -> tuple[list[float], list[float]]:
        """Places and values of a number.

        Raises:
            InputError: It was never logged.
        """
        points = [(place, float(row[key])) for place, row in self.rows
                  if _is_number(row.get(key))]
        if not points:
            known = self.keys()
            raise InputError(f"{self.name} has no '{key}'{nearest(key, known)}; it has "
                             f'{", ".join(known) or "no numbers at all"}')
        return [place for place, _ in points], [value for _, value in points]

    def time_summary(self, first_of_epochs: bool = True) -> str:
        """Lines on how long an iteration took, and where it took most and least.

        Args:
            first_of_epochs: Whether the first time of each epoch counts; it is often long.
        """
        rows = [(place, row) for place, row in self.rows if row.get('mode') == 'train'
                and _is_time(row.get('time'))]
        if not first_of_epochs:
            epochs = [row.get('epoch') for _, row in rows]
            rows = [row for number, row in enumerate(rows)
                    if epochs.index(epochs[number]) != number]
        if not rows:
            return f'{self.name}: no times were logged'
        if self.by_epoch:
            spans: dict[str, list[float]] = {}
            for _, row in rows:
                spans.setdefault(f"epoch {row['epoch']}", []).append(row['time'])
        else:
            spans = {f'up to iteration {place:g}': [row['time']] for place, row in rows}
        means = {span: statistics.mean(times) for span, times in spans.items()}
        slow, fast = max(means, key=means.__getitem__), min(means, key=means.__getitem__)
        mean = statistics.mean(row['time'] for _, row in rows)
        parts = 'epochs' if self.by_epoch else 'the lines of the log'
        waiting = [row['data_time'] for _, row in rows if _is_time(row.get('data_time'))]
        lines = [f'{self.name}: {mean:.4f} seconds an iteration'
                 + (f', of which {statistics.mean(waiting):.4f} waiting for data' if waiting
                    else ''),
                 f'  slowest: {slow}, {means[slow]:.4f} seconds an iteration',
                 f'  fastest: {fast}, {means[fast]:.4f} seconds an iteration',
                 f'  standard deviation over {parts}: '
                 f'{statistics.pstdev(means.values()):.4f}']
        memory = [row['memory'] for _, row in rows if _is_number(row.get('memory'))]
        if memory:
            lines.append(f'  GPU memory: {max(memory)} MB')
        if self.resumed_at:
            places = ', '.join(f'{place:g}' for place in self.resumed_at)
            lines.append(f'  resumed after {self.unit} {places}')
        return '\n'.join(lines)


def _is_number(value: Any) -> bool:
    """Whether it is one that a chart can show; Python's whole numbers may have any size."""
    return isinstance(value, float) or isinstance(value, int) and abs(value) < 2**63


def _is_time(value: Any) -> bool:
    """Whether it is a number of seconds, of which means can be taken."""
    return _is_number(value) and 0 <= value < 1e12


def read_runs(logs: Iterable[str | Path]) -> list[Run]:
    """Return the trainings in log files.

    A log that does not begin at the beginning is of a resumed training: it continues the log before
    it in the same folder, of which what the interrupted training did beyond the checkpoint is
    dropped.

    Args:
        logs: ``.log.json`` files, or folders that hold some.

    Raises:
        InputError: A file is not there or no such log.
    """
    runs: list[Run] = []
    begun: list[Path] = []  # the first file of each
    for file in _files(logs):
        run = _read(file)
        before = runs[-1] if runs and begun[-1].parent == file.parent else None
        start = 0. if before is None else _resumed_after(run, before)
        if before is not None and start > 0:
            before.rows = [(place, row) for place, row in before.rows if place <= start] + run.rows
            before.resumed_at.append(start)
        else:
            runs.append(run)
            begun.append(file)
    if len({run.by_epoch for run in runs}) > 1:
        raise InputError('some of these trainings count epochs and some iterations, so they '
                         'cannot share a chart')
    _name(runs, begun)
    return runs


def _files(logs: Iterable[str | Path]) -> list[Path]:
    files: list[Path] = []
    for log in map(Path, logs):
        if log.is_dir():
            inside = sorted(log.glob('*.log.json'))
            if not inside:
                raise InputError(f'{log} holds no .log.json file of a training')
            files += inside
        elif log.is_file():
            files.append(log)
        else:
            raise MissingFileError(f'log {log} not found')
    # Names begin with the time of their start; logs of one folder stay together.
    order = {parent: number for number, parent in reversed([*enumerate(f.parent for f in files)])}
    return sorted(dict.fromkeys(files), key=lambda file: (order[file.parent], file.name))


def _read(file: Path) -> Run:
    """One log, with the places of its rows."""
    head, rows = _lines(file)
    train = [row for row in rows if row['mode'] == 'train']
    runner = re.search(r'\b(Epoch|Iter)BasedRunner', str(head.get('config', '')))
    by_epoch = runner[1] == 'Epoch' if runner else any(
        later['epoch'] > row['epoch'] and later['iter'] <= row['iter']
        for row, later in zip(train, train[1:]))
    length = max((row['iter'] for row in train), default=1)  # of an epoch
    placed, place = [], 0.
    for row in rows:
        if row['mode'] == 'train':
            place = row['epoch'] - 1 + row['iter'] / length if by_epoch else row['iter']
        elif by_epoch:
            place = row['epoch']
        placed.append((place, row))
    return Run(file.name, by_epoch, placed)


def _lines(file: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The head of a log and its rows; a last line that was cut off is left out."""
    head, rows = {}, []
    lines = file.read_text(encoding='utf-8', errors='replace').splitlines()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            if number == len(lines) > 1:
                continue
            raise InputError(f'{file}, line {number}, is not JSON: is it the .log.json file of a '
                             'training?') from error
        if isinstance(row, dict) and 'mode' in row and all(
                _is_number(row.get(key)) for key in ('epoch', 'iter')):
            rows.append(row)
        elif isinstance(row, dict) and number == 1:
            head = row
    if not rows:
        raise InputError(f'{file} holds no line of a training or an evaluation')
    return head, rows


def _resumed_after(run: Run, before: Run) -> float:
    """Where a run resumed, 0 if it did not: one line's distance before its first line."""
    for some in (run, before):
        places = [place for place, row in some.rows if row['mode'] == 'train']
        if some is run and places:
            first = places[0]
        if len(places) > 1:
            return max(0., round(first - (places[1] - places[0]), 6))
        if not places:
            return 0.
    return 0.


def _name(runs: Sequence[Run], files: Sequence[Path]) -> None:
    """Call each run after its folder, and where several share one after the file too."""
    folders = [file.resolve().parent.name for file in files]
    for run, folder, file in zip(runs, folders, files, strict=True):
        stem = file.name.removesuffix('.log.json')
        run.name = folder if folders.count(folder) == 1 else f'{folder}/{stem}'
