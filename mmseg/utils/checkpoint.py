"""Reading and writing checkpoint files: safe by default, written atomically."""
import hashlib
import logging
import os
import pickle
import re
import reprlib
import urllib.error
import urllib.parse
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy._core import multiarray  # type: ignore[attr-defined]

from .atomic_write import atomic_path
from .errors import InputError, MissingFileError
from .named_weights import SUFFIX, find_weights, known_names, read_named, read_safetensors
from .safe_files import FAULTS, reading

# Plain numpy values that 0.x left in a checkpoint's meta (a palette, the best score).
_NUMPY_GLOBALS: list[Any] = [np.ndarray, np.dtype, multiarray._reconstruct,
                  (multiarray._reconstruct, 'numpy.core.multiarray._reconstruct'),
                  multiarray.scalar,
                  (multiarray.scalar, 'numpy.core.multiarray.scalar'),
                  *{type(np.dtype(code)) for code in '?bBhHiIlLqQefd'}]
# Prefixes of parameter names: of earlier releases, and today's.
_OLD_NAMES = {'classify_head.2.': 'cls_head.fc.'}
# How published files end: sha256 of their content, its first digits.
_HASHED = re.compile(r'-([0-9a-f]{8,64})$')
_trust_pickles = False


def trust_pickles(trust: bool = True) -> None:
    """Let checkpoints of this process hold any pickled object, which may run code when read."""
    global _trust_pickles
    _trust_pickles = trust


def pickles_are_trusted() -> bool:
    """Whether the user said that files may run code; see :func:`trust_pickles`."""
    return _trust_pickles


def read_local(filename: str | os.PathLike, map_location: Any = 'cpu') -> dict:
    """Return the content of a checkpoint on this machine.

    Args:
        filename: A file of torch or of safetensors, or the name of a network in the package.
        map_location: Where torch puts the tensors.

    Raises:
        InputError: No such file or name, not a checkpoint, or pickled objects in it other than
            tensors and plain Python or numpy values (see :func:`trust_pickles`).
    """
    path = Path(filename)
    named = find_weights(str(filename))
    if named is not None and not path.exists():
        return read_named(named)
    if not path.is_file():
        raise MissingFileError(f'checkpoint {path} not found{known_names(str(filename))}')
    if path.suffix == SUFFIX:
        return read_safetensors(path)
    try:
        with torch.serialization.safe_globals(_NUMPY_GLOBALS):
            return torch.load(path, map_location=map_location, weights_only=not _trust_pickles)
    except pickle.UnpicklingError as error:
        found = re.search(r'GLOBAL ([\w.]+)', str(error))
        if found is None:
            raise InputError(f'{path} is not a checkpoint or is damaged') from error
        raise InputError(f'checkpoint {path} holds pickled objects ({found[1]}), which can run '
                         'code when read; pass --trust if you know where the file comes '
                         'from') from error
    except (RuntimeError, *FAULTS) as error:
        if 'TorchScript' in str(error):
            raise InputError(f'{path} is a TorchScript program, not a checkpoint; trace_tools and '
                             'mmseg test-exported run such files') from error
        raise InputError(f'{path} is not a checkpoint or is damaged: '
                         f'{_first_line(error)}') from error


def names_in(checkpoint: Any, source: str) -> dict[str, Any]:
    """What a checkpoint says of its network: the dict ``meta``, its names checked.

    Raises:
        InputError: ``CLASSES`` or ``PAGE_CLASSES`` are not names, or ``PALETTE`` is not colours.
    """
    meta = checkpoint.get('meta') if isinstance(checkpoint, dict) else None
    if meta is None:
        return {}
    if not isinstance(meta, dict):
        raise InputError(f'{source} is damaged: its meta is a {type(meta).__name__}, not a dict')
    for key in ('CLASSES', 'PAGE_CLASSES'):
        names = meta.get(key)
        if names is not None and not (isinstance(names, (list, tuple)) and
                                      all(isinstance(name, str) for name in names)):
            raise InputError(f'{source} is damaged: {key} in its meta should be a list of names, '
                             f'got {reprlib.repr(names)}')
    palette = meta.get('PALETTE')
    with reading(source, f'a checkpoint: PALETTE in its meta is {reprlib.repr(palette)}'):
        if palette is not None and len(palette):
            colours = np.asarray(palette, dtype=float)
            if colours.ndim != 2 or colours.shape[1] != 3 or not (
                    (colours >= 0) & (colours < 256)).all():
                raise ValueError('expected three numbers from 0 to 255 for each class')
    return meta


def _cache_file(address: str, folder: Path) -> Path:
    """Where the file at ``address`` is kept in ``folder``, apart from those of other addresses.

    torch.hub calls files by the last part of their address. What it has kept is taken where that
    part ends in the hash of the file's content.
    """
    stem, suffix = os.path.splitext(os.path.basename(urllib.parse.urlparse(address).path))
    plain, digest = folder / (stem + suffix), _HASHED.search(stem)
    if digest and plain.is_file():
        with open(plain, 'rb') as file:
            if hashlib.file_digest(file, 'sha256').hexdigest().startswith(digest[1]):
                return plain
    return folder / f'{stem}-{hashlib.sha256(address.encode()).hexdigest()[:16]}{suffix}'


def read_url(filename: str, map_location: Any = 'cpu', model_dir: str | None = None) -> dict:
    """Return the content of a checkpoint at an ``http(s)://`` address, kept in torch's cache.

    Raises:
        InputError: The address cannot be reached.
    """
    try:
        path = Path(model_dir or os.path.join(torch.hub.get_dir(), 'checkpoints'))
        path.mkdir(parents=True, exist_ok=True)
        path = _cache_file(filename, path)
        if not path.is_file():
            torch.hub.download_url_to_file(filename, str(path))
    except (urllib.error.URLError, OSError) as error:
        raise InputError(f'cannot fetch {filename} ({_first_line(error)}); download the file by '
                         'hand and give its path') from error
    return read_local(path, map_location)


def save_atomically(content: Any, filename: str | os.PathLike) -> None:
    """Write ``content`` with torch.save so that ``filename`` is the old file or the whole new one.

    Raises:
        InputError: The file cannot be written (a full disk, no permission).
    """
    path = Path(filename)
    try:
        with atomic_path(path) as part, part.open('wb') as file:
            torch.save(content, file)
            file.flush()
            os.fsync(file.fileno())
    except (OSError, RuntimeError) as error:
        raise InputError(f'cannot write {path} ({_first_line(error)}); files written before it '
                         'are whole') from error


def rename_old_names(state: dict, prefix: str = '', *_: Any) -> None:
    """Rename, in place, what earlier releases of the layout system called otherwise.

    Its page-type head was a ``Sequential`` of pooling, dropout and the linear layer. The signature
    is that of a hook before ``load_state_dict``.
    """
    for old, new in _OLD_NAMES.items():
        for name in [name for name in state if name.startswith(prefix + old)]:
            state[prefix + new + name[len(prefix + old):]] = state.pop(name)


def load_weights(model: torch.nn.Module, checkpoint: dict, source: str, *, strict: bool = True,
                 logger: logging.Logger | None = None) -> None:
    """Fill ``model`` from the ``state_dict`` of a checkpoint.

    Names that the model lacks are not an error if all of its own are there: a file with an
    auxiliary head serves a model without one.

    Args:
        model: Not wrapped in a parallel module.
        checkpoint: With the key ``state_dict``, or a state dict itself.
        source: The file's name, for messages.
        strict: Any name of the model that is missing, or has another shape, is an error (a model
            to test); otherwise only where more than half of them are (a model to fine-tune), and
            the rest is a warning.
        logger: Where the warning goes.

    Raises:
        InputError: The checkpoint is of another architecture.
    """
    state = checkpoint.get('state_dict', checkpoint) if isinstance(checkpoint, dict) else None
    if not isinstance(state, dict) or not any(torch.is_tensor(value) for value in state.values()):
        raise InputError(f'{source} has no state_dict')
    own = model.state_dict()
    strange = [name for name, value in state.items() if not isinstance(name, str) or
               name.removeprefix('module.') in own and not torch.is_tensor(value)]
    if strange:
        raise InputError(f'the state_dict of {source} holds something else than tensors under '
                         f'names, such as {reprlib.repr(strange[0])}')
    fitting = OrderedDict((re.sub(r'^module\.', '', name), value) for name, value in state.items())
    rename_old_names(fitting)
    for name, module in model.named_modules():
        if hasattr(module, 'rename_state'):  # a backbone whose names classifiers have otherwise
            module.rename_state(fitting, f'{name}.' if name else '')  # type: ignore[operator]
    shapes = {name: f'{name} of {_shape(fitting[name])} instead of {_shape(own[name])}'
              for name in own.keys() & fitting.keys()
              if own[name].shape != fitting[name].shape}
    for name in shapes:
        del fitting[name]
    if hasattr(state, '_metadata'):
        fitting._metadata = state._metadata  # type: ignore[attr-defined]
    result = model.load_state_dict(fitting, strict=False)
    missing = {name for name in result.missing_keys
               if name not in shapes and not name.endswith('num_batches_tracked')}
    unexpected = set(result.unexpected_keys)
    if not missing and not shapes and not unexpected:
        return
    sentence = (f'{source} does not fit the model: of its {len(own)} names {len(missing)} are '
                f'missing in the file{_examples(missing)}, {len(shapes)} have another shape'
                f'{_examples(shapes.values())}, and {len(unexpected)} names of the file are '
                f'unknown to it{_examples(unexpected)}')
    bad = len(missing) + len(shapes)
    if bad and (strict or 2 * bad > len(own)):
        raise InputError(sentence + '; is it a checkpoint of another architecture?')
    (logger or logging.getLogger('mmseg')).warning(sentence)


def _examples(names: Iterable[str], most: int = 3) -> str:
    shown = sorted(names)[:most]
    return f' (such as {", ".join(shown)})' if shown else ''


def _shape(tensor: torch.Tensor) -> str:
    return ' x '.join(map(str, tensor.shape)) or 'one number'


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
