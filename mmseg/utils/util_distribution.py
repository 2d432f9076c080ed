"""Devices and process groups."""
import os
import re
import subprocess
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from mmcv.parallel import (
    MMDataParallel,
    MMDistributedDataParallel,
    scatter,
    scatter_kwargs,
)

from . import mmcv_compat  # noqa: F401  before anything uses mmcv
from .errors import InputError
from .peers import watch_progress


class _PlainDataParallel(MMDataParallel):
    """mmcv's wrapper for another device than a GPU; torch's own wants one where there are some."""

    def __init__(self, module: torch.nn.Module, dim: int = 0) -> None:
        torch.nn.Module.__init__(self)
        self.module, self.dim = module, dim
        self.device_ids: list[int] = []


class DistributedDataParallel(MMDistributedDataParallel):
    """mmcv's wrapper, which on a CPU leaves ``DataContainer`` packed; here they are unpacked."""

    def _unpack(self, inputs: tuple, kwargs: dict) -> tuple[tuple, dict]:
        if self.device_ids:
            return inputs, kwargs
        unpacked, named = scatter_kwargs(inputs, kwargs, [-1], dim=self.dim)
        return unpacked[0], named[0]

    def train_step(self, *inputs: Any, **kwargs: Any) -> dict:
        """The model's ``train_step`` of what is in the containers."""
        inputs, kwargs = self._unpack(inputs, kwargs)
        return super().train_step(*inputs, **kwargs)

    def val_step(self, *inputs: Any, **kwargs: Any) -> dict:
        """The model's ``val_step`` of what is in the containers."""
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


def chosen_device(wanted: str | torch.device | None = None, gpu_id: int | None = None
                  ) -> torch.device:
    """Return the one device of this process, with its index where it is a GPU.

    Args:
        wanted: ``'cpu'``, ``'cuda'`` or ``'cuda:1'``; None takes a GPU where there is one.
        gpu_id: Index for ``'cuda'``; None takes the current GPU.

    Raises:
        InputError: No such device on this machine.
    """
    try:
        device = torch.device(wanted or get_device())
    except RuntimeError as error:
        raise InputError(f"device must be 'cpu', 'cuda' or 'cuda:<index>', got {wanted!r}"
                         ) from error
    if device.type != 'cuda':
        return device
    if not torch.cuda.is_available():
        raise InputError(f"device is '{device}', but this machine has no GPU that torch "
                         f"{torch.__version__} can use; take device='cpu'")
    index = device.index if device.index is not None else gpu_id
    if index is None:
        index = torch.cuda.current_device()
    if not 0 <= index < torch.cuda.device_count():
        raise InputError(f'GPU {index} was asked for, but this machine has '
                         f'{torch.cuda.device_count()}, counted from 0')
    return torch.device('cuda', index)


def to_device(batch: Any, device: torch.device) -> Any:
    """Return a collated batch on ``device``, without its ``DataContainer`` wrappers."""
    if device.type == 'cuda':
        index = torch.cuda.current_device() if device.index is None else device.index
        return scatter(batch, [index])[0]
    return scatter(batch, [-1])[0]


def build_dp(model: torch.nn.Module, device: str | torch.device = 'cuda', dim: int = 0,
             *args: Any, **kwargs: Any) -> MMDataParallel:
    """Return ``model`` on ``device``, wrapped so that its steps take ``DataContainer``.

    Args:
        model: A network.
        device: Where it runs.
        dim: Along which batches are stacked.
        *args: To mmcv's wrapper.
        **kwargs: To mmcv's wrapper; ``device_ids`` has the index of the GPU.

    Raises:
        InputError: No such GPU.
    """
    ids = kwargs.pop('device_ids', None) or [None]
    chosen = chosen_device(device, ids[0])
    if chosen.type != 'cuda':
        return _PlainDataParallel(model.to(chosen), dim=dim)
    torch.cuda.set_device(chosen)  # what is made on 'cuda' from now on is made there
    return MMDataParallel(model.to(chosen), *args, dim=dim, device_ids=[chosen.index], **kwargs)


def build_ddp(model: torch.nn.Module, device: str | torch.device = 'cuda', *args: Any,
              **kwargs: Any) -> DistributedDataParallel:
    """Return ``model`` on this process's device, wrapped for training in a process group."""
    chosen = chosen_device(device)
    if chosen.type == 'cuda':
        # without it batches would stay on the CPU
        kwargs['device_ids'] = [chosen.index]
    else:
        kwargs.pop('device_ids', None)
    return DistributedDataParallel(model.to(chosen), *args, **kwargs)


def init_dist(launcher: str, backend: str = 'nccl', timeout: float | None = None,
              device: str | None = None, **kwargs: Any) -> None:
    """Join the process group that ``launcher`` started.

    Args:
        launcher: ``'pytorch'`` (torchrun), ``'slurm'`` or ``'mpi'``; each sets its own environment
            variables, which are translated to torch's.
        backend: As the config says; on a CPU always ``gloo``.
        timeout: Seconds after which a process gives up waiting for the others, of which one has
            died or hangs; 1800 where None.
        device: ``'cpu'`` keeps off the GPUs of the machine.
        **kwargs: To ``torch.distributed.init_process_group``; ``port`` sets the meeting port.

    Raises:
        InputError: The launcher's environment variables are not there, or the others cannot be
            reached.
    """
    seconds = 1800. if timeout is None else timeout
    if not isinstance(seconds, (int, float)) or seconds <= 0:
        raise InputError(f'dist_params.timeout is a number of seconds above 0, got {timeout!r}')
    if 'port' in kwargs:
        os.environ['MASTER_PORT'] = str(kwargs.pop('port'))
    try:
        _translate_environment(launcher)
        local_rank = int(os.environ['LOCAL_RANK'])
    except KeyError as error:
        raise InputError(f'--launcher {launcher} expects the environment variable {error.args[0]}, '
                         'which is not set; start the tool through its launcher script') from error
    if torch.cuda.is_available() and device != 'cpu':
        torch.cuda.set_device(local_rank % torch.cuda.device_count())
    else:
        backend = 'gloo'
    _import_defaults_of_groups()
    try:
        dist.init_process_group(backend=backend, timeout=timedelta(seconds=seconds), **kwargs)
    except RuntimeError as error:
        raise InputError(f'the processes did not find one another within {seconds:g} seconds '
                         f'({_first_line(error)}); see MASTER_ADDR, MASTER_PORT and '
                         'dist_params.timeout') from error
    if backend == 'nccl':  # gloo tells by itself
        watch_progress(seconds)


def _import_defaults_of_groups() -> None:
    """Import what would keep the group of this process for good if it was imported later.

    The functions of these modules have the group as the default of an argument. A group that is
    kept does not end its threads, and one that still holds a tensor when Python ends aborts the
    process ("terminate called without an active exception").
    """
    import torch.distributed.nn
    import torch.distributed.optim  # noqa: F401


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


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
