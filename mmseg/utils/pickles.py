"""Reading pickle files of results without running what may be in them."""
import os
import pickle
from pathlib import Path
from typing import Any

from .errors import InputError, MissingFileError
from .safe_files import FAULTS

# What arrays and plain values are made of; numpy 1 and 2 call its module differently.
_KNOWN = {(f'numpy.{core}.multiarray', name) for core in ('core', '_core')
          for name in ('_reconstruct', 'scalar')}
_KNOWN |= {(f'numpy.{core}.numeric', '_frombuffer') for core in ('core', '_core')}
_KNOWN |= {('numpy', 'ndarray'), ('numpy', 'dtype'), ('collections', 'OrderedDict'),
           ('_codecs', 'encode')}


class _Unpickler(pickle._Unpickler):  # type: ignore[name-defined]
    # The one in Python: that in C takes as much memory as a single number in the file says.

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _KNOWN:
            raise pickle.UnpicklingError(f'it holds {module}.{name}')
        return super().find_class(module, name)


def read_pickle(filename: str | os.PathLike, trust: bool = False,
                encoding: str = 'ASCII') -> Any:
    """Return what a pickle file holds, where that is arrays and plain values.

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
    except pickle.UnpicklingError as error:
        if 'it holds' in str(error):
            raise InputError(f'{path} is not read, since {error}, and pickled objects can run '
                             'code; pass --trust if you know where the file comes from') from error
        raise InputError(f'{path} is not a pickle file: {error}') from error
    except (ImportError, *FAULTS) as error:
        raise InputError(f'{path} is not a pickle file or is damaged: {error}') from error
