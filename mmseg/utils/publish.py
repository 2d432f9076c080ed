"""Checkpoints for distribution: small, and named after their content."""
import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from .atomic_write import atomic_write
from .checkpoint import read_local, save_atomically
from .config import load_config
from .errors import InputError, nearest
from .named_weights import INDEX, SUFFIX, write_safetensors

# what only the training that wrote a checkpoint has a use for
_OF_TRAINING = ('optimizer', 'lr_scheduler', 'scheduler', 'loss_scaler', 'scaler', 'amp')

# the bias of a decode head's classifier, and its average by EMAHook
_CLASSIFIER_BIASES = ('decode_head.conv_seg.bias', 'ema_decode_head_conv_seg_bias')


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
        InputError: ``source`` is not a checkpoint with weights, or ``target`` cannot be written.
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

    Raises:
        InputError: The file is not a checkpoint or has no weights.
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


def add_to_package(checkpoint: str, config: str, name: str, folder: str | os.PathLike,
                   summary: str, *, averaged: bool = False, default: bool = False,
                   offsets: Mapping[str, float] | None = None) -> Path:
    """Write a network in the format of the package's own networks, and return its weights' file.

    Args:
        checkpoint: Of a training.
        config: Config file, which is written as one file without ``_base_``.
        name: What users call the network: small letters, digits and hyphens.
        folder: Where ``<name>.safetensors``, ``<name>.py`` and the index go.
        summary: What the network is, in one line.
        averaged: Take the moving averages of the weights.
        default: The network comes first in the index.
        offsets: Class name → what is added to its logits. They correct what a loss or a sampler
            that favours some classes or pixels did to their frequency.

    Raises:
        InputError: Another kind of name, no weights or averages, an offset of a class that the
            network does not have, or a file cannot be written.
    """
    if not re.fullmatch(r'[a-z0-9]+(-[a-z0-9]+)*', name):
        raise InputError(f"the name of a network consists of small letters, digits and hyphens, "
                         f"not '{name}'")
    cfg = load_config(config)
    cfg.load_from = name
    folder = Path(folder)
    content = without_training(read_local(checkpoint), checkpoint)
    _add_offsets(content, offsets or {})
    file = folder / f'{name}{SUFFIX}'
    sha256 = write_safetensors(content, file, averaged)
    entries = [entry for entry in _read_index(folder) if entry['name'] != name]
    entries.insert(0 if default else len(entries), dict(
        name=name, config=f'{name}.py', file=file.name, sha256=sha256, summary=summary))
    _write_text(folder / f'{name}.py', cfg.pretty_text)
    _write_index(folder, entries)
    return file


def add_exported(folder: str | os.PathLike, name: str, exported: Mapping[str, Any]) -> None:
    """Add the ONNX files of a network to the index of a folder of networks.

    Args:
        folder: With the index.
        name: Of a network in it.
        exported: What runs a file → its name and its sha256.
    """
    entries = _read_index(Path(folder))
    for entry in entries:
        if entry['name'] == name:
            entry['exported'] = dict(exported)
    _write_index(Path(folder), entries)


def _read_index(folder: Path) -> list[dict[str, Any]]:
    index = folder / INDEX
    return json.loads(index.read_text(encoding='utf-8')) if index.is_file() else []


def _write_index(folder: Path, entries: list[dict[str, Any]]) -> None:
    _write_text(folder / INDEX, json.dumps(entries, indent=1) + '\n')


def _write_text(path: Path, text: str) -> None:
    with atomic_write(path) as part:
        part.write_text(text, encoding='utf-8')


def _add_offsets(content: dict[str, Any], offsets: Mapping[str, float]) -> None:
    """Add to the biases of the classifier, and to their moving averages."""
    classes = list(content['meta'].get('CLASSES') or ())
    state = content['state_dict']
    biases = [state[name].clone() for name in _CLASSIFIER_BIASES if name in state]
    for name, value in offsets.items():
        if name not in classes:
            raise InputError(f'an offset is for the class {name!r}{nearest(name, classes)}; the '
                             f'network knows {", ".join(classes)}')
        if not biases:
            raise InputError(f'the network has no {_CLASSIFIER_BIASES[0]} for offsets of classes')
        for bias in biases:
            bias[classes.index(name)] += value
    if offsets:
        names = [name for name in _CLASSIFIER_BIASES if name in state]
        content['state_dict'] = {**state, **dict(zip(names, biases, strict=True))}
