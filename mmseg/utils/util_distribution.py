"""Devices and process groups: one process or many, on a CPU or on GPUs."""
import os
import re
import subprocess
from typing import Any

import torch
import torch.distributed as dist
from mmcv.parallel import MMDataParallel, MMDistributedDataParallel, scatter_kwargs

from . import mmcv_compat  # noqa: F401  before anything uses mmcv
from .errors import InputError


class DistributedDataParallel(MMDistributedDataParallel):
    """mmcv's wrapper, which on a CPU leaves ``DataContainer`` packed; here they are unpacked."""

    def _unpack(self, inputs: tuple, kwargs: dict) -> tuple[tuple, dict]:
        if self.device_ids:
            return inputs, kwargs
        unpacked, named = scatter_kwargs(inputs, kwargs, [-1], dim=self.dim)
        return unpacked[0], named[0]

    def train_step(self, *inputs: Any, **kwargs: Any) -> dict:
        inputs, kwargs = self._unpack(inputs, kwargs)
        return super().train_step(*inputs, **kwargs)

    def val_step(self, *inputs: Any, **kwargs: Any) -> dict:
        inputs, kwargs = self._unpack(inputs, kwargs)
        return super().val_step(*inputs, **kwargs)

    def _run_ddp_forward(self, *inputs: Any, **kwargs: Any) -> Any:
        inputs, kwargs = self._unpack(inputs, kwargs)
        return super()._run_ddp_forward(*inputs, **kwargs)


def get_device() -> str:
    """Return ``'cuda'`` where a GPU can be used, else ``'cpu'``."""
    return 'cuda' if torch.cuda.is_available() else 'cpu'


def is_mlu_available() -> bool:
    """Return False: Cambricon devices need a PyTorch of their own, which is not supported."""
    return False


def build_dp(model: torch.nn.Module, device: str = 'cuda', dim: int = 0, *args: Any,
             **kwargs: Any) -> MMDataParallel:
    """Return ``model`` on ``device``, wrapped so that its steps take ``DataContainer``."""
    if device == 'cpu':
        kwargs['device_ids'] = []
    return MMDataParallel(model.to(device), *args, dim=dim, **kwargs)


def build_ddp(model: torch.nn.Module, device: str = 'cuda', *args: Any,
              **kwargs: Any) -> DistributedDataParallel:
    """Return ``model`` on this process's device, wrapped for training in a process group."""
    if device == 'cpu':
        kwargs.pop('device_ids', None)
    return DistributedDataParallel(model.to(device), *args, **kwargs)


def init_dist(launcher: str, backend: str = 'nccl', **kwargs: Any) -> None:
    """Join the process group that ``launcher`` started.

    Args:
        launcher: ``'pytorch'`` (torchrun), ``'slurm'`` or ``'mpi'``; each sets its own environment
            variables, which are translated to torch's.
        backend: As the config says; without a GPU always ``gloo``.
        **kwargs: To ``torch.distributed.init_process_group``; ``port`` sets the meeting port.

    Raises:
        InputError: The launcher's environment variables are not there.
    """
    if 'port' in kwargs:
        os.environ['MASTER_PORT'] = str(kwargs.pop('port'))
    try:
        _translate_environment(launcher)
        local_rank = int(os.environ['LOCAL_RANK'])
    except KeyError as error:
        raise InputError(f'--launcher {launcher} expects the environment variable {error.args[0]}, '
                         'which is not set; start the tool through its launcher script') from error
    if torch.cuda.is_available():
        torch.cuda.set_device(local_rank % torch.cuda.device_count())
    else:
        backend = 'gloo'
    dist.init_process_group(backend=backend, **kwargs)


def _translate_environment(launcher: str) -> None:
    """Set RANK, LOCAL_RANK, WORLD_SIZE and the meeting address from the launcher's variables."""
    env = os.environ
    if launcher == 'slurm':
        names = ('SLURM_PROCID', 'SLURM_LOCALID', 'SLURM_NTASKS')
        address = _first_slurm_host(env['SLURM_NODELIST'])
    elif launcher == 'mpi':
        names = ('OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_LOCAL_RANK', 'OMPI_COMM_WORLD_SIZE')
        address = env.get('MASTER_ADDR', '127.0.0.1')
    elif launcher == 'pytorch':
        env.setdefault('LOCAL_RANK', '0')
        env['RANK'], env['WORLD_SIZE']  # set by torchrun; a KeyError names the missing one
        return
    else:
        raise InputError(f"unknown launcher '{launcher}': expected pytorch, slurm or mpi")
    env['RANK'], env['LOCAL_RANK'], env['WORLD_SIZE'] = (env[name] for name in names)
    env.setdefault('MASTER_ADDR', address)
    env.setdefault('MASTER_PORT', '29500')


def _first_slurm_host(nodes: str) -> str:
    """First host of a SLURM node list such as ``gpu[03-07,9]``."""
    try:
        shown = subprocess.run(['scontrol', 'show', 'hostname', nodes], capture_output=True,
                               text=True, check=True)
        return shown.stdout.split()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return re.sub(r'\[(\d+)[^\]]*\]', r'\1', nodes).split(',')[0]
