"""Facts on each page in a few arrays; a million dicts would take half a gigabyte.

Loading workers are forks of the process that built the data set. Each dict and string that they
only look at is still copied, since Python counts references in it; arrays are shared.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

import numpy as np


class Names(Sequence[str]):
    """Many strings in one text and the places where they end.

    Args:
        names: Without the character NUL, which no file name has.

    Raises:
        ValueError: A name has the character NUL in it.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._text = '\0'.join(names).encode('utf-8', 'surrogateescape')
        ends = np.flatnonzero(np.frombuffer(self._text, np.uint8) == 0)
        self._ends = np.append(ends, len(self._text)) if len(names) else ends
        if len(self._ends) != len(names):
            raise ValueError('a name has the character NUL in it')

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...

    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        start = int(self._ends[index - 1]) + 1 if index else 0
        return self._text[start:int(self._ends[index])].decode('utf-8', 'surrogateescape')

    def __iter__(self) -> Iterator[str]:
        return iter(self._text.decode('utf-8', 'surrogateescape').split('\0') if len(self) else ())


class PageInfos(Sequence[dict[str, Any]]):
    """A dict for each page, made when it is asked for: ``filename``, and what else is known.

    A dict that is written to is kept, so that code which adds to ``img_infos[i]`` keeps working.

    Args:
        filenames: Of the images.
        seg_maps: Of the label maps, empty for a page without one; a pair of suffixes says what
            takes the place of what in the names of the images; None where there are none.
    """

    def __init__(self, filenames: Sequence[str],
                 seg_maps: Sequence[str] | tuple[str, str] | None = None) -> None:
        self._filenames = Names(filenames)
        self._suffixes = seg_maps if isinstance(seg_maps, tuple) else None
        self._seg_maps = None if seg_maps is None or self._suffixes else Names(seg_maps)
        self._columns: dict[str, np.ndarray] = {}
        self._written: dict[int, _Info] = {}
        self._rows: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self._filenames) if self._rows is None else len(self._rows)

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> PageInfos: ...

    def __getitem__(self, index: int | slice) -> dict[str, Any] | PageInfos:
        if isinstance(index, slice):
            return self.take(range(*index.indices(len(self))))
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(f'there are {len(self)} pages, but no page {index}')
        row = place if self._rows is None else int(self._rows[place])
        return self._written.get(row) or self._info(row)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def _info(self, row: int) -> _Info:
        filename = self._filenames[row]
        info = _Info(filename=filename)
        info.owner, info.row = self, row
        if self._suffixes is not None:
            stem = filename.removesuffix(self._suffixes[0])
            dict.__setitem__(info, 'ann', dict(seg_map=stem + self._suffixes[1]))
        elif self._seg_maps is not None and self._seg_maps[row]:
            dict.__setitem__(info, 'ann', dict(seg_map=self._seg_maps[row]))
        for key, column in self._columns.items():
            if column[row] >= 0:
                dict.__setitem__(info, key, int(column[row]))
        return info

    def filenames(self) -> Iterator[str]:
        """The names of the images, in order, at the least cost."""
        if self._rows is None:
            return iter(self._filenames)
        return (self._filenames[int(row)] for row in self._rows)

    def set_column(self, key: str, values: Any) -> None:
        """Let each page have a number of its own.

        Args:
            key: Its name.
            values: An integer from 0 on for each page, or one below 0 where it has none.
        """
        column = np.full(len(self._filenames), -1, np.int32)
        column[slice(None) if self._rows is None else self._rows] = values
        self._columns[key] = column
        for row, info in self._written.items():
            if column[row] >= 0:
                info[key] = int(column[row])

    def take(self, places: Iterable[int]) -> PageInfos:
        """The pages at ``places``, in that order and as often as they come there."""
        chosen = np.fromiter(places, np.int64)
        part = PageInfos.__new__(PageInfos)
        part.__dict__.update(self.__dict__)
        part._rows = chosen if self._rows is None else self._rows[chosen]
        return part


class _Info(dict[str, Any]):
    """A page's dict, which its owner keeps once it is written to; a copy is a plain dict."""

    owner: PageInfos
    row: int

    def _keep(self) -> None:
        self.owner._written[self.row] = self

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        self._keep()

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self._keep()

    def update(self, *args: Any, **kwargs: Any) -> None:
        super().update(*args, **kwargs)
        self._keep()

    def setdefault(self, key: str, default: Any = None) -> Any:
        value = super().setdefault(key, default)
        self._keep()
        return value

    def pop(self, *args: Any) -> Any:
        value = super().pop(*args)
        self._keep()
        return value

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self), )

    def __copy__(self) -> dict[str, Any]:
        return dict(self)


def page_infos(infos: Sequence[dict[str, Any]]) -> PageInfos:
    """``infos`` in arrays; those of a custom data set keep what else they hold."""
    if isinstance(infos, PageInfos):
        return infos
    held = PageInfos([info['filename'] for info in infos])
    for place, info in enumerate(infos):
        held[place].update(info)
    return held
