"""All groups of inputs by their names."""
from .annotations import ANNOTATIONS
from .datasets import DATASETS
from .files import FILES
from .networks import NETWORKS
from .stored import STORED

GROUPS = {**ANNOTATIONS, **NETWORKS, **FILES, **DATASETS, **STORED}
