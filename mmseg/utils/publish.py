"""Checkpoints made ready to hand on: small, and named after their content."""
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from .checkpoint import read_local, save_atomically
from .errors import InputError

# what only the training that wrote a checkpoint has a use for
_OF_TRAINING = ('optimizer', 'lr_scheduler', 'scheduler', 'loss_scaler', 'scaler', 'amp')


def publish(source: str | os.PathLike, target: str | os.PathLike) -> Path:
    """Write ``source`` without the state of its training, and return the file's name.

    Names of classes, palette, page types, config and the rest of the meta stay, but for what hooks
    noted there, such as the path of the best checkpoint. Eight digits of the file's SHA-256 come
    before the suffix, as torch's hub wants them: ``model.pth`` becomes ``model-1a2b3c4d.pth``.
    The same weights always give the same name.

    Args:
        source: A checkpoint.
        target: Where to write, without the digits.

    Raises:
        InputError: ``source`` is no checkpoint with weights, or ``target`` cannot be written.
    """
    target = Path(target)
    if target.is_dir():
        raise InputError(f'{target} is a folder: give the name of a file in it, such as '
                         f'{target / Path(source).name}')
    content = without_training(read_local(source), str(source))
    part = target.with_name(f'.{target.name}.{os.getpid()}')
    try:
        save_atomically(content, part)
        final = target.with_name(f'{target.stem}-{_digits(part)}{target.suffix or ".pth"}')
        os.replace(part, final)
    finally:
        part.unlink(missing_ok=True)
    return final


def without_training(checkpoint: Any, source: str) -> dict[str, Any]:
    """A checkpoint with weights and meta, but not the state of a training.

    Args:
        checkpoint: With ``state_dict``, or a state dict itself.
        source: The file's name, for messages.
    """
    if not isinstance(checkpoint, Mapping):
        raise InputError(f'{source} holds a {type(checkpoint).__name__}, not a checkpoint')
    if not isinstance(checkpoint.get('state_dict'), Mapping):
        if not any(torch.is_tensor(value) for value in checkpoint.values()):
            raise InputError(f'{source} has no weights: it has {", ".join(map(str, checkpoint))}')
        return {'state_dict': checkpoint, 'meta': {}}
    content = {key: value for key, value in checkpoint.items() if key not in _OF_TRAINING}
    content['meta'] = {key: value for key, value in (checkpoint.get('meta') or {}).items()
                       if key != 'hook_msgs'}
    return content


def _digits(path: Path) -> str:
    """The first eight digits of a file's SHA-256."""
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()[:8]
