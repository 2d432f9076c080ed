"""A description of the machine and the library versions, for logs and checkpoints."""
from mmcv.utils import collect_env as collect_base_env
from mmcv.utils import get_git_hash

from ..version import __version__


def collect_env() -> dict[str, str]:
    """Return names and versions of the platform, compilers, torch, OpenCV, mmcv and mmseg."""
    return {**collect_base_env(), 'MMSegmentation': f'{__version__}+{get_git_hash()[:7]}'}
