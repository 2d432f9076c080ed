"""Faults of a label map, and the number of pixels of each class."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import cv2
import mmcv
import numpy as np
from PIL import Image

from mmseg.utils.errors import InputError
from mmseg.utils.pictures import (
    UnknownFormatError,
    check_before_decoding,
    read_head,
    stored_values,
)

from .image import Unreadable, why

_VALUES = 256
_SHOWN = 5
# More values than this outside the classes come from smoothing, not from a forgotten class.
_FEW_STRAYS = 8
# Borders between classes that are not neighbours, and the share of them with a value between:
# below 0.003 in drawn label maps, above 0.2 in scaled ones (measured on pages).
_LEAST_BORDERS, _SEAM_SHARE = 12, 0.1
_EVERY = 8  # lines that are looked at
_BACKGROUND = ('background', 'back ground', 'bg')


class Fault(NamedTuple):
    """A fault of a label map; ``what`` follows its file's name."""
    kind: str
    what: str
    weight: float = 0


@dataclass
class MaskFacts:
    """Facts on a label map.

    Attributes:
        size: Width and height in pixels.
        counts: Pixels of each class, (K,); None where it is not a label map.
        faults: What is wrong.
        binary: Whether it holds 0 and an ignored 255 and nothing else.
    """
    size: tuple[int, int]
    counts: np.ndarray | None = None
    faults: list[Fault] = field(default_factory=list)
    binary: bool = False


class Picture(NamedTuple):
    """A decoded label map: its array, and the name of its format."""
    array: np.ndarray
    format: str


def decode_mask(content: bytes, loader: Any) -> Picture:
    """A label map's values, as ``loader``, a LoadAnnotations, decodes them.

    Raises:
        Unreadable: No picture, or not a whole one.
    """
    backend = getattr(loader, 'imdecode_backend', 'pillow')
    try:
        if backend == 'pillow':
            array, kind = stored_values(content, 'it')
        else:
            check_before_decoding(content, 'it')
            kind = read_head(content, 'it').kind
            array = mmcv.imfrombytes(content, flag='unchanged', backend=backend)
    except UnknownFormatError as error:
        raise Unreadable('no picture in a known format') from error
    except InputError as error:
        raise Unreadable(why(error)) from error
    except Exception as error:  # decoders fail in their own ways
        raise Unreadable(str(error)) from error
    if array is None:
        raise Unreadable(f'{backend} knows no such format')
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    return Picture(array.astype(np.uint8) if array.dtype == bool else array, kind)


def validate_mask(picture: Picture, table: np.ndarray, num_classes: int | None, ignore: int,
                  classes: Sequence[str] | None = None, has_content: bool = True) -> MaskFacts:
    """Return the facts on a label map, with its faults.

    Args:
        picture: The decoded file.
        table: ``(256,)``, the label of each value a file can hold.
        num_classes: K; None where it is not known, and every value is taken.
        ignore: Label of pixels that count nowhere.
        classes: Names of the classes.
        has_content: Whether there is content on the page.
    """
    array = picture.array
    facts = MaskFacts((array.shape[1], array.shape[0]))
    if array.ndim != 2:
        facts.faults.append(_colour_fault(array))
        return facts
    if array.dtype != np.uint8:
        wide = _too_wide(array)
        if wide:
            facts.faults.append(wide)
            return facts
        array = array.astype(np.uint8)
    values = count_values(array)
    known = _VALUES if num_classes is None else num_classes
    is_class, is_void = (table < known) & (table != ignore), table == ignore
    facts.counts = np.zeros(known, dtype=np.int64)
    np.add.at(facts.counts, table[is_class], values[is_class])
    strays = np.where(is_class | is_void, 0, values)
    facts.binary = bool(is_void[255] and values[0] and values[255] and known > 1
                        and values[0] + values[255] == array.size)
    if facts.binary:
        facts.faults.append(Fault(
            'mask_0_255', f'holds nothing but 0 and 255 ({values[255]} pixels), and 255 is '
            'ignored; if it is the foreground, write the index of its class', int(values[255])))
    elif strays.any():
        facts.faults.append(_stray_fault(values, strays, is_class, is_void, known, picture.format))
    else:
        facts.faults += _empty_fault(facts.counts, classes, has_content)
        facts.faults += _seam_fault(array, is_void, picture.format)
    return facts


def count_values(array: np.ndarray) -> np.ndarray:
    """How often each value occurs in a uint8 array, (256,) int64."""
    return np.array(Image.fromarray(array).histogram(), dtype=np.int64)


def numbers(values: Sequence[int] | np.ndarray) -> str:
    """Sorted numbers ``(n,)`` with runs drawn together: '0 to 4, 255'."""
    runs: list[list[int]] = []
    for value in values:
        if runs and value == runs[-1][1] + 1:
            runs[-1][1] = int(value)
        else:
            runs.append([int(value), int(value)])
    return ', '.join(str(first) if first == last else f'{first} to {last}'
                     for first, last in runs)


def _colour_fault(array: np.ndarray) -> Fault:
    """Why a picture of several channels is not a label map."""
    channels = array.shape[2]
    flat = array.reshape(-1, channels)
    # every seventh pixel is enough to tell a handful of flat colours from smoothed borders
    colours = len(np.unique(flat[::max(1, len(flat) // 100_000)], axis=0))
    smooth = ', so many that its borders are anti-aliased' if colours > 64 else ''
    return Fault('colour', f'has {channels} channels and {colours} colours{smooth}, but a label '
                 'map holds one class index per pixel; convert its colours to indices (a grey or '
                 'palette PNG)', colours)


def _too_wide(array: np.ndarray) -> Fault | None:
    """The fault of values that no byte can hold."""
    low, high = array.min(initial=0), array.max(initial=0)
    if 0 <= low and high < _VALUES:
        return None
    return Fault('outside', f'has values from {low} to {high} ({array.dtype}), but labels lie in '
                 '0 to 255; are these numbers of regions rather than of classes?', array.size)


def _stray_fault(values: np.ndarray, strays: np.ndarray, is_class: np.ndarray,
                 is_void: np.ndarray, known: int, kind: str) -> Fault:
    """The fault of values outside the classes: too many to be forgotten classes, or some."""
    found, total = np.flatnonzero(strays), int(strays.sum())
    if len(found) > _FEW_STRAYS:
        how = 'as JPEG makes them' if kind == 'JPEG' else 'as smoothing or scaling makes them'
        return Fault('smoothed', f'has {len(found)} values that are none of the {known} classes '
                     f'(between {found[0]} and {found[-1]}, {total} pixels), {how} at borders; '
                     'write class indices without anti-aliasing, as PNG', total)
    shown = ', '.join(f'{value} ({strays[value]} pixels)' for value in found[:_SHOWN])
    more = f' and {len(found) - _SHOWN} more values' if len(found) > _SHOWN else ''
    void = numbers(np.flatnonzero(is_void))
    hint = ''
    if set(np.flatnonzero(values)) == {0, 255}:
        hint = '; a 0/255 mask? Write the index of the class where it is 255'
    return Fault('outside', f'has values outside the {known} classes: {shown}{more}; expected '
                 f'{numbers(np.flatnonzero(is_class))}' + (f', or {void} to ignore a pixel'
                                                           if void else '') + hint, total)


def _empty_fault(counts: np.ndarray, classes: Sequence[str] | None,
                 has_content: bool) -> list[Fault]:
    """Nothing to learn on this page, although it is not blank."""
    if not counts.any():
        return [Fault('empty', 'is ignored everywhere, so that nothing is learned from this page; '
                      'label it or take it out of the split', 1)]
    name = classes[0].strip('_ ').lower() if classes else ''
    if has_content and name in _BACKGROUND and not counts[1:].any():
        return [Fault('empty', f'is all {classes[0] if classes else 0}, but there is something on '
                      'the page; were its labels forgotten?')]
    return []


def _seam_fault(array: np.ndarray, is_void: np.ndarray, kind: str) -> list[Fault]:
    """Signs of interpolation between class indices: JPEG, or thin values between two others."""
    if kind == 'JPEG':
        return [Fault('interpolated', 'is a JPEG, which changes values at borders; save label '
                      'maps as PNG')]
    if min(array.shape) < 3:
        return []
    void = is_void.astype(np.uint8)
    seams, borders = 0, 0
    for lines in (array[::_EVERY], array[:, ::_EVERY].T):
        lines = np.ascontiguousarray(lines)
        left, middle, right = lines[:, :-2], lines[:, 1:-1], lines[:, 2:]
        changes = np.nonzero((left != middle) & (cv2.LUT(lines, void)[:, :-2] == 0))
        left, middle, right = (part[changes].astype(np.int16) for part in (left, middle, right))
        known = ~is_void[middle] & ~is_void[right]
        seams += int(np.count_nonzero(known & ((middle - left) * (right - middle) > 0)))
        borders += int(np.count_nonzero(known & (abs(left - middle) > 1) & (middle == right)))
    total = seams + borders
    if total < _LEAST_BORDERS or seams < _SEAM_SHARE * total:
        return []
    return [Fault('interpolated', f'has seams of one pixel, with a class between those on both '
                  f'sides, along {100 * seams // total} % of its borders; scale label maps with '
                  'nearest neighbour', seams / total)]
