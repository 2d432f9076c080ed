"""Files that are embedded in text as base64."""
from __future__ import annotations

import base64
import binascii
from typing import Any

from mmseg.utils.errors import InputError

_URL_SAFE = str.maketrans('-_', '+/')


def decode_base64(text: Any, what: str) -> bytes:
    """The bytes of base64, broken into lines or not, with padding or without, or of a data URI.

    Args:
        text: What should be base64.
        what: Who has it, for the error message.

    Raises:
        InputError: It is not.
    """
    if not isinstance(text, str):
        raise InputError(f'{what} that is not base64 but {type(text).__name__}')
    head, comma, rest = text.partition(',')
    if comma and head.lstrip().lower().startswith('data:'):
        if not head.lower().endswith(';base64'):
            raise InputError(f'{what} that is a data URI without base64: {head[:80]}')
        text = rest
    text = ''.join(text.split()).translate(_URL_SAFE).rstrip('=')
    try:
        return base64.b64decode(text + '=' * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f'{what} that is not base64: {error}') from error
