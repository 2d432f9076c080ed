"""The config that a training wrote into its checkpoint, read as data and not as a program."""
from __future__ import annotations

import ast
import os
import reprlib
from collections.abc import Mapping
from typing import Any

import mmcv

from .checkpoint import read_local
from .errors import InputError
from .safe_files import reading

_MAX_CHARACTERS = 5_000_000
# Of layers, channels, classes or pixels: what has more takes all memory or time.
_LARGEST = 1_000_000
# Say where weights come from; those of the checkpoint take their place.
_WEIGHTS = ('pretrained', 'init_cfg', 'checkpoint', 'checkpoint_path', 'pretrained_cfg',
            'pretrained_cfg_overlay')


def config_inside(path: str | os.PathLike[str], checkpoint: Any = None) -> mmcv.Config:
    """The config that a training of ours or of 0.x wrote into its checkpoint.

    Its text is parsed, not run, and its model names no file and no address: where weights come
    from is left out, since the checkpoint has them.

    Args:
        path: The checkpoint.
        checkpoint: Its content, where it has been read already.

    Raises:
        InputError: There is none, or it holds something else than plain values, or a name of a
            file or an address.
    """
    content = read_local(path) if checkpoint is None else checkpoint
    meta = content.get('meta', {}) if isinstance(content, dict) else {}
    text = meta.get('config') if isinstance(meta, dict) else None
    if not isinstance(text, str):
        raise InputError(f'{path} does not hold its config: name the file with --config')
    if len(text) > _MAX_CHARACTERS:
        raise InputError(f'the config in {path} has {len(text):,} characters: name the file with '
                         '--config')
    try:
        with reading(f'the config in {path}', 'a config'):
            values = dict(map(_setting, ast.parse(text).body))
            for key in ('model', 'data', 'test_cfg'):
                if not isinstance(values.get(key, {}), dict):
                    raise ValueError(f'{key} is not a dict')
            _check_model(values.get('model', {}), 'model')
            _check_pipeline(values.get('data', {}))
            return mmcv.Config(values)
    except InputError as error:
        raise InputError(f'the config in {path} cannot be read ({error}): name the file with '
                         '--config') from error


def _setting(line: ast.stmt) -> tuple[str, Any]:
    """Name and value of a line such as ``model = dict(...)``; a ValueError for anything else."""
    if not (isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name)):
        raise ValueError(f'line {line.lineno} sets nothing')
    return line.targets[0].id, _value(line.value)


def _value(node: ast.expr) -> Any:
    """A value of a config as trainings write it: constants, lists, tuples and dicts of these.

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


def _check_model(part: Any, place: str) -> None:
    """Take out where weights come from; raise InputError for other names of files."""
    if isinstance(part, dict):
        if part.get('type') == 'TIMMBackbone':
            if ':' in str(part.get('model_name')):
                raise InputError(f'{place}.model_name is an address')
            part['pretrained'] = False
        for key in [key for key in part if key in _WEIGHTS and part[key] is not False]:
            del part[key]
        for key, value in part.items():
            if key == 'class_weight' and isinstance(value, str):
                raise InputError(f'{place}.class_weight is the name of a file')
            _check_model(value, f'{place}.{key}')
    elif isinstance(part, (list, tuple)):
        for index, item in enumerate(part):
            _check_model(item, f'{place}.{index}')
    elif isinstance(part, str) and ('/' in part or '\\' in part):
        raise InputError(f'{place} is a file or an address')
    elif isinstance(part, int) and abs(part) > _LARGEST:
        raise InputError(f'{place} is {reprlib.repr(part)}, beyond {_LARGEST:,}')


def _check_pipeline(data: Mapping[str, Any]) -> None:
    """Raise InputError where a test pipeline loads more than the page itself."""
    test = data.get('test', {})
    for part in test if isinstance(test, (list, tuple)) else [test]:
        pipeline = part.get('pipeline', [])
        for step in _steps(pipeline[1:]):
            if str(step.get('type', '')).startswith('Load'):
                raise InputError(f"a {step['type']} follows the first step of the test pipeline")


def _steps(pipeline: Any) -> list[Mapping[str, Any]]:
    steps = []
    for step in pipeline or ():
        steps += [step, *_steps(step.get('transforms'))]
    return steps
