"""Hooks of the training loop."""
from mmseg.core.hook.checkpoint import CheckpointHook
from mmseg.core.hook.early_stopping import EarlyStoppingHook
from mmseg.core.hook.mlflow_hook import MMSegMlflowHook
from mmseg.core.hook.num_classes import NumClassCheckHook
from mmseg.core.hook.optimizer import AutocastOptimizerHook, build_optimizer_hook
from mmseg.core.hook.precise_bn import PreciseBNHook
from mmseg.core.hook.tensorboard_hook import MMSegTensorboardHook
from mmseg.core.hook.wandblogger_hook import MMSegWandbHook

__all__ = ['AutocastOptimizerHook', 'CheckpointHook', 'EarlyStoppingHook', 'MMSegMlflowHook',
           'MMSegTensorboardHook', 'MMSegWandbHook', 'NumClassCheckHook', 'PreciseBNHook',
           'build_optimizer_hook']
