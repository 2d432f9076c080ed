"""Detection of processes of a group that died or hang."""
from __future__ import annotations

import gc
import os
import re
import sys
import threading
import time

import torch.distributed as dist

from .errors import InputError

_last_progress = 0.
# what gloo, nccl and torch's store say where another process is gone or silent
_LOST = re.compile(r'closed by peer|Connection reset|Broken pipe|Timed out waiting|timed out|'
                   r'Socket Timeout|NCCL|connectFullMesh|Connection refused|heartbeat|'
                   r'Software caused connection abort', re.IGNORECASE)


def in_group() -> bool:
    """Whether this process belongs to a group with others."""
    return dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1


def note_progress() -> None:
    """Report that this process makes progress, as after each iteration."""
    global _last_progress
    _last_progress = time.monotonic()


def watch_progress(seconds: float) -> None:
    """End this process with an error message if it makes no progress for ``seconds``.

    In a group the processes wait for one another, and one that has died or hangs stops them all.
    gloo notices by itself; of nccl torch's own watch gives up with an abort.
    """
    note_progress()

    def watch() -> None:
        while dist.is_initialized():
            idle = time.monotonic() - _last_progress
            if idle > seconds:
                print(f'error: {_waited(f"for {idle:.0f} seconds")}', file=sys.stderr, flush=True)
                os._exit(1)
            time.sleep(min(5., seconds / 4))

    threading.Thread(target=watch, name='progress of the group', daemon=True).start()


def _waited(how_long: str) -> str:
    return (f'process {dist.get_rank()} of {dist.get_world_size()} waited {how_long} for the '
            'others, of which one has died or hangs; its own message tells more, and '
            'dist_params.timeout sets the limit in seconds')


def lost_peer(error: BaseException) -> InputError | None:
    """The sentence for an error that another process's end or silence caused, else None."""
    if not in_group() or not isinstance(error, RuntimeError) or isinstance(error, InputError):
        return None
    if _LOST.search(str(error)) is None:
        return None
    return InputError(_waited('without an answer'))


def leave_group(orderly: bool) -> None:
    """Leave the process group, where there is one.

    Args:
        orderly: Whether this process did all its work; the others are then waited for. Without it
            they may be waiting for something else, or be gone.
    """
    if not (dist.is_available() and dist.is_initialized()):
        return
    try:
        if orderly:
            dist.barrier()
        if orderly or dist.get_backend() == 'gloo':  # nccl would wait for what is under way
            gc.collect()  # the threads of a group end with the last object that keeps it
            dist.destroy_process_group()
    except RuntimeError as error:
        sentence = lost_peer(error)
        if sentence is None:
            raise
        raise sentence from error
