"""A training that SIGTERM ends after a whole iteration."""
from typing import Any

import torch
import torch.distributed as dist
from mmcv.runner import HOOKS, Hook

from mmseg.core.utils import message_device
from mmseg.utils.peers import note_progress
from mmseg.utils.stopping import StopTraining, stop_asked


@HOOKS.register_module()
class StopHook(Hook):
    """Ends the training after an iteration where one of the processes got SIGTERM."""

    def after_train_iter(self, runner: Any) -> None:
        """Note that this process is alive, and agree with the others whether to end."""
        note_progress()
        asked = stop_asked()
        if dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1:
            # the first to receive the signal must not leave the others waiting
            message = torch.tensor(int(asked), device=message_device())
            dist.all_reduce(message, op=dist.ReduceOp.MAX)
            asked = bool(message)
        if asked:
            raise StopTraining(together=True)
