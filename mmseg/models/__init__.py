"""Networks: backbones, necks, heads, losses and the segmentors that join them."""
from mmseg.utils import mmcv_compat  # noqa: F401  before anything uses mmcv

from .backbones import *  # noqa: F403
from .builder import (
    BACKBONES,
    CLASSIFIERS,
    DETECTORS,
    HEADS,
    LOSSES,
    NECKS,
    SEGMENTORS,
    build_backbone,
    build_head,
    build_loss,
    build_neck,
    build_segmentor,
)
from .classifiers import (  # its ClsHead is another than that of cls_heads
    BaseClassifier,
    ImageClassifier,
    LabelSmoothLoss,
    LinearClsHead,
    MultiLabelClsHead,
    MultiLabelLinearClsHead,
    VisionTransformerClsHead,
    build_classifier,
)
from .cls_heads import *  # noqa: F403
from .decode_heads import *  # noqa: F403
from .detectors import *  # noqa: F403
from .line_heads import *  # noqa: F403
from .losses import *  # noqa: F403
from .necks import *  # noqa: F403
from .output_names import OutputNames
from .segmentors import *  # noqa: F403

build_detector = build_segmentor  # as MMDetection calls it

__all__ = ['BACKBONES', 'BaseClassifier', 'CLASSIFIERS', 'DETECTORS', 'HEADS', 'ImageClassifier',
           'LOSSES', 'LabelSmoothLoss', 'LinearClsHead', 'MultiLabelClsHead',
           'MultiLabelLinearClsHead', 'NECKS', 'OutputNames', 'SEGMENTORS',
           'VisionTransformerClsHead', 'build_backbone', 'build_classifier', 'build_detector',
           'build_head', 'build_loss', 'build_neck', 'build_segmentor']
