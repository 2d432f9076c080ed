"""Networks that come with the package: a name gives a config and its weights.

``mmseg/weights/index.json`` lists them, the default first. Weights are safetensors, convolutions in
float16; their header holds the names of classes and page types. ONNX files of the same network are
next to them, see :mod:`mmseg.export.packaged`.
"""
from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from .atomic_write import atomic_write
from .errors import InputError, nearest
from .safe_files import parse_json

SUFFIX = '.safetensors'
INDEX = 'index.json'
# What runs a network's ONNX files → how their names end.
EXPORTED = {'onnxruntime': '.onnx', 'int8': '-int8.onnx'}
_META = 'mmseg'  # key of the header of the meta, as JSON


class NamedWeights(NamedTuple):
    """A network of the package.

    Attributes:
        name: What users call it.
        config: Its config file.
        file: Its weights.
        sha256: Of the weights.
        summary: What it is, in one line.
        exported: ``'onnxruntime'`` and ``'int8'`` → ONNX file and its sha256, where it has them.
    """
    name: str
    config: Path
    file: Path
    sha256: str
    summary: str
    exported: Mapping[str, tuple[Path, str]] = {}


@cache
def _index() -> dict[str, NamedWeights]:
    folder = Path(str(files('mmseg') / 'weights'))
    file = folder / INDEX
    if not file.is_file():
        return {}
    return {entry['name']: NamedWeights(
                entry['name'], folder / entry['config'], folder / entry['file'], entry['sha256'],
                entry['summary'], {kind: (folder / part['file'], part['sha256'])
                                   for kind, part in entry.get('exported', {}).items()})
            for entry in json.loads(file.read_text(encoding='utf-8'))}


def names() -> tuple[str, ...]:
    """Return the names of the networks in the package, the default first."""
    return tuple(_index())


def default_name() -> str:
    """Return the name of the network that commands use where none is given.

    Raises:
        InputError: The package was installed without weights.
    """
    if not _index():
        raise InputError('this installation of mmseg has no weights (mmseg/weights/index.json is '
                         'missing): name a config and a checkpoint, or install the whole package')
    return next(iter(_index()))


def find_weights(name: Any) -> NamedWeights | None:
    """Return the network of the package with this name; None where there is none."""
    return _index().get(name) if isinstance(name, str) else None


def known_names(name: str) -> str:
    """Return the end of a message about a file that is not there and may be meant as a name."""
    if not _index() or Path(name).suffix:
        return ''
    return (f'; the package has the networks {", ".join(names())}'
            f'{nearest(name, names())}')


def read_named(weights: NamedWeights) -> dict[str, Any]:
    """Return the checkpoint of a network of the package, float32: ``state_dict`` and ``meta``.

    Raises:
        InputError: The file is not there, or is not the one that the package was made with.
    """
    _check(weights.name, weights.file, weights.sha256)
    return read_safetensors(weights.file)


def exported_file(weights: NamedWeights, kind: str) -> Path:
    """Return the ONNX file of a network of the package.

    Args:
        weights: The network.
        kind: ``'onnxruntime'``, in float32, or ``'int8'``.

    Raises:
        InputError: The network has no such file, or it or the weights are not there or not those
            that the package was made with.
    """
    if kind not in weights.exported:
        raise InputError(f"'{weights.name}' has no file for {kind} in the package: write one with "
                         'mmseg export onnx')
    file, sha256 = weights.exported[kind]
    _check(weights.name, file, sha256)
    if kind == 'onnxruntime':  # which takes its weights from there
        _check(weights.name, weights.file, weights.sha256)
    return file


def _check(name: str, file: Path, sha256: str) -> None:
    if not file.is_file():
        raise InputError(f"the weights of '{name}' are missing ({file}): install the package again")
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != sha256:
        raise InputError(f"{file} is not the file that '{name}' came with (sha256 {found[:12]}… "
                         f'instead of {sha256[:12]}…): install the package again')


def read_safetensors(path: Path) -> dict[str, Any]:
    """Return ``state_dict`` (floating-point tensors as float32) and ``meta`` of a safetensors file.

    Raises:
        InputError: It is not such a file.
    """
    from safetensors import SafetensorError, safe_open
    try:
        with safe_open(path, framework='pt') as file:
            meta = parse_json((file.metadata() or {}).get(_META, '{}'), path)
            state = {name: file.get_tensor(name) for name in file.keys()}
    except (SafetensorError, OSError, ValueError) as error:
        raise InputError(f'{path} is not a safetensors file or is damaged: {error}') from error
    return {'state_dict': {name: value.float() if value.is_floating_point() else value
                           for name, value in state.items()}, 'meta': meta}


def write_safetensors(checkpoint: dict[str, Any], path: Path, averaged: bool = False) -> str:
    """Write the weights of a checkpoint as safetensors and return their sha256.

    Convolutions are kept in float16; vectors (norms and biases) take little room and stay float32.

    Args:
        checkpoint: ``state_dict`` and ``meta``, of which classes, palette and page types are kept.
        path: File to write.
        averaged: Take the moving averages that ``EMAHook`` kept, where a parameter has one.

    Raises:
        InputError: No averages where they are wanted, or the file cannot be written.
    """
    import torch
    from safetensors.torch import save
    state = checkpoint['state_dict']
    averages = {f"ema_{name.replace('.', '_')}": name for name in state}
    plain = {name: value for name, value in state.items() if name not in averages}
    if averaged:
        found = {averages[name]: value for name, value in state.items() if name in averages}
        if not found:
            raise InputError('the checkpoint holds no moving averages (custom_hooks with EMAHook)')
        plain.update(found)
    tensors = {name: (value.to(torch.float16) if value.is_floating_point() and value.ndim > 1
                      else value).contiguous()
               for name, value in plain.items() if not name.endswith('num_batches_tracked')}
    meta = {key: checkpoint.get('meta', {}).get(key)
            for key in ('CLASSES', 'PALETTE', 'PAGE_CLASSES')}
    content = save(tensors, {_META: json.dumps(meta)})
    with atomic_write(path) as part:
        part.write_bytes(content)
    return hashlib.sha256(content).hexdigest()
