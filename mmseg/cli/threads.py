"""How many threads the tensor operations of a command use."""
from __future__ import annotations

import os
import sys
import time
from functools import cache
from pathlib import Path

CPUS = Path('/sys/devices/system/cpu')
MEMINFO = Path('/proc/meminfo')
QUOTA = Path('/sys/fs/cgroup/cpu.max')
TIMES = Path('/proc/stat')
# Seconds over which other work is measured, and the share of the CPUs' time from which it counts: a
# machine that does little else always gives the same number.
MEASURED = 0.1
MUCH = 0.2


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


def other_work() -> float:
    """Share of the CPUs' time in [0, 1] that the machine works for others; 0 where not known."""
    before = _cpu_times()
    time.sleep(MEASURED)
    after = _cpu_times()
    if before is None or after is None or after[0] <= before[0]:
        return 0.
    return min(1., max(0., 1 - (after[1] - before[1]) / (after[0] - before[0])))


def _cpu_times() -> tuple[int, int] | None:
    """All and idle time of the machine's CPUs since it was started, in ticks."""
    try:
        name, *ticks = TIMES.read_text().splitlines()[0].split()
        times = [int(tick) for tick in ticks[:8]]
    except (OSError, ValueError, IndexError):
        return None
    return (sum(times), times[3] + times[4]) if name == 'cpu' and len(times) == 8 else None


@cache
def choose_threads() -> int | None:
    """Set ``OMP_NUM_THREADS`` where it is unset: free physical cores per process of this machine.

    Cores that other work occupies are left to it: operations wait for their slowest thread, so one
    that shares its core makes all of them slow. Threads that wait sleep (``OMP_WAIT_POLICY``)
    instead of occupying a core. Both are read when torch is loaded, so nothing happens after that.
    Other work is not measured where this machine has several processes of a training, which would
    take each other for it.

    Returns:
        The number that was set, the same whenever it is asked for; None where the user has set
        one, or torch was loaded.
    """
    if 'torch' in sys.modules:
        return None
    os.environ.setdefault('OMP_WAIT_POLICY', 'PASSIVE')
    if 'OMP_NUM_THREADS' in os.environ:
        return None
    cores, processes = physical_cores(), int(os.environ.get('LOCAL_WORLD_SIZE') or 1)
    busy = other_work() if processes == 1 else 0.
    free = round(cores * (1 - busy)) if busy > MUCH else cores
    number = max(1, free // processes)
    os.environ['OMP_NUM_THREADS'] = str(number)
    return number
