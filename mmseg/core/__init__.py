"""Code for data sets and models: evaluation, hooks, optimizers, pixel sampling, pictures."""
from mmseg.utils import mmcv_compat  # noqa: F401  before anything uses mmcv

# isort: split
from mmseg.core import runner  # noqa: F401  registers the runners
from mmseg.core.builder import OPTIMIZER_BUILDERS, build_optimizer, build_optimizer_constructor
from mmseg.core.evaluation import *  # noqa: F403
from mmseg.core.hook import *  # noqa: F403
from mmseg.core.optimizers import *  # noqa: F403
from mmseg.core.seg import *  # noqa: F403
from mmseg.core.utils import *  # noqa: F403
from mmseg.core.visualization import *  # noqa: F403

__all__ = ['OPTIMIZER_BUILDERS', 'build_optimizer', 'build_optimizer_constructor']
