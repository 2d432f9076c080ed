"""Backbones: image in, feature maps of several strides out."""
from .beit import BEiT
from .bisenetv1 import BiSeNetV1
from .bisenetv2 import BiSeNetV2
from .cgnet import CGNet
from .convnext import ConvNeXt
from .efficientnet_lite import EfficientNetLite
from .erfnet import ERFNet
from .fast_scnn import FastSCNN
from .hrnet import HRNet
from .icnet import ICNet
from .mae import MAE
from .mit import MixVisionTransformer
from .mobilenet_v2 import MobileNetV2
from .mobilenet_v3 import MobileNetV3
from .mpvit import MPViT
from .poolformer import PoolFormer
from .resnest import ResNeSt
from .resnet import ResNet, ResNetV1c, ResNetV1d
from .resnext import ResNeXt
from .stdc import STDCContextPathNet, STDCNet
from .swin import SwinTransformer
from .timm_backbone import TIMMBackbone
from .twins import PCPVT, SVT
from .unet import UNet
from .vit import VisionTransformer

__all__ = [
    'BEiT', 'BiSeNetV1', 'BiSeNetV2', 'CGNet', 'ConvNeXt', 'ERFNet', 'EfficientNetLite',
    'FastSCNN', 'HRNet', 'ICNet',
    'MAE', 'MPViT', 'MixVisionTransformer', 'MobileNetV2', 'MobileNetV3', 'PCPVT', 'PoolFormer',
    'ResNeSt', 'ResNeXt', 'ResNet', 'ResNetV1c', 'ResNetV1d', 'STDCContextPathNet', 'STDCNet',
    'SVT', 'SwinTransformer', 'TIMMBackbone', 'UNet', 'VisionTransformer'
]
