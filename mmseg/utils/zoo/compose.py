"""Configs of MMSegmentation 0.30.0's model zoo, composed from their names.

A name such as ``pspnet_r101-d8_769x769_40k_cityscapes`` says method, backbone, crop, schedule and
data set. Model, data set and schedule come from the files in ``configs/_base_``; the tables of
:mod:`mmseg.utils.zoo.rules` say what a part of the name changes in them.
"""
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from .exceptions import EXCEPTIONS
from .rules import DATA, LEAVES, MODELS, REMOVE, RULES

_NAMES = Path(__file__).with_name('names.txt')
_HEADS = ('decode_head', 'auxiliary_head')


@cache
def zoo_names() -> dict[str, str]:
    """The file name without ``.py`` → folder of each config that is composed."""
    lines = _NAMES.read_text(encoding='utf-8').splitlines()
    names = (name for line in lines if line and not line.startswith('#') for name in _expand(line))
    return {name.rpartition('/')[2]: name.rpartition('/')[0] for name in names}


def compose(name: str, read_base: Callable[[str], Mapping[str, Any]]) -> dict[str, Any]:
    """The values of a config of the zoo.

    Args:
        name: A key of :func:`zoo_names`.
        read_base: Gives the values of a file below ``configs``, such as
            ``_base_/schedules/schedule_40k.py``.

    Raises:
        KeyError: The name is not one of :func:`zoo_names`.
    """
    whole = f'{zoo_names()[name]}/{name}'
    values: dict[str, Any] = {}
    for base in _bases(whole):
        values.update(_copy(read_base(base)))
    for pattern, changes in (*RULES, *EXCEPTIONS):
        match = re.search(pattern, whole)
        if match is not None:
            for path, value in changes.items():
                _change(values, path.split('.'), value)
    return values


def _bases(name: str) -> list[str]:
    """The files below ``configs`` that a config of the zoo starts from."""
    for pattern, leaf in LEAVES:
        match = re.search(pattern, name)
        if match is not None:
            return [f'{match.expand(leaf)}.py']
    model = next(base for pattern, base in MODELS if re.search(pattern, name))
    data = next(base for pattern, base in DATA if re.search(pattern, name))
    steps = re.search(r'_(20|40|80|160|320)k', name)
    schedule = steps[1] if steps else '80'
    return [f'_base_/models/{model}.py', f'_base_/datasets/{data}.py', '_base_/default_runtime.py',
            f'_base_/schedules/schedule_{schedule}k.py']


def _change(part: Any, path: list[str], value: Any) -> None:
    """Set or remove one value; ``heads`` are all heads of a model, ``*`` all items of a list."""
    first, rest = path[0], path[1:]
    if first == 'heads':
        for head in _heads(part):
            _change(head, rest, value)
    elif first == '*':
        for item in part:
            _change(item, rest, value)
    elif rest:
        inner = part[int(first)] if isinstance(part, list) else part.setdefault(first, {})
        if inner is not None:
            _change(inner, rest, value)
    elif value is REMOVE:
        part.pop(first, None)
    elif isinstance(part, list):
        part[int(first)] = _copy(value)
    else:
        part[first] = _copy(value)


def _copy(value: Any) -> Any:
    """The same values, nothing in them shared: a change of ``data.test`` leaves ``data.val``."""
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_copy(item) for item in value)
    return value


def _heads(model: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for key in _HEADS:
        heads = model.get(key) or []
        yield from heads if isinstance(heads, list) else [heads]


def _expand(line: str) -> Iterator[str]:
    """The names of a line with alternatives in braces: ``a{1,2}`` gives ``a1`` and ``a2``."""
    pieces = re.split(r'\{([^}]*)\}', line)
    choices = [piece.split(',') if index % 2 else [piece] for index, piece in enumerate(pieces)]
    for chosen in product(*choices):
        yield ''.join(chosen)
