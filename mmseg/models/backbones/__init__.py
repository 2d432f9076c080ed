"""Backbones: image in, feature maps of several strides out."""
from .hrnet import HRNet
from .resnest import ResNeSt
from .resnet import ResNet, ResNetV1c, ResNetV1d
from .resnext import ResNeXt

__all__ = ['HRNet', 'ResNeSt', 'ResNet', 'ResNetV1c', 'ResNetV1d', 'ResNeXt']
