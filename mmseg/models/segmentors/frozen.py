"""Parts of a network that are not trained."""
from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from ...utils.errors import InputError, nearest


class Frozen:
    """The parts of a model that ``train_cfg.frozen`` names.

    Their parameters get no gradients and their batch norms keep the running statistics. The
    segmentor computes no losses of heads that are frozen.

    Args:
        model: Whose parts they are; their parameters are changed.
        names: Of attributes of the model.

    Raises:
        InputError: The model has no such part, or nothing is left to train.
    """

    def __init__(self, model: nn.Module, names: str | Sequence[str]) -> None:
        self.names = (names, ) if isinstance(names, str) else tuple(names)
        parts = [name for name, _ in model.named_children()]
        for name in self.names:
            if name not in parts:
                raise InputError(f'train_cfg.frozen names {name!r}{nearest(name, parts)}; '
                                 f'the parts are {", ".join(parts)}')
            getattr(model, name).requires_grad_(False)
        if self.names and not any(parameter.requires_grad for parameter in model.parameters()):
            raise InputError('train_cfg.frozen names all parts of the model that have parameters; '
                             'leave one to train')

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def keep_statistics(self, model: nn.Module) -> None:
        """Put the parts into evaluation mode."""
        for name in self.names:
            getattr(model, name).eval()
