"""Helpers that know nothing of pages or networks.

Names that need torch or mmcv are loaded at their first use (PEP 562), so that errors and file
helpers can be imported without them.
"""
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .collect_env import collect_env
from .errors import InputError, UnknownNameError, nearest
from .misc import find_latest_checkpoint

if TYPE_CHECKING:
    from .logger import get_root_logger
    from .set_env import setup_multi_processes
    from .util_distribution import build_ddp, build_dp, get_device, init_dist, is_mlu_available

__all__ = ['InputError', 'UnknownNameError', 'build_ddp', 'build_dp', 'collect_env',
           'find_latest_checkpoint', 'get_device', 'get_root_logger', 'init_dist',
           'is_mlu_available', 'nearest', 'setup_multi_processes']

_MODULES = {'get_root_logger': 'logger', 'setup_multi_processes': 'set_env',
            **dict.fromkeys(('build_ddp', 'build_dp', 'get_device', 'init_dist',
                             'is_mlu_available'), 'util_distribution')}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(f'.{_MODULES[name]}', __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
