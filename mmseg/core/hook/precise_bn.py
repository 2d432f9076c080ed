"""Statistics of batch norms for the weights at the end of an epoch."""
from __future__ import annotations

from itertools import islice
from typing import Any

import torch
from mmcv.runner import HOOKS, EpochBasedRunner, Hook, get_dist_info
from torch import distributed
from torch.nn.modules.batchnorm import _BatchNorm

from mmseg.utils.errors import InputError


@HOOKS.register_module()
class PreciseBNHook(Hook):
    """Computes the statistics of batch norms again at the end of epochs, for the weights of then.

    They become means over batches of the training data, instead of moving averages over weights
    that changed meanwhile (Wu and Johnson, "Rethinking 'Batch' in BatchNorm", 2021, section 3).
    Give it the priority ``ABOVE_NORMAL``, so that checkpoints have them.

    Args:
        num_samples: Number of pages, all processes together.
        interval: Epochs from one time to the next.

    Raises:
        InputError: A number below 1, or a runner that counts iterations.
    """

    def __init__(self, num_samples: int = 8192, interval: int = 1) -> None:
        if num_samples < 1 or interval < 1:
            raise InputError(f'PreciseBNHook has num_samples={num_samples} and interval='
                             f'{interval}; expected 1 or more')
        self.num_samples, self.interval = num_samples, interval

    def before_run(self, runner: Any) -> None:
        """See that the training counts epochs.

        Raises:
            InputError: The training counts iterations.
        """
        if not isinstance(runner, EpochBasedRunner):
            raise InputError('PreciseBNHook needs a training by epochs: '
                             "runner=dict(type='EpochBasedRunner', max_epochs=...)")

    def after_train_epoch(self, runner: Any) -> None:
        """Compute the statistics."""
        if self.every_n_epochs(runner, self.interval):
            self._update(runner)

    @torch.no_grad()
    def _update(self, runner: Any) -> None:
        norms = [module for module in runner.model.modules()
                 if isinstance(module, _BatchNorm) and module.training
                 and module.running_mean is not None]
        if not norms:
            runner.logger.warning('PreciseBNHook: the network has no batch norms in training')
            return
        loader, (_, processes) = runner.data_loader, get_dist_info()
        batches = max(1, min(len(loader), self.num_samples // (loader.batch_size * processes)))
        momenta = [norm.momentum for norm in norms]
        for norm in norms:
            norm.momentum = None  # a mean over all batches
            norm.reset_running_stats()
        epoch = getattr(loader.sampler, 'epoch', None)
        for batch in islice(loader, batches):
            runner.model.train_step(batch, None)
        if epoch is not None and hasattr(loader.sampler, 'set_epoch'):
            loader.sampler.set_epoch(epoch + 1)  # as if this pass had not been
        for norm, momentum in zip(norms, momenta):
            norm.momentum = momentum
            for name, values in norm.named_buffers() if processes > 1 else ():
                if name.startswith('running'):
                    distributed.all_reduce(values)
                    values.div_(processes)
        runner.logger.info(f'PreciseBNHook: statistics of {len(norms)} batch norms over {batches} '
                           'batches')
