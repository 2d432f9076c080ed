"""Settings of the processes that load data."""
import os
from typing import Any

import cv2
import torch.multiprocessing as mp


def setup_multi_processes(cfg: Any) -> None:
    """Apply a config's ``mp_start_method``, ``opencv_num_threads``, ``omp_num_threads`` and
    ``mkl_num_threads``.

    With several loader workers each takes one OpenMP and MKL thread unless the environment or the
    config says otherwise: many workers with many threads each slow one another down.
    """
    if method := cfg.get('mp_start_method', 'fork' if os.name == 'posix' else None):
        mp.set_start_method(method, force=True)
    cv2.setNumThreads(cfg.get('opencv_num_threads', 0))
    many = any(cfg.data.get(key, cfg.data).get('workers_per_gpu', 1) > 1
               for key in ('train_dataloader', 'test_dataloader'))
    for name in ('omp', 'mkl'):
        value = cfg.get(f'{name}_num_threads', 1 if many else None)
        if value is not None:
            os.environ.setdefault(f'{name.upper()}_NUM_THREADS', str(value))
