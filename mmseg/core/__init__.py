"""What data sets and models share: evaluation, hooks, pixel sampling, pictures."""
from mmseg.core.evaluation import *  # noqa: F403
