"""Networks that say the type of a whole page and nothing of its pixels.

Names, arguments and parameter names are those of MMClassification 0.25.
"""
from .augments import Augments, BatchCutMix, BatchMixup, BatchResizeMix, Identity
from .backbones import ClassifierMobileNetV2, ClassifierSwin, ClassifierViT
from .base import BaseClassifier
from .builder import build_classifier
from .heads import BaseHead, ClsHead, LinearClsHead, VisionTransformerClsHead
from .image import ImageClassifier
from .losses import CrossEntropyLoss, LabelSmoothLoss
from .multi_label_heads import MultiLabelClsHead, MultiLabelLinearClsHead
from .resnet import (
    ClassifierResNeSt,
    ClassifierResNet,
    ClassifierResNetCIFAR,
    ClassifierResNetV1c,
    ClassifierResNetV1d,
)

__all__ = ['Augments', 'BaseClassifier', 'BaseHead', 'BatchCutMix', 'BatchMixup',
           'BatchResizeMix', 'ClassifierMobileNetV2', 'ClassifierResNeSt', 'ClassifierResNet',
           'ClassifierResNetCIFAR', 'ClassifierResNetV1c', 'ClassifierResNetV1d', 'ClassifierSwin',
           'ClassifierViT', 'ClsHead', 'CrossEntropyLoss', 'Identity', 'ImageClassifier',
           'LabelSmoothLoss', 'LinearClsHead', 'MultiLabelClsHead', 'MultiLabelLinearClsHead',
           'VisionTransformerClsHead', 'build_classifier']
