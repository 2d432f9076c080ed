"""Networks that come with the package.

A name of :func:`names` gives config and weights wherever a checkpoint or a config is taken.
"""
from ..utils.named_weights import NamedWeights, default_name, find_weights, names, read_named

__all__ = ['NamedWeights', 'default_name', 'find_weights', 'names', 'read_named']
