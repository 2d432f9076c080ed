"""The configs of MMSegmentation 0.x's model zoo, composed by their names, and its checkpoints."""
from .checkpoints import zoo_checkpoint, zoo_checkpoints
from .compose import compose, zoo_names
from .read import CONFIGS, close_names, config_names, names_with, where_instead

__all__ = ['CONFIGS', 'close_names', 'compose', 'config_names', 'names_with', 'where_instead',
           'zoo_checkpoint', 'zoo_checkpoints', 'zoo_names']
