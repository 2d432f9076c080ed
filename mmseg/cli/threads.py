"""How many threads the tensor operations of a command use."""
from __future__ import annotations

import os
import sys
from pathlib import Path

CPUS = Path('/sys/devices/system/cpu')
MEMINFO = Path('/proc/meminfo')
QUOTA = Path('/sys/fs/cgroup/cpu.max')


def physical_cores() -> int:
    """Physical cores that this process may use; hardware threads of one core count once.

    A quota of the control group (a container's ``--cpus``) limits the number; where the system does
    not tell which threads share a core, each counts.
    """
    logical = (os.sched_getaffinity(0) if hasattr(os, 'sched_getaffinity')
               else set(range(os.cpu_count() or 1)))
    cores = {_core(number) for number in logical}
    return max(1, min(len(cores), _quota() or len(cores)))


def _core(number: int) -> str:
    """The hardware threads that share a core with a logical CPU, as text."""
    try:
        return (CPUS / f'cpu{number}' / 'topology' / 'thread_siblings_list').read_text().strip()
    except OSError:
        return str(number)


def _quota() -> int | None:
    """The whole CPUs of the control group's quota; None without one."""
    try:
        limit, period = QUOTA.read_text().split()
        return None if limit == 'max' else max(1, int(limit) // int(period))
    except (OSError, ValueError):
        return None


def memory_for(size: int) -> int:
    """Return how many processes of ``size`` bytes fit into the available memory, at least 1."""
    try:
        rows = dict(row.split(':') for row in MEMINFO.read_text().splitlines())
        free = int(rows['MemAvailable'].split()[0]) << 10
    except (OSError, KeyError, ValueError):
        return 1 << 20  # not known
    return max(1, free // size)


def choose_threads() -> None:
    """Set ``OMP_NUM_THREADS`` where it is unset: physical cores per process of this machine.

    Threads that wait sleep (``OMP_WAIT_POLICY``) instead of occupying a core, which matters as soon
    as the machine has other work. Both are read when torch is loaded, so nothing happens after
    that.
    """
    if 'torch' in sys.modules:
        return
    processes = int(os.environ.get('LOCAL_WORLD_SIZE') or 1)
    os.environ.setdefault('OMP_NUM_THREADS', str(max(1, physical_cores() // processes)))
    os.environ.setdefault('OMP_WAIT_POLICY', 'PASSIVE')
