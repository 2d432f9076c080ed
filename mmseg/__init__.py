"""Page-layout segmentation with page types, on the registries and runners of MMSegmentation 0.x.

The import is light: torch and mmcv are loaded by the subpackages that need them.
"""
from typing import TYPE_CHECKING, Any

from .utils import conflicts, quiet
from .version import __version__, version_info

if TYPE_CHECKING:
    from mmcv.utils import digit_version

    from . import weights

__all__ = ['__version__', 'digit_version', 'version_info', 'weights']

quiet.apply()
conflicts.warn()


def __getattr__(name: str) -> Any:
    if name == 'digit_version':  # a function of mmcv, which 0.x offers here
        from mmcv.utils import digit_version
        return digit_version
    if name == 'weights':
        from importlib import import_module
        return import_module('mmseg.weights')
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
