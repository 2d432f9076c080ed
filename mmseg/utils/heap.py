"""Memory that a process keeps for the next page."""
from __future__ import annotations

from functools import cache

import numpy as np

# The largest block by which glibc raises its limits has 32 MiB with its head.
_BLOCK = 31 << 20


@cache
def keep_freed_memory() -> None:
    """Let this process keep up to 62 MiB that it has freed; later calls do nothing.

    Pictures of a few MB are taken and freed for each page. glibc hands memory at the end of the
    heap back to the system once it is more than twice the largest block that was mapped and freed
    so far (mallopt(3), M_MMAP_THRESHOLD), and to take it again costs a page fault for every 4 KiB.
    One large block that is freed raises both limits; nothing is written to it, so that it takes no
    memory. Limits that the environment sets (``MALLOC_TRIM_THRESHOLD_`` and others) hold, and other
    C libraries are not affected.
    """
    np.empty(_BLOCK, np.uint8)
