"""Losses and accuracy."""
from .accuracy import Accuracy, accuracy
from .boxes import GIoULoss, L1Loss
from .cross_entropy_loss import (
    CrossEntropyLoss,
    binary_cross_entropy,
    cross_entropy,
    mask_cross_entropy,
)
from .db_loss import DBLoss
from .dice_loss import DiceLoss
from .focal_loss import FocalLoss
from .lovasz_loss import LovaszLoss
from .tversky_loss import TverskyLoss
from .utils import get_class_weight, reduce_loss, weight_reduce_loss, weighted_loss

__all__ = [
    'Accuracy', 'CrossEntropyLoss', 'DBLoss', 'DiceLoss', 'FocalLoss', 'GIoULoss', 'L1Loss',
    'LovaszLoss', 'TverskyLoss', 'accuracy', 'binary_cross_entropy', 'cross_entropy',
    'get_class_weight', 'mask_cross_entropy', 'reduce_loss', 'weight_reduce_loss', 'weighted_loss'
]
