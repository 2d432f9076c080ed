"""What the service answers with: a checkpoint, a TorchScript file or an ONNX file."""
from __future__ import annotations

import ast
import zipfile
from pathlib import Path
from typing import Any

import mmcv

from ..apis.layout import CheckpointPredictor
from ..export.predictor import ExportedPredictor
from ..inference.predictor import Predictor
from ..utils.checkpoint import read_local
from ..utils.errors import InputError
from ..utils.named_weights import find_weights, known_names


def open_predictor(path: str, config: str | None = None, device: str = 'cpu',
                   batch: int = 4) -> Predictor:
    """Return what answers for pages with the network in a file.

    Args:
        path: A checkpoint, an exported file (TorchScript, ONNX) with its JSON, or the name of a
            network in the package.
        config: Config of a checkpoint; by default the one that training put into it.
        device: ``'cpu'`` or ``'cuda'``.
        batch: Pages that go through a network together, at most.

    Raises:
        InputError: The file is of another kind, or does not say how it was made.
    """
    if find_weights(path) is not None and not Path(path).exists():
        return CheckpointPredictor(config or path, path, device, batch=batch)
    if not Path(path).is_file():
        raise InputError(f'model file {path} not found{known_names(path)}')
    if _is_exported(Path(path)):
        if config is not None:
            raise InputError(f'{path} is an exported file, which needs no config: leave it out')
        return ExportedPredictor(path, device)
    return CheckpointPredictor(config or _config_inside(path), path, device, batch=batch)


def _is_exported(path: Path) -> bool:
    """Whether the file is ONNX, or a TorchScript archive, which unlike a checkpoint has code."""
    if path.suffix == '.onnx' or not zipfile.is_zipfile(path):
        return path.suffix == '.onnx'
    with zipfile.ZipFile(path) as archive:
        return any('/code/' in name for name in archive.namelist())


def _config_inside(path: str) -> mmcv.Config:
    """The config that a training of ours or of 0.x wrote into its checkpoint."""
    checkpoint: Any = read_local(path)
    meta = checkpoint.get('meta', {}) if isinstance(checkpoint, dict) else {}
    text = meta.get('config') if isinstance(meta, dict) else None
    if not isinstance(text, str):
        raise InputError(f'{path} does not hold its config: name the file with --config')
    try:
        return mmcv.Config(dict(map(_setting, ast.parse(text).body)))
    except (SyntaxError, ValueError) as error:
        raise InputError(f'the config in {path} cannot be read ({error}): name the file with '
                         '--config') from error


def _setting(line: ast.stmt) -> tuple[str, Any]:
    """Name and value of a line such as ``model = dict(...)``; a ValueError for anything else."""
    if not (isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name)):
        raise ValueError(f'line {line.lineno} sets nothing')
    return line.targets[0].id, _value(line.value)


def _value(node: ast.expr) -> Any:
    """A value of a config as trainings write it: constants, lists, tuples and dicts of these.

    The text is parsed and not run: who reads a checkpoint does not want to run a program in it.

    Raises:
        ValueError: Something else.
    """
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.args:
        if node.func.id == 'dict' and all(item.arg for item in node.keywords):
            return {item.arg: _value(item.value) for item in node.keywords}
    elif isinstance(node, ast.Dict) and all(node.keys):
        return {ast.literal_eval(key): _value(value)  # type: ignore[arg-type]
                for key, value in zip(node.keys, node.values)}
    elif isinstance(node, (ast.List, ast.Tuple)):
        items = [_value(item) for item in node.elts]
        return items if isinstance(node, ast.List) else tuple(items)
    return ast.literal_eval(node)
