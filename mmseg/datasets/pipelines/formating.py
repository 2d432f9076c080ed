"""The old, misspelt name of ``formatting``, for custom modules that import it."""
import warnings

from .formatting import (
    Collect,
    DefaultFormatBundle,
    ImageToTensor,
    ToDataContainer,
    ToTensor,
    Transpose,
    to_tensor,
)

__all__ = ['Collect', 'DefaultFormatBundle', 'ImageToTensor', 'ToDataContainer', 'ToTensor',
           'Transpose', 'to_tensor']

warnings.warn('mmseg.datasets.pipelines.formating is the old name of '
              'mmseg.datasets.pipelines.formatting', DeprecationWarning, stacklevel=2)
