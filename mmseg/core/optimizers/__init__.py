"""Optimizers whose learning rate differs from layer to layer."""
from .layer_decay_optimizer_constructor import (
    LayerDecayOptimizerConstructor,
    LearningRateDecayOptimizerConstructor,
)

__all__ = ['LayerDecayOptimizerConstructor', 'LearningRateDecayOptimizerConstructor']
