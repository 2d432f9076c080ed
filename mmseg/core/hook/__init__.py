"""Hooks of the training loop."""
from mmseg.core.hook.optimizer import AutocastOptimizerHook, build_optimizer_hook

__all__ = ['AutocastOptimizerHook', 'build_optimizer_hook']
