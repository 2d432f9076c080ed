"""The entries of the arrays in a JSON file, one after the other, however large the file is."""
from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from mmseg.utils.errors import InputError

_BLOCK = 1 << 22
_BLANK = re.compile(r'[ \t\r\n]*')


class Entry(NamedTuple):
    """An entry of an array: the array's name, the entry, and the range of its bytes."""

    array: str
    value: Any
    start: int
    length: int


class _Reader:
    """The text of a file from a place on, which grows as it is asked for.

    Bytes are read as Latin-1, where one byte is one character: what is structure in JSON looks the
    same in it, and places are places in the file.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            self.file = open(path, 'rb')
        except OSError as error:
            raise InputError(f'{path} cannot be read: {error.strerror or error}') from error
        self.text, self.at, self.base = '', 0, 0
        self.decoder = json.JSONDecoder()
        if self.file.read(3) != b'\xef\xbb\xbf':  # a byte order mark, as Windows writes it
            self.file.seek(0)
        else:
            self.base = 3

    def grow(self) -> bool:
        """Read on; False at the end of the file."""
        block = self.file.read(max(_BLOCK, len(self.text) - self.at))
        self.base += self.at
        self.text, self.at = self.text[self.at:] + block.decode('latin-1'), 0
        return bool(block)

    def peek(self) -> str:
        """The next character that is not a blank; an empty string at the end."""
        while True:
            found = _BLANK.match(self.text, self.at)
            assert found is not None
            self.at = found.end()
            if self.at < len(self.text) or not self.grow():
                return self.text[self.at:self.at + 1]

    def take(self, expected: str) -> str:
        """Step over the next character, which must be one of ``expected``."""
        found = self.peek()
        if not found or found not in expected:
            raise self.broken(f"expected one of {expected}, found {found or 'the end'}")
        self.at += 1
        return found

    def value(self) -> Any:
        """The value that begins here, its strings being UTF-8."""
        self.peek()
        while True:
            try:
                value, end = self.decoder.raw_decode(self.text, self.at)
            except RecursionError as error:
                raise self.broken('it is nested too deeply') from error
            except json.JSONDecodeError as error:
                if not self.grow():
                    raise self.broken(error.msg) from error
                continue
            except ValueError as error:  # a number of thousands of digits
                raise self.broken(str(error)) from error
            if end == len(self.text):  # a number may go on behind what has been read
                if self.grow():
                    continue
                end = len(self.text)
            raw, self.at = self.text[self.at:end], end
            try:
                return value if raw.isascii() else json.loads(raw.encode('latin-1'))
            except ValueError as error:
                raise self.broken(str(error)) from error

    def broken(self, why: str) -> InputError:
        return InputError(f'{self.path} is not valid JSON: {why} at byte {self.base + self.at}; is '
                          'it cut off?')


def read_arrays(path: str) -> Iterator[Entry]:
    """The entries of all arrays at the top of a JSON object; other values come whole.

    Args:
        path: The file. A value that is not an array comes as one entry.

    Raises:
        InputError: The file is not a JSON object, or cut off.
    """
    reader = _Reader(path)
    with reader.file:
        if reader.peek() != '{':
            raise InputError(f'{path} is not a JSON object; expected annotations of COCO, an '
                             f'object '
                             'with images, annotations and categories')
        reader.take('{')
        while reader.peek() != '}':
            name = reader.value()
            reader.take(':')
            if reader.peek() == '[':
                yield from _entries(reader, str(name))
            else:
                start, value = reader.base + reader.at, reader.value()
                yield Entry(str(name), value, start, reader.base + reader.at - start)
            if reader.peek() != '}':
                reader.take(',')


def _entries(reader: _Reader, name: str) -> Iterator[Entry]:
    reader.take('[')
    while reader.peek() != ']':
        start = reader.base + reader.at
        value = reader.value()
        yield Entry(name, value, start, reader.base + reader.at - start)
        if reader.peek() != ']':
            reader.take(',')
    reader.take(']')

