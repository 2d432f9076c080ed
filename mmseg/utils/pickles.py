"""Reading pickle files of results without running what may be in them."""
import math
import os
import pickle
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FunctionType
from typing import Any, BinaryIO, ClassVar

import numpy as np

from .errors import InputError, MissingFileError
from .safe_files import FAULTS, in_words

_PLAIN_TYPE = re.compile(r'([<>=|]?)([biufc]\d{1,2}|\?|[SU]\d{1,9})')
_MOST_AXES, _LARGEST = 32, 2**48
_ORDERS = ('<', '>', '=', '|')
_KEYS = (type(None), bool, int, float, complex, str, bytes, np.generic)


class _Refused(pickle.UnpicklingError):
    """Objects that may run code, or that results do not hold."""


class _Class:
    """What a pickle names where an array is made; it has no use of its own."""


def _dtype(name: Any, *_: Any) -> np.dtype:
    """A new type of numbers or texts; its byte order comes later, by its state."""
    if isinstance(name, bytes):
        name = name.decode('latin-1')
    if not isinstance(name, str) or not _PLAIN_TYPE.fullmatch(name):
        raise _Refused(f'it holds an array of type {str(name)[:50]!r}')
    return np.dtype(name, copy=True)


def _set_type(dtype: Any, state: Any) -> None:
    """Give a type its byte order; its size is known by its name."""
    _, order, *parts = state
    order = order.decode('latin-1') if isinstance(order, bytes) else order
    sizes = {(-1, -1), (dtype.itemsize, dtype.alignment)}
    if order not in _ORDERS or any(part is not None for part in parts[:3]) \
            or tuple(parts[3:5]) not in sizes:
        raise pickle.UnpicklingError('the type of an array has another form than numpy writes')
    dtype.__setstate__((3, order, None, None, None, *parts[3:5], dtype.flags))


def _empty_array(*_: Any) -> np.ndarray:
    """An array whose values come later, by its state."""
    return np.empty(0, np.uint8)


def _set_array(array: np.ndarray, state: Any) -> None:
    """Give an array its values where there are as many bytes as its shape and type say."""
    shape, dtype, by_columns, content = state[-4:]
    if array.size:
        raise pickle.UnpicklingError('an array is given values twice')
    content = content.encode('latin-1') if isinstance(content, str) else content
    _check_values(content, dtype, shape)
    state = 1, shape, dtype, bool(by_columns), bytes(content)
    array.__setstate__(state)  # type: ignore[arg-type]


def _check_values(content: Any, dtype: Any, shape: Any) -> None:
    """Raise where the bytes of an array are not those of its type and shape."""
    if not isinstance(dtype, np.dtype) or not isinstance(content, (bytes, bytearray)) \
            or not isinstance(shape, tuple) or len(shape) > _MOST_AXES or not dtype.itemsize \
            or any(type(length) is not int or length < 0 for length in shape):
        raise pickle.UnpicklingError('an array has another form than numpy writes')
    if math.prod(shape) * dtype.itemsize != len(content) \
            or math.prod(max(length, 1) for length in shape) > _LARGEST:
        raise pickle.UnpicklingError(f'an array of shape {shape} and type {dtype} has '
                                     f'{len(content)} bytes')


def _array(content: Any, dtype: Any, shape: Any, order: Any = 'C', *_: Any) -> np.ndarray:
    """An array as protocol 5 writes it."""
    _check_values(content, dtype, shape)
    return np.frombuffer(content, dtype).reshape(shape, order='F' if order == 'F' else 'C')


def _scalar(dtype: Any, content: Any) -> Any:
    """A value of numpy's own types."""
    content = content.encode('latin-1') if isinstance(content, str) else content
    _check_values(content, dtype, ())
    return np.frombuffer(content, dtype)[0]


def _encode(text: Any = '', encoding: Any = 'latin1') -> bytes:
    """Bytes as protocols below 3 write them."""
    if not isinstance(text, str) or encoding not in ('latin1', 'latin-1'):
        raise pickle.UnpicklingError('bytes have another form than Python writes')
    return text.encode('latin-1')


def _ordered(pairs: Iterable[Any] = ()) -> Any:
    """An OrderedDict."""
    found: Any = OrderedDict()
    for key, value in pairs:
        found[_key(key)] = value
    return found


def _key(key: Any) -> Any:
    """A key of a dict; that of tuples within tuples could take for ever."""
    if not isinstance(key, _KEYS) and not (
            isinstance(key, tuple) and all(isinstance(part, _KEYS) for part in key)):
        raise pickle.UnpicklingError(f'a {type(key).__name__} is the key of a dict')
    return key


# What arrays and plain values are made of; numpy 1 and 2 call its module differently.
_KNOWN: dict[tuple[str, str], Any] = {
    ('numpy', 'ndarray'): _Class, ('numpy', 'dtype'): _dtype, ('_codecs', 'encode'): _encode,
    ('__builtin__', 'bytes'): _encode, ('collections', 'OrderedDict'): _ordered}
for _core in ('core', '_core'):
    _KNOWN |= {(f'numpy.{_core}.multiarray', '_reconstruct'): _empty_array,
               (f'numpy.{_core}.multiarray', 'scalar'): _scalar,
               (f'numpy.{_core}.numeric', '_frombuffer'): _array}


class _Limited:
    """A file of which no more is read than it has, whatever a number in it says."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._size = file, os.fstat(file.fileno()).st_size
        self.readline = file.readline

    def read(self, length: int) -> bytes:
        if length > self._size:
            raise EOFError('it ends too early')
        return self._file.read(length)


class _Unpickler(pickle._Unpickler):  # type: ignore[name-defined]
    # The one in Python: that in C takes as much memory as a single number in the file says, and
    # numpy's code in C believes what it is told of an array. So each array is made here.

    dispatch: ClassVar[dict[int, Any]] = dict(pickle._Unpickler.dispatch)
    stack: list[Any]
    read: Callable[[int], bytes]
    pop_mark: Callable[[], list[Any]]

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        super().__init__(_Limited(file), encoding=encoding)

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _KNOWN:
            raise _Refused(f'it holds {module}.{name}')
        return _KNOWN[module, name]

    def _reduce(self) -> None:
        args = self.stack.pop()
        function = self.stack[-1]
        if not isinstance(function, FunctionType):
            raise pickle.UnpicklingError('a value is called')
        self.stack[-1] = function(*args)

    def _build(self) -> None:
        state = self.stack.pop()
        value = self.stack[-1]
        if isinstance(value, np.dtype):
            _set_type(value, state)
        elif isinstance(value, np.ndarray):
            _set_array(value, state)
        else:
            raise pickle.UnpicklingError(f'a {type(value).__name__} is given a state')

    def _set_items(self, pairs: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, dict):
            raise pickle.UnpicklingError(f'a {type(target).__name__} is given keys')
        for key, value in zip(pairs[::2], pairs[1::2], strict=True):
            target[_key(key)] = value

    def _set_item(self) -> None:
        self._set_items([self.stack.pop(-2), self.stack.pop()])

    def _dict(self) -> None:
        pairs = self.pop_mark()
        self.stack.append({})
        self._set_items(pairs)

    def _bytearray(self) -> None:
        self.stack.append(bytearray(self.read(int.from_bytes(self.read(8), 'little'))))

    def _unknown(self) -> None:
        raise _Refused('it holds objects of a kind that results do not have')

    dispatch[pickle.REDUCE[0]] = _reduce
    dispatch[pickle.BUILD[0]] = _build
    dispatch[pickle.SETITEM[0]] = _set_item
    dispatch[pickle.SETITEMS[0]] = lambda self: self._set_items(self.pop_mark())
    dispatch[pickle.DICT[0]] = _dict
    dispatch[pickle.BYTEARRAY8[0]] = _bytearray
    for _code in (pickle.INST, pickle.OBJ, pickle.NEWOBJ, pickle.NEWOBJ_EX, pickle.EMPTY_SET,
                  pickle.ADDITEMS, pickle.FROZENSET, pickle.EXT1, pickle.EXT2, pickle.EXT4,
                  pickle.PERSID, pickle.BINPERSID, pickle.NEXT_BUFFER, pickle.READONLY_BUFFER):
        dispatch[_code[0]] = _unknown


def read_pickle(filename: str | os.PathLike, trust: bool = False,
                encoding: str = 'ASCII') -> Any:
    """Return what a pickle file holds, where that is arrays and plain values.

    Arrays are of numbers or texts, and each has as many bytes as its shape says: a damaged file
    is an error, and never ends the process.

    Args:
        filename: The file.
        trust: Read any objects, which can run code.
        encoding: Of texts that Python 2 wrote.

    Raises:
        InputError: No such file, no pickle, or other objects in it.
    """
    path = Path(filename)
    if not path.is_file():
        raise MissingFileError(f'{path} not found')
    try:
        with open(path, 'rb') as file:
            reader: Any = pickle.Unpickler if trust else _Unpickler
            return reader(file, encoding=encoding).load()
    except _Refused as error:
        raise InputError(f'{path} is not read, since {error}, and pickled objects can run code; '
                         'pass --trust if you know where the file comes from') from error
    except (pickle.UnpicklingError, ImportError, *FAULTS) as error:
        raise InputError(f'{path} is not a pickle file of results, or is damaged: '
                         f'{in_words(error)}') from error
