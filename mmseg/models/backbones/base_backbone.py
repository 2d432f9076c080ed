"""What the backbones share: where weights come from, and what stays as it is while training."""
from __future__ import annotations

from collections.abc import Iterable, Sequence

from mmcv.runner import BaseModule
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ...utils.errors import InputError

CONV_INIT = (dict(type='Kaiming', layer='Conv2d'),
             dict(type='Constant', val=1, layer=['_BatchNorm', 'GroupNorm']))


def check_pretrained(pretrained: object, init_cfg: object) -> None:
    """Check that ``pretrained`` is a path, an address or None, and not given next to ``init_cfg``.

    Raises:
        InputError: It is something else, or both are given.
    """
    if pretrained and init_cfg:
        raise InputError('the backbone has both pretrained and init_cfg; keep one of the two')
    if not isinstance(pretrained, str | None):
        raise InputError(f'pretrained of a backbone is {pretrained!r}; expected the path or '
                         'address of a checkpoint, or None')


class BaseBackbone(BaseModule):
    """Base of backbones: image ``(N, 3, H, W)`` in, a sequence of feature maps out.

    Args:
        pretrained: Where the weights come from (a path or address); short for
            ``init_cfg=dict(type='Pretrained', checkpoint=...)``.
        init_cfg: Initialisation config.
        default_init: What holds where neither is given.
        norm_eval: Whether batch norms keep their running statistics while training.

    Raises:
        InputError: Both ``pretrained`` and ``init_cfg`` are given, or ``pretrained`` is not a
            string.
    """

    def __init__(self, pretrained: str | None = None, init_cfg: dict | list | None = None,
                 default_init: Sequence[dict] = CONV_INIT, norm_eval: bool = False) -> None:
        check_pretrained(pretrained, init_cfg)
        if pretrained:
            init_cfg = dict(type='Pretrained', checkpoint=pretrained)
        elif init_cfg is None and default_init:
            init_cfg = [dict(part) for part in default_init]
        super().__init__(init_cfg)
        self.pretrained, self.norm_eval = pretrained, norm_eval

    def _check_indices(self, name: str, indices: Iterable[int], lowest: int, highest: int) -> None:
        """Raise where the argument ``name`` counts beyond the layers that there are."""
        wrong = [index for index in indices if not lowest <= index <= highest]
        if wrong:
            raise InputError(f"the backbone's {name} has {wrong[0]}, but {type(self).__name__} "
                             f'takes {lowest} to {highest} there')

    def _frozen_modules(self) -> Iterable[nn.Module]:
        """The parts that the config takes out of training."""
        return ()

    def _freeze(self) -> None:
        for module in self._frozen_modules():
            module.eval()
            module.requires_grad_(False)

    def train(self, mode: bool = True) -> BaseBackbone:
        """Switch to training, except what is frozen and, with ``norm_eval``, batch norms."""
        super().train(mode)
        self._freeze()
        if mode and self.norm_eval:
            for module in self.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()
        return self
