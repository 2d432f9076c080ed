"""Small helpers for losses and process groups."""
from mmseg.core.utils.dist_util import (
    check_dist_init,
    from_first,
    message_device,
    sync_random_seed,
)
from mmseg.core.utils.misc import add_prefix

__all__ = ['add_prefix', 'check_dist_init', 'from_first', 'message_device', 'sync_random_seed']
