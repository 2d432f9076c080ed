"""Another distribution that owns the same import name."""
import os
import sys
import warnings

OTHER = 'mmsegmentation'
_FORMER = '0.31.0'  # of this package itself, before it had a name of its own


def other_distribution() -> str | None:
    """The version of MMSegmentation's own distribution in this environment; None without it."""
    for folder in sys.path:
        if os.path.basename(folder) in ('site-packages', 'dist-packages') and os.path.isdir(folder):
            for name in os.listdir(folder):
                if name.startswith(f'{OTHER}-') and name.endswith('.dist-info'):
                    version = name.removeprefix(f'{OTHER}-').removesuffix('.dist-info')
                    if version != _FORMER:
                        return version
    return None


def warn() -> None:
    """Warn where both distributions are installed: their files overwrite one another."""
    version = other_distribution()
    if version is not None:
        warnings.warn(
            f'{OTHER} {version} is installed in the same environment as mmseg-layout and both own '
            f'the package mmseg, so that files of one may be missing: pip uninstall {OTHER} '
            'mmseg-layout, then install mmseg-layout again', UserWarning, stacklevel=3)
