"""Any backbone of the library timm."""
from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from mmcv.cnn import NORM_LAYERS
from mmcv.runner import BaseModule
from torch import Tensor

from ...utils.errors import InputError, nearest
from ..builder import BACKBONES


@BACKBONES.register_module()
class TIMMBackbone(BaseModule):
    """Feature maps of a model of timm (https://github.com/huggingface/pytorch-image-models).

    Args:
        model_name: timm's name of the model.
        features_only: Whether the maps of several strides are returned; ``out_indices`` among
            the further arguments chooses them.  Otherwise there is one map, the last.
        pretrained: Whether timm fetches the weights.
        checkpoint_path: File to load weights from.
        in_channels: Channels of the image.
        init_cfg: Initialisation config.
        **kwargs: Further arguments of ``timm.create_model``; ``norm_layer`` may be the name of a
            registered norm, such as ``'BN2d'``.

    Raises:
        InputError: timm is not installed, or does not know the model or the ``norm_layer``.
    """

    def __init__(self, model_name: str, features_only: bool = True, pretrained: bool = True,
                 checkpoint_path: str = '', in_channels: int = 3,
                 init_cfg: dict | list | None = None, **kwargs: Any) -> None:
        super().__init__(init_cfg)
        if find_spec('timm') is None:
            raise InputError('TIMMBackbone needs timm, which is not installed; it comes with '
                             "pip install 'mmseg-layout[optional]'")
        import timm  # optional, and slow to import
        # A name may carry the tag of its weights, or say where they are: 'hf-hub:...'.
        if ':' not in model_name and not timm.is_model(model_name):
            raise InputError(f"timm {timm.__version__} has no model '{model_name}'"
                             f'{nearest(model_name, timm.list_models())}')
        if isinstance(kwargs.get('norm_layer'), str):
            kwargs['norm_layer'] = self._norm_layer(kwargs['norm_layer'])
        self.features_only = features_only
        self.timm_model = timm.create_model(
            model_name=model_name, features_only=features_only, pretrained=pretrained,
            in_chans=in_channels, checkpoint_path=checkpoint_path, **kwargs)
        if features_only:
            self.feat_dim = self.timm_model.feature_info.channels()[-1]
        else:
            # A classifier would get no gradient.
            self.timm_model.reset_classifier(0, '')
            self.feat_dim = self.timm_model.num_features
        # The loaded weights must not be initialised again.
        self._is_init = bool(pretrained or checkpoint_path)

    @staticmethod
    def _norm_layer(name: str) -> type:
        """The norm registered under ``name``."""
        layer = NORM_LAYERS.get(name)
        if layer is None:
            raise InputError(f"norm_layer of TIMMBackbone is '{name}', which is not a "
                             'registered norm'
                             f'{nearest(name, NORM_LAYERS.module_dict)}')
        return layer

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Maps ``(N, C, h, w)`` as timm's model gives them."""
        if self.features_only:
            return tuple(self.timm_model(x))
        return (self.timm_model.forward_features(x), )
