"""Page-layout segmentation with page types, on the registries and runners of MMSegmentation 0.x."""
from .utils import mmcv_compat  # noqa: F401  first: it mends mmcv before anything uses it
from .version import __version__, version_info

__all__ = ['__version__', 'version_info']
