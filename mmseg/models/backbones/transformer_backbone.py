"""What the transformer backbones share: where their weights come from."""
from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import Any

from mmcv.runner import CheckpointLoader, load_state_dict
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ...utils.errors import InputError
from .base_backbone import BaseBackbone

State = dict[str, Tensor]


class TransformerBackbone(BaseBackbone):
    """Base of backbones whose pretrained tables may need another size than the file's.

    Args:
        pretrained: Where the weights come from (a path or address); short for
            ``init_cfg=dict(type='Pretrained', checkpoint=...)``.
        init_cfg: Initialisation config; where it is ``Pretrained``, its ``prefix`` names the part
            of the file to take.
        norm_eval: Whether batch norms keep their running statistics while training.
    """

    # Of which end of a convolution its first weights keep the variance; None leaves torch's.
    conv_fan: str | None = 'out'
    # Spread of the first biases in feed-forward networks.
    ffn_bias_std = 0.

    def __init__(self, pretrained: str | None = None, init_cfg: dict | list | None = None,
                 norm_eval: bool = False) -> None:
        super().__init__(pretrained, init_cfg, default_init=(), norm_eval=norm_eval)

    @staticmethod
    def _image_size(name: str, value: int | Sequence[int]) -> tuple[int, int]:
        """The argument ``name``, one number of pixels or (height, width), as the latter."""
        sides = tuple(value) if isinstance(value, list | tuple) else (value, )
        if len(sides) not in (1, 2) or not all(isinstance(side, int) for side in sides):
            raise InputError(f"the backbone's {name}={value} needs one number of pixels, or "
                             '(height, width)')
        return sides[0], sides[-1]

    def _layer_indices(self, out_indices: int | Sequence[int], count: int) -> tuple[int, ...]:
        """``out_indices`` as a tuple, with -1 as the last of ``count`` layers."""
        indices = tuple(out_indices) if isinstance(out_indices, list | tuple) else (out_indices, )
        if not all(isinstance(index, int) for index in indices):
            raise InputError(f"the backbone's out_indices={out_indices} needs the number of a "
                             'layer, or a list of them')
        indices = tuple(count - 1 if index == -1 else index for index in indices)
        self._check_indices('out_indices', indices, 0, count - 1)
        return indices

    def _check_lengths(self, count: int, **settings: Sequence) -> None:
        """Raise where one of ``settings`` does not have a value for each of ``count`` stages."""
        for name, values in settings.items():
            if len(values) < count:
                raise InputError(f"the backbone's {name}={list(values)} needs one value for each "
                                 f'of its {count} stages')

    def init_weights(self) -> None:
        """Load the weights of a file, follow ``init_cfg``, or initialise at random."""
        if isinstance(self.init_cfg, dict) and self.init_cfg.get('type') == 'Pretrained':
            self._init_anew()  # what the file does not have
            self._load_pretrained(**self.init_cfg)
        elif self.init_cfg:
            super().init_weights()
        else:
            self._init_anew()

    def _init_anew(self) -> None:
        """Start as the papers train from nothing."""
        for name, module in self.named_modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=.02)
                if module.bias is not None:
                    nn.init.normal_(module.bias, std=self.ffn_bias_std if 'ffn' in name else 0.)
            elif isinstance(module, (_BatchNorm, nn.GroupNorm, nn.LayerNorm)):
                nn.init.ones_(module.weight)
                nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Conv2d) and self.conv_fan is not None:
                taps = module.kernel_size[0] * module.kernel_size[1]
                ends = dict(out=module.out_channels, **{'in': module.in_channels})
                fan = taps * ends[self.conv_fan] // module.groups
                nn.init.normal_(module.weight, std=(2 / fan)**.5)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def _load_pretrained(self, checkpoint: str, prefix: str = '', **_: Any) -> None:
        """Take the weights of a file, tables of another size brought to this one's.

        Raises:
            InputError: Less than half of the backbone's names are in the file.
        """
        logger = logging.getLogger('mmseg')
        content = CheckpointLoader.load_checkpoint(checkpoint, map_location='cpu', logger=logger)
        content = content.get('state_dict', content.get('model', content))
        named = {re.sub(r'^module\.', '', name): value for name, value in content.items()}
        prefix = f"{(prefix or 'backbone').removesuffix('.')}."
        inside = {name[len(prefix):]: value for name, value in named.items()
                  if name.startswith(prefix)}
        state = self._fit_pretrained(inside or named)
        # These follow from the size of a window, which may differ from the file's.
        state.update((name, value) for name, value in self.named_buffers()
                     if name.endswith('relative_position_index'))
        own = {name for name, _ in self.named_parameters()}
        found = own & state.keys()
        if 2 * len(found) < len(own):
            raise InputError(
                f'{checkpoint} has {len(found)} of the {len(own)} weights of '
                f'{type(self).__name__}; is it of another network, or not yet converted '
                '(tools/model_converters)?')
        load_state_dict(self, state, strict=False, logger=logger)

    def _fit_pretrained(self, state: State) -> State:
        """``state`` with tables of the size that this network has."""
        return state
