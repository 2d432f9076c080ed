"""Optimizers, and constructors whose learning rate differs from layer to layer."""
from .lamb import lamb
from .layer_decay_optimizer_constructor import (
    LayerDecayOptimizerConstructor,
    LearningRateDecayOptimizerConstructor,
)

__all__ = ['LayerDecayOptimizerConstructor', 'LearningRateDecayOptimizerConstructor', 'lamb']
