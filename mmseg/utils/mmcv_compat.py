"""Patches of mmcv 1.7.2 for current PyTorch: importing the module applies them, ``undo`` ends them.

Each patch gives its reason. Nothing else in the project patches mmcv or torch.
"""
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

from . import light_mmcv  # noqa: F401  before anything imports mmcv

# isort: split
import mmcv
import torch
from mmcv.fileio import YamlHandler
from mmcv.fileio import io as mmcv_files
from mmcv.parallel import MMDistributedDataParallel, _functions
from mmcv.runner import checkpoint as mmcv_checkpoint
from mmcv.utils import config as mmcv_config

from . import checkpoint, registry
from .safe_files import parse_yaml

_undo: list[Callable[[], Any]] = []


def apply() -> None:
    """Patch mmcv, where that is not done yet."""
    if not _undo:
        _accept_device_index()
        _explain_config_errors()
        _load_safely()
        _load_yaml_safely()
        _go_without_mmcls()
        _leave_copies_of_configs()
        # torch 2.0 took the attribute away that mmcv's forward still reads.
        _set(MMDistributedDataParallel, '_use_replicated_tensor_module', False)


def undo() -> None:
    """Give mmcv its own functions back.

    What was built meanwhile keeps ours, and ways to load checkpoints that others registered with
    mmcv since then are gone.
    """
    while _undo:
        _undo.pop()()


def _set(owner: Any, name: str, value: Any) -> None:
    """Set an attribute, which ``undo`` takes back."""
    _undo.append(partial(setattr, owner, name, getattr(owner, name)) if hasattr(owner, name)
                 else partial(delattr, owner, name))
    setattr(owner, name, value)


def _accept_device_index() -> None:
    """Since torch 2.1 ``_get_stream`` takes a device, where mmcv's Scatter hands it an index."""
    of_device = _functions._get_stream

    def get_stream(device):
        return of_device(torch.device('cuda', device) if isinstance(device, int) else device)

    _set(_functions, '_get_stream', get_stream)


def _explain_config_errors() -> None:
    """mmcv's own registries (hooks, optimizers, runners, layers) name the nearest right key too."""
    original = mmcv.utils.build_from_cfg
    for name, module in list(sys.modules.items()):
        if name.partition('.')[0] != 'mmcv':
            continue
        for value in list(vars(module).values()):
            if isinstance(value, mmcv.utils.Registry) and value.build_func is original:
                _set(value, 'build_func', registry.build_from_cfg)
        if vars(module).get('build_from_cfg') is original:
            _set(module, 'build_from_cfg', registry.build_from_cfg)


def _load_safely() -> None:
    """torch.load without ``weights_only`` depends on torch's version; ours says why it refuses."""
    def load_from_local(filename, map_location='cpu'):  # mmcv logs the end of this name
        return checkpoint.read_local(filename, map_location)

    def load_from_http(filename, map_location='cpu', model_dir=None):
        return checkpoint.read_url(filename, map_location, model_dir)

    loaders = mmcv_checkpoint.CheckpointLoader
    _set(loaders, '_schemes', loaders._schemes | {
        '': load_from_local, 'http://': load_from_http, 'https://': load_from_http})
    # called by the open-mmlab:// loaders
    _set(mmcv_checkpoint, 'load_from_http', checkpoint.read_url)


def _load_yaml_safely() -> None:
    """mmcv's YAML makes any Python object that a tag names, in configs too."""
    class SafeYaml(YamlHandler):
        def load_from_fileobj(self, file, **kwargs):
            return parse_yaml(file.read(), getattr(file, 'name', 'the YAML file'))

    before = dict(mmcv_files.file_handlers)
    _undo.append(partial(mmcv_files.file_handlers.update, before))
    mmcv_files.file_handlers.update(yaml=SafeYaml(), yml=SafeYaml())


def _go_without_mmcls() -> None:
    """Configs of 0.x import ``mmcls.models`` for backbones that are known here without it."""
    import_all = mmcv_config.import_modules_from_strings

    def import_what_is_there(imports, allow_failed_imports=False):
        names = [imports] if isinstance(imports, str) else imports
        if isinstance(names, (list, tuple)) and find_spec('mmcls') is None:
            names = [name for name in names if str(name).partition('.')[0] != 'mmcls']
        return import_all(names, allow_failed_imports)

    _set(mmcv_config, 'import_modules_from_strings', import_what_is_there)


def _leave_copies_of_configs() -> None:
    """mmcv copies a config into a temporary folder, which it removes first where the config cannot
    be read; the copy, which is removed later, then prints a traceback."""
    copies = SimpleNamespace(
        TemporaryDirectory=tempfile.TemporaryDirectory,
        NamedTemporaryFile=partial(tempfile.NamedTemporaryFile, delete=False))
    _set(mmcv_config, 'tempfile', copies)


apply()
