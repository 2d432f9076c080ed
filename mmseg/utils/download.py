"""Files over HTTP, whole and of the content that their names promise."""
from __future__ import annotations

import hashlib
import http.client
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, BinaryIO

from tqdm import tqdm

from .atomic_write import atomic_write
from .errors import InputError

_HASHED = re.compile(r'-([0-9a-f]{8,64})\.\w+$')
_CHUNK = 1 << 20


def promised_hash(name: str) -> str | None:
    """First digits of the SHA-256 of a file, which its name ends in, as in ``net-1a2b3c4d.pth``."""
    found = _HASHED.search(name)
    return found[1] if found else None


def has_promised_hash(path: str | os.PathLike[str]) -> bool:
    """Whether a file is there, and its name has digits that are those of its content."""
    digits = promised_hash(Path(path).name)
    if digits is None or not Path(path).is_file():
        return False
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest().startswith(digits)


def fetch(address: str, path: str | os.PathLike[str], seconds: float = 30) -> None:
    """Write the file at ``address`` to ``path``, which is the whole new file or what it was.

    Args:
        address: Begins with ``http://`` or ``https://``.
        path: Where to write; digits of a SHA-256 at the end of its name are compared with the
            content.
        seconds: How long the server may be silent.

    Raises:
        InputError: Another kind of address, no network, no such file on the server, a download
            that ends early, or other content than the name promises.
    """
    parts = urllib.parse.urlsplit(address)
    if parts.scheme not in ('http', 'https'):
        raise InputError(f'{address} cannot be fetched; expected an address that begins with '
                         'http:// or https://')
    digits = promised_hash(Path(path).name)
    try:
        with urllib.request.urlopen(address, timeout=seconds) as answer, \
                atomic_write(path) as part:
            with open(part, 'wb') as file:
                digest = _copy(answer, file, Path(path).name)
            if digits is not None and not digest.startswith(digits):
                raise InputError(f'{address} has content whose SHA-256 begins with '
                                 f'{digest[:len(digits)]}, not with {digits} as its name says; '
                                 'nothing is kept of it')
    except urllib.error.HTTPError as error:
        raise InputError(f'{parts.netloc} does not give {address}: {error.code} {error.reason}'
                         ) from error
    except InputError:
        raise
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, 'reason', None) or error
        raise InputError(f'cannot reach {parts.netloc} ({reason}): fetch {address} where there is '
                         'a network, and give the path of the file') from error


def _copy(answer: Any, file: BinaryIO, name: str) -> str:
    """Write what a server answers; gives its SHA-256.

    Raises:
        InputError: It ends before the length that the server has announced.
    """
    announced = answer.headers.get('Content-Length')
    total = int(announced) if announced and announced.isdigit() else None
    digest, size = hashlib.sha256(), 0
    with tqdm(total=total, desc=name, unit='B', unit_scale=True,
              disable=None) as bar:
        while chunk := answer.read(_CHUNK):
            file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
            bar.update(len(chunk))
    if total is not None and size != total:
        raise InputError(f'the download of {name} ended after {size} of {total} bytes; try again')
    return digest.hexdigest()
