"""A description of the machine and the library versions, for logs and checkpoints."""
from pathlib import Path

from ..version import __version__


def git_revision() -> str | None:
    """The first seven digits of the checkout's commit; None for an installed package."""
    import subprocess
    root = Path(__file__).parents[2]
    if not (root / '.git').exists():
        return None
    try:
        return subprocess.run(['git', 'rev-parse', '--short=7', 'HEAD'], cwd=root, text=True,
                              capture_output=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def collect_env() -> dict[str, str]:
    """Names and versions of the platform, compilers, torch, OpenCV, mmcv and mmseg."""
    from mmcv.utils import collect_env as collect_base_env
    revision = git_revision()
    return {**collect_base_env(),
            'MMSegmentation': __version__ + (f'+{revision}' if revision else '')}
