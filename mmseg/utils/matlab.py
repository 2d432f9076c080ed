"""Files of MATLAB, which SciPy reads."""
from __future__ import annotations

import importlib.util
import io
from typing import Any

from .errors import InputError
from .safe_files import in_words


def demand_scipy(what: str) -> None:
    """Raise InputError where SciPy is not there for reading ``what``."""
    if importlib.util.find_spec('scipy') is None:
        raise InputError(f"{what} has its labels in .mat files, which need SciPy: install the "
                         "extra 'data' (pip install 'mmseg-layout[data]')")


def read_mat(content: bytes, name: str, source: str, simple: bool = False) -> Any:
    """The variable ``name`` in a .mat file.

    Args:
        content: The file.
        name: Which variable.
        source: Where the file comes from, for messages.
        simple: Structures as dicts, arrays of them as lists; otherwise all are arrays.

    Raises:
        InputError: It is not such a file, or does not have such a variable.
    """
    from scipy.io import loadmat  # type: ignore[import-untyped]
    try:
        return loadmat(io.BytesIO(content), simplify_cells=simple)[name]
    except Exception as error:  # SciPy's reader raises whatever damaged values lead to
        raise InputError(f"{source} is not a .mat file with '{name}' that can be read: "
                         f'{in_words(error)}') from error
