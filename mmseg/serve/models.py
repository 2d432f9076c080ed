"""What the service answers with: a checkpoint, a TorchScript file or an ONNX file."""
from __future__ import annotations

import zipfile
from pathlib import Path

import cv2
import numpy as np

from ..apis.layout import CheckpointPredictor
from ..export.predictor import ExportedPredictor
from ..inference.predictor import Predictor
from ..utils.checkpoint import pickles_are_trusted, read_local
from ..utils.errors import InputError, MissingFileError
from ..utils.named_weights import find_weights, known_names
from ..utils.network_size import MEMORY, limited_network
from ..utils.safe_files import FAULTS, in_words, reading
from ..utils.stored_config import config_inside

# Files of these names are data, and nobody expects them to run.
_CHECKPOINTS = ('.pth', '.ckpt')


def open_predictor(path: str, config: str | None = None, device: str = 'cpu',
                   batch: int = 4, backend: str | None = None) -> Predictor:
    """Return what answers for pages with the network in a file.

    Args:
        path: A checkpoint, an exported file (TorchScript, ONNX) with its JSON, or the name of a
            network in the package.
        config: Config of a checkpoint; by default the one that training put into it.
        device: ``'cpu'`` or ``'cuda'``.
        batch: Pages that go through a network together, at most.
        backend: What runs an exported file, one of ``mmseg.export.network.BACKENDS``; None takes
            what fits the file.

    Raises:
        InputError: The file is of another kind, does not say how it was made, or is a program that
            is called like a checkpoint.
    """
    if find_weights(path) is not None and not Path(path).exists():
        _check_backend(path, backend)
        return CheckpointPredictor(config or path, path, device, batch=batch)
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
    _check_backend(path, backend)
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


def _check_backend(path: str, backend: str | None) -> None:
    """Raise InputError where a backend is named for what runs in PyTorch."""
    if backend is not None:
        raise InputError(f'the backend {backend} runs exported files, and {path} is a checkpoint: '
                         'write it as ONNX first (mmseg export onnx)')


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
