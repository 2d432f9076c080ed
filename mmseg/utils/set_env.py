"""Settings of the processes that load data."""
import os
import sys
from typing import Any

import cv2
import torch.multiprocessing as mp

from .errors import InputError


def setup_multi_processes(cfg: Any) -> None:
    """Apply a config's ``mp_start_method``, ``opencv_num_threads``, ``omp_num_threads`` and
    ``mkl_num_threads``.

    With several loader workers each takes one OpenMP and MKL thread unless the environment or the
    config says otherwise: many workers with many threads each slow one another down.

    Raises:
        InputError: A start method that this system does not have.
    """
    # macOS offers fork too, but its libraries do not survive it
    method = cfg.get('mp_start_method', 'fork' if sys.platform.startswith('linux') else None)
    if method is not None and method not in mp.get_all_start_methods():
        raise InputError(f"mp_start_method is '{method}', but this system has "
                         f"{', '.join(mp.get_all_start_methods())}")
    if method is not None:
        mp.set_start_method(method, force=True)
    cv2.setNumThreads(cfg.get('opencv_num_threads', 0))
    many = any(cfg.data.get(key, cfg.data).get('workers_per_gpu', 1) > 1
               for key in ('train_dataloader', 'test_dataloader'))
    for name in ('omp', 'mkl'):
        value = cfg.get(f'{name}_num_threads', 1 if many else None)
        if value is not None:
            os.environ.setdefault(f'{name.upper()}_NUM_THREADS', str(value))
