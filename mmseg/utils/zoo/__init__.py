"""The configs of MMSegmentation 0.x's model zoo, composed by their names."""
from .compose import compose, zoo_names
from .read import CONFIGS, close_names, config_names

__all__ = ['CONFIGS', 'close_names', 'compose', 'config_names', 'zoo_names']
