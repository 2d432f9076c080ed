"""Predictors of whatever is given: a name, a checkpoint, a TorchScript file or an ONNX file."""
from __future__ import annotations

import zipfile
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from ..export.predictor import ExportedPredictor
from ..inference.predictor import Predictor
from ..utils.checkpoint import pickles_are_trusted, read_local
from ..utils.errors import InputError, MissingFileError
from ..utils.named_weights import (
    EXPORTED,
    NamedWeights,
    default_name,
    exported_file,
    find_weights,
    known_names,
)
from ..utils.network_size import MEMORY, limited_network
from ..utils.safe_files import FAULTS, in_words, reading
from ..utils.stored_config import config_inside
from .layout import CheckpointPredictor

# What can run a network of the package.
NAMED_BACKENDS = ('pytorch', *EXPORTED)
# Files of these names are data, and nobody expects them to run.
_CHECKPOINTS = ('.pth', '.ckpt')


def open_predictor(path: str | None = None, config: str | None = None, device: str = 'cpu',
                   batch: int = 4, backend: str | None = None) -> Predictor:
    """Return what gives the scores of pages, with the network of a name or a file.

    Args:
        path: The name of a network in the package, a checkpoint, or an exported file (TorchScript,
            ONNX) with its JSON; None takes the default of the package.
        config: Config of a checkpoint; by default the one that training put into it.
        device: ``'cpu'`` or ``'cuda'``.
        batch: Pages that go through a network together, at most.
        backend: What runs the network. For one of the package ``'onnxruntime'``, ``'pytorch'``, or
            ``'int8'``, ONNX Runtime with 8-bit integers; None takes ONNX Runtime on a CPU where it
            is installed. For an exported file one of ``mmseg.export.network.BACKENDS``; None takes
            what fits the file. A checkpoint runs in PyTorch.

    Raises:
        InputError: The file is of another kind, does not say how it was made, or is a program that
            is called like a checkpoint; or the backend cannot run it.
    """
    path = default_name() if path is None else str(path)
    named = None if Path(path).exists() else find_weights(path)
    if named is not None:
        return _of_name(named, config, device, batch, backend)
    if not Path(path).is_file():
        raise MissingFileError(f'model file {path} not found{known_names(path)}')
    if _is_exported(Path(path)):
        if config is not None:
            raise InputError(f'{path} is an exported file, which needs no config: leave it out')
        if Path(path).suffix in _CHECKPOINTS and not pickles_are_trusted():
            raise InputError(f'{path} is called like a checkpoint, but is a TorchScript program, '
                             'which can run any code; pass --trust if you know where the file '
                             'comes from, or give it the suffix .pt')
        return ExportedPredictor(path, device, batch=batch, backend=backend)
    if backend not in (None, 'pytorch'):
        raise InputError(f'the backend {backend} runs exported files, and {path} is a checkpoint: '
                         'write it as ONNX first (mmseg export onnx)')
    if config is not None:
        return CheckpointPredictor(config, path, device, batch=batch)
    return _of_stored_config(path, device, batch)


def _of_stored_config(path: str, device: str, batch: int) -> Predictor:
    """The network of a checkpoint by the config in it, which nobody has looked at."""
    loaded = read_local(path)
    config = config_inside(path, loaded)
    memory = MEMORY if device == 'cpu' else None
    with limited_network(loaded, f'the config in {path}', memory):
        del loaded
        predictor = CheckpointPredictor(config, path, device, batch=batch)
        _try_out(predictor, path)
    return predictor


def _of_name(named: NamedWeights, config: str | None, device: str, batch: int,
             backend: str | None) -> Predictor:
    """A network of the package."""
    if backend is None:
        exported = (config is None and device == 'cpu' and 'onnxruntime' in named.exported
                    and find_spec('onnxruntime') is not None)
        backend = 'onnxruntime' if exported else 'pytorch'
    if backend == 'pytorch':
        return CheckpointPredictor(config or named.name, named.name, device, batch=batch)
    if backend not in NAMED_BACKENDS:
        raise InputError(f"a network of the package runs with {', '.join(NAMED_BACKENDS)}, not "
                         f'{backend}: write a file for it first (mmseg export)')
    if config is not None:
        raise InputError(f'a config goes with the backend pytorch; the file for {backend} was made '
                         f'with that of {named.name}')
    return ExportedPredictor(exported_file(named, backend), device, batch=batch)


def _try_out(predictor: Predictor, path: str) -> None:
    """Raise InputError where the network of a config that nobody has looked at does not answer."""
    try:
        predictor.predict([np.full((48, 64, 3), 255, np.uint8)])
    except InputError:
        raise
    except (AssertionError, RuntimeError, cv2.error, *FAULTS) as error:
        raise InputError(f'the network that the config in {path} describes does not answer for a '
                         f'page: {in_words(error)}; name another config with --config') from error


def _is_exported(path: Path) -> bool:
    """Whether the file is ONNX, or a TorchScript archive, which unlike a checkpoint has code."""
    if path.suffix == '.onnx' or not zipfile.is_zipfile(path):
        return path.suffix == '.onnx'
    with reading(path, 'a checkpoint'), zipfile.ZipFile(path) as archive:
        return any('/code/' in name for name in archive.namelist())
