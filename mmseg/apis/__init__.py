"""Public functions: train, test, and predict pages with a network."""
from mmseg.utils import mmcv_compat  # noqa: F401  before anything uses mmcv

from ..layout.read import read_layout, region_options
from .inference import (
    LoadImage,
    inference_detector,
    inference_segmentor,
    init_segmentor,
    prepare_image,
    show_result_pyplot,
)
from .layout import CheckpointPredictor
from .predictors import open_predictor
from .test import multi_gpu_test, single_gpu_test
from .train import init_random_seed, set_random_seed, train_segmentor

# As later releases and sister projects of 0.x call them.
init_model = init_detector = init_segmentor
inference_model = inference_segmentor
train_model = train_detector = train_segmentor

__all__ = ['CheckpointPredictor', 'LoadImage', 'inference_detector', 'inference_model',
           'inference_segmentor', 'init_detector', 'init_model', 'init_random_seed',
           'init_segmentor', 'multi_gpu_test', 'open_predictor', 'prepare_image', 'read_layout',
           'region_options', 'set_random_seed', 'show_result_pyplot', 'single_gpu_test',
           'train_detector', 'train_model', 'train_segmentor']
