"""Tensor operations that know nothing of models: resizing, deformable convolution, encoding."""
from .deform_conv import (
    DeformConv2dPack,
    ModulatedDeformConv2dPack,
    portable_deform_convs,
    register_deform_conv,
)
from .encoding import Encoding
from .wrappers import Upsample, resize

register_deform_conv()

__all__ = [
    'DeformConv2dPack', 'Encoding', 'ModulatedDeformConv2dPack', 'Upsample',
    'portable_deform_convs', 'register_deform_conv', 'resize'
]
