"""Damage to bytes, texts and values, drawn from a seeded generator."""
from __future__ import annotations

import copy
import math
import random
import re
from typing import Any

# Values that files have by mistake or on purpose; each is right somewhere and wrong elsewhere.
STRANGE: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 7, 255, 256, 65536, 2**31, 2**63, 10**30, .5, -.5, 1e308, 1e20,
    math.nan, math.inf, -math.inf, '', ' ', 'x', '0', '-1', '1e9', 'nan', 'background', 'text',
    '../../etc/passwd', '/etc/passwd', 'C:\\x', 'http://127.0.0.1:9/x', 'a/b', 'ä', '\U0001f600',
    '\0', '\n', 'x' * 5000, [], {}, [[]], [None], [0, 0], [-1, 2], ['x', 'x'], {'type': 'x'},
    {'': 0}, [[[[[]]]]], [[0, 0], [1e9, 0], [5, 5]])
# Letters of a word that is repeated; repeated again and again it would fill the memory.
_LONGEST = 100_000
_NUMBER = re.compile(r'-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?')
_WORD = re.compile(r'\w+|[^\w\s]')
_NUMBERS = ('0', '-1', '1', '2', '1e999', '-1e20', 'nan', '1' * 400, '4294967296', '2147483647',
            '.5', '00', '0x10', '')
_TEXTS = ('', '"', "'", '[', ']', '{', '}', '(', ')', '<', '>', ',', ':', '\0', '\\', '\n', '\t',
          'None', 'null', 'true', '*', '&a', '!!python/name:os.system ', '&#x0;', '<!--', 'ä',
          '\ufeff', '..', '/', '%', '__import__("os")', 'lambda: 0')


def damaged(rng: random.Random, sample: Any, write: Any) -> bytes:
    """A damaged sample as the bytes of a file.

    Args:
        rng: Draws what is damaged.
        sample: Bytes, a text, or a value that ``write`` makes bytes or a text of.
        write: Used for values.
    """
    if not isinstance(sample, (bytes, str)):
        written = write(damaged_value(rng, sample) if rng.random() < .7 else sample)
        if rng.random() < .7:
            return as_bytes(written)
        sample = written
    if isinstance(sample, str) and rng.random() < .7:
        return as_bytes(damaged_text(rng, sample))
    return damaged_bytes(rng, as_bytes(sample))


def as_bytes(content: str | bytes) -> bytes:
    """A text in UTF-8; bytes as they are."""
    return content.encode('utf-8', 'surrogatepass') if isinstance(content, str) else content


def damaged_bytes(rng: random.Random, content: bytes) -> bytes:
    """``content`` with some bytes changed, taken out, put in, repeated or cut off."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        place = rng.randrange(len(data) + 1)
        length = min(rng.choice((1, 1, 2, 4, 16, 200)), len(data) - place)
        kind = rng.randrange(7)
        if kind == 0 and place < len(data):
            data[place] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[place:place + length] = rng.randbytes(length)
        elif kind == 2:
            data[place:place + length] = rng.choice((b'\0', b'\xff', b'\x7f', b'\x80')) * length
        elif kind == 3:
            del data[place:place + length]
        elif kind == 4:
            data[place:place] = rng.randbytes(rng.choice((1, 4, 16)))
        elif kind == 5:
            data[place:place] = data[place:place + length] * rng.choice((1, 2, 50))
        elif rng.random() < .5:
            del data[place:]
    return bytes(data)


def damaged_text(rng: random.Random, text: str) -> str:
    """``text`` with some numbers, words and lines exchanged, repeated, taken out or put in."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        pattern, others = rng.choice(((_NUMBER, _NUMBERS), (_WORD, _TEXTS)))
        found = list(pattern.finditer(text))
        if not found:
            text += rng.choice(_TEXTS)
            continue
        one, other = rng.choice(found), rng.choice(found)
        kind = rng.randrange(5)
        new = (rng.choice(others), other[0], '', one[0] + rng.choice(others),
               one[0] * min(rng.choice((2, 2000)), 1 + _LONGEST // len(one[0])))[kind]
        text = text[:one.start()] + new + text[one.end():]
    if rng.random() < .15:
        lines = text.splitlines(keepends=True)
        rng.shuffle(lines)
        text = ''.join(lines[:rng.randrange(len(lines) + 1)])
    return text


def damaged_value(rng: random.Random, value: Any) -> Any:
    """A copy of nested dicts and lists with one to three parts of them changed."""
    value = copy.deepcopy(value)
    for _ in range(rng.choice((1, 1, 2, 3))):
        holders: list[Any] = []
        _collect(value, holders)
        if not holders:
            return rng.choice(STRANGE)
        holder = rng.choice(holders)
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        if not keys:
            if isinstance(holder, list):
                holder.append(copy.deepcopy(rng.choice(STRANGE)))
            continue
        _change(rng, holder, rng.choice(list(keys)), value)
    return value


def _change(rng: random.Random, holder: Any, key: Any, whole: Any) -> None:
    """Change what ``holder`` has at ``key``."""
    kind = rng.randrange(6)
    if kind == 0:
        del holder[key]
    elif kind == 1 and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[key]))
    elif kind == 1:
        holder[rng.choice(('x', 'type', '', str(key) + 's'))] = holder.pop(key)
    elif kind == 2:
        holder[key] = [holder[key]]
    elif kind == 3:
        other: list[Any] = []
        _collect(whole, other)
        holder[key] = copy.deepcopy(rng.choice(other))
    else:
        holder[key] = copy.deepcopy(rng.choice(STRANGE))


def _collect(value: Any, holders: list[Any]) -> None:
    """All dicts and lists in a value."""
    if isinstance(value, (dict, list)):
        holders.append(value)
        for part in value.values() if isinstance(value, dict) else value:
            _collect(part, holders)
