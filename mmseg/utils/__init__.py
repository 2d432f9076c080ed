"""Helpers that know nothing of pages or networks."""
from . import mmcv_compat  # noqa: F401  first: it mends mmcv before anything uses it
from .collect_env import collect_env
from .errors import InputError, UnknownNameError, nearest
from .logger import get_root_logger
from .misc import find_latest_checkpoint
from .set_env import setup_multi_processes
from .util_distribution import build_ddp, build_dp, get_device, init_dist, is_mlu_available

__all__ = ['InputError', 'UnknownNameError', 'build_ddp', 'build_dp', 'collect_env',
           'find_latest_checkpoint', 'get_device', 'get_root_logger', 'init_dist',
           'is_mlu_available', 'nearest', 'setup_multi_processes']
