"""Patches of mmcv 1.7.2 for current PyTorch; importing the module applies them once.

Each patch gives its reason. Nothing else in the project patches mmcv.
"""
import sys
from importlib.util import find_spec

import mmcv
import torch
from mmcv.fileio import YamlHandler, register_handler
from mmcv.parallel import MMDistributedDataParallel, _functions
from mmcv.runner import checkpoint as mmcv_checkpoint
from mmcv.utils import config as mmcv_config

from . import checkpoint, registry
from .safe_files import parse_yaml


def _accept_device_index() -> None:
    """Since torch 2.1 ``_get_stream`` takes a device, where mmcv's Scatter hands it an index."""
    of_device = _functions._get_stream

    def get_stream(device):
        return of_device(torch.device('cuda', device) if isinstance(device, int) else device)

    _functions._get_stream = get_stream


def _explain_config_errors() -> None:
    """mmcv's own registries (hooks, optimizers, runners, layers) name the nearest right key too."""
    original = mmcv.utils.build_from_cfg
    for name, module in list(sys.modules.items()):
        if name.partition('.')[0] == 'mmcv' and vars(module).get('build_from_cfg') is original:
            setattr(module, 'build_from_cfg', registry.build_from_cfg)  # noqa: B010
    for module in list(sys.modules.values()):
        if not getattr(module, '__name__', '').startswith('mmcv'):
            continue
        for value in list(vars(module).values()):
            if isinstance(value, mmcv.utils.Registry) and value.build_func is original:
                value.build_func = registry.build_from_cfg


def _load_safely() -> None:
    """torch.load without ``weights_only`` depends on torch's version; ours says why it refuses."""
    register = mmcv_checkpoint.CheckpointLoader.register_scheme
    register(prefixes='', loader=checkpoint.read_local, force=True)
    register(prefixes=('http://', 'https://'), loader=checkpoint.read_url, force=True)
    mmcv_checkpoint.load_from_http = checkpoint.read_url  # called by the open-mmlab:// loaders


def _load_yaml_safely() -> None:
    """mmcv's YAML makes any Python object that a tag names, in configs too."""
    class SafeYaml(YamlHandler):
        def load_from_fileobj(self, file, **kwargs):
            return parse_yaml(file.read(), getattr(file, 'name', 'the YAML file'))

    register_handler(['yaml', 'yml'])(SafeYaml)


def _go_without_mmcls() -> None:
    """Configs of 0.x import ``mmcls.models`` for backbones that are known here without it."""
    import_all = mmcv_config.import_modules_from_strings

    def import_what_is_there(imports, allow_failed_imports=False):
        names = [imports] if isinstance(imports, str) else imports
        if isinstance(names, (list, tuple)) and find_spec('mmcls') is None:
            names = [name for name in names if str(name).partition('.')[0] != 'mmcls']
        return import_all(names, allow_failed_imports)

    mmcv_config.import_modules_from_strings = import_what_is_there


_accept_device_index()
_explain_config_errors()
_load_safely()
_load_yaml_safely()
_go_without_mmcls()
# torch 2.0 took the attribute away that mmcv's forward still reads.
MMDistributedDataParallel._use_replicated_tensor_module = False
