"""Page-layout segmentation with page types, on the registries and runners of MMSegmentation 0.x."""
from . import utils  # noqa: F401  mends mmcv before anything uses it
from .version import __version__, version_info

__all__ = ['__version__', 'version_info']
