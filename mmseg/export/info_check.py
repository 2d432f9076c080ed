"""Checks of the JSON next to an exported file."""
from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..utils.errors import InputError

# Of a side in pixels, of a list of names, of a name in characters.
_LARGEST, _MOST, _LONGEST = 32_768, 10_000, 200
_METHODS = ('pixels', 'ratio', 'vatti_ratio')


def check_values(values: Mapping[str, Any], source: str) -> None:
    """Raise InputError for a value of another type or beyond what a page can be.

    Args:
        values: The parsed JSON.
        source: The file, for the message.
    """
    check = _Check(source)
    for key in ('classes', 'page_types'):
        check.holds(key, _names(values.get(key, ())), 'a list of different names')
    check.holds('palette', isinstance(values.get('palette', ()), (list, tuple)) and all(
        _numbers(colour, 3, 0, 255, whole=True) for colour in values.get('palette', ())),
        'a list of colours, three numbers from 0 to 255 each')
    if values.get('palette'):
        check.holds('palette', len(values['palette']) >= len(values.get('classes', ())),
                    'a colour for each class')
    for key in ('graph', 'preprocessing', 'window', 'erosion', 'refinements'):
        check.holds(key, isinstance(values.get(key), (Mapping, type(None))), 'an object')
    check.holds('threshold', values.get('threshold') is None or
                _number(values['threshold'], 0, 1), 'a number from 0 to 1')
    check.holds('align_corners', isinstance(values.get('align_corners', False), bool),
                'true or false')
    check.size('page_size', values.get('page_size'))
    check.holds('pages', values.get('pages') is None or
                _number(values['pages'], 1, 1000, whole=True), 'a number of pages')
    _check_parts(values, check)


def _check_parts(values: Mapping[str, Any], check: _Check) -> None:
    window, erosion = values.get('window'), values.get('erosion')
    if window is not None:
        for key in ('crop_size', 'stride'):
            check.holds(f'window.{key}', window.get(key) is not None, 'there')
            check.size(f'window.{key}', window[key])
        check.holds('window.stride', all(step * 16 >= side for step, side in
                                         zip(window['stride'], window['crop_size'])),
                    'at least a sixteenth of crop_size')
    graph, prepare = values.get('graph') or {}, values.get('preprocessing')
    scales = graph.get('scales', (1.,))
    check.holds('graph.scales', isinstance(scales, (list, tuple)) and len(scales) > 0
                and all(_number(scale, 1e-3, 16) for scale in scales), 'a list of ratios')
    check.holds('graph.output', graph.get('output', 'scores') in ('scores', 'logits', 'pred'),
                'scores, logits or pred')
    check.holds('graph.layers', isinstance(graph.get('layers'), (Mapping, type(None))),
                'an object')
    check.normalization('graph.normalization', graph.get('normalization'))
    if prepare is not None:
        for key in ('scale', 'pad'):
            check.size(f'preprocessing.{key}', prepare.get(key))
        check.holds('preprocessing.normalization', prepare.get('normalization') is not None,
                    'there')
        check.normalization('preprocessing.normalization', prepare['normalization'])
        check.holds('preprocessing.keep_ratio', isinstance(prepare.get('keep_ratio'), bool),
                    'true or false')
    if erosion is not None:
        check.size('erosion.scale', erosion.get('scale'))
        methods = erosion.get('methods')
        check.holds('erosion.methods', isinstance(methods, Mapping) and all(
            name in values.get('classes', ()) and isinstance(way, (list, tuple)) and len(way) == 2
            and way[0] in _METHODS and _number(way[1], 0, 1000) for name, way in methods.items()),
            'for each class a method and a number')


class _Check:
    """Raises the sentence that names the file and the key."""

    def __init__(self, source: str) -> None:
        self.source = source

    def holds(self, key: str, true: bool, expected: str) -> None:
        if not true:
            raise InputError(f'{self.source} does not describe an exported network: {key} must be '
                             f'{expected}')

    def size(self, key: str, value: Any) -> None:
        self.holds(key, value is None or _numbers(value, 2, 1, _LARGEST, whole=True),
                   f'two numbers of pixels, at most {_LARGEST}')

    def normalization(self, key: str, value: Any) -> None:
        if value is None:
            return
        self.holds(key, isinstance(value, Mapping) and _numbers(value.get('mean'), 3, -1e6, 1e6)
                   and _numbers(value.get('std'), 3, 1e-9, 1e6)
                   and isinstance(value.get('to_rgb', True), bool),
                   'three numbers of mean and std each, and to_rgb')


def _names(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) <= _MOST and all(
        isinstance(name, str) and len(name) <= _LONGEST and not re.search(r'[\x00-\x1f]', name)
        for name in value) and len(set(value)) == len(value)


def _number(value: Any, least: float, most: float, whole: bool = False) -> bool:
    return isinstance(value, int if whole else (int, float)) and not isinstance(value, bool) \
        and least <= value <= most  # neither nan nor infinite; an int of any length


def _numbers(value: Any, count: int, least: float, most: float, whole: bool = False) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == count and \
        all(_number(item, least, most, whole) for item in value)
