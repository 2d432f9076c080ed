"""Lists among the arguments of networks."""
from __future__ import annotations

from typing import Any

from ...utils.errors import InputError


def check_list(owner: str, key: str, value: Any, length: int | None = None) -> None:
    """Raise where an argument that needs a list has something else.

    Args:
        owner: Name of the network.
        key: Name of the argument.
        value: What was given.
        length: Number of values wanted; None takes any.

    Raises:
        InputError: ``value`` is not a list or tuple, or of another length.
    """
    wanted = 'a list' if length is None else f'a list of {length} values'
    if not isinstance(value, list | tuple) or length not in (None, len(value)):
        raise InputError(f'{owner} has {key}={value!r}; expected {wanted}')
