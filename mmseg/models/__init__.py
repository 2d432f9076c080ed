"""Networks: backbones, necks, heads, losses and the segmentors that join them."""
from mmseg.utils import mmcv_compat  # noqa: F401  before anything uses mmcv

from .backbones import *  # noqa: F403
from .builder import (
    BACKBONES,
    HEADS,
    LOSSES,
    SEGMENTORS,
    build_backbone,
    build_head,
    build_loss,
    build_neck,
    build_segmentor,
)
from .classifiers import ImageClassifier, build_classifier
from .cls_heads import *  # noqa: F403
from .decode_heads import *  # noqa: F403
from .detectors import *  # noqa: F403
from .line_heads import *  # noqa: F403
from .losses import *  # noqa: F403
from .necks import *  # noqa: F403
from .output_names import OutputNames
from .segmentors import *  # noqa: F403

__all__ = ['BACKBONES', 'HEADS', 'ImageClassifier', 'LOSSES', 'OutputNames', 'SEGMENTORS',
           'build_backbone', 'build_classifier', 'build_head', 'build_loss', 'build_neck',
           'build_segmentor']
