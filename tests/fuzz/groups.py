"""All groups of inputs by their names."""
from .annotations import ANNOTATIONS
from .datasets import DATASETS
from .files import FILES
from .networks import NETWORKS

GROUPS = {**ANNOTATIONS, **NETWORKS, **FILES, **DATASETS}
