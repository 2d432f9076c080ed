"""A description of the machine and the library versions, for logs and checkpoints."""
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

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


@contextmanager
def _only_its_version(name: str) -> Iterator[None]:
    """Within it, an import of a package that says its version in a file gives it alone, at once."""
    spec = find_spec(name) if name not in sys.modules else None
    file = Path(spec.origin or '').with_name('version.py') if spec is not None else Path()
    version = re.search(r"""^__version__ = ['"](.+?)['"]""", file.read_text(),
                        re.MULTILINE) if file.is_file() else None
    if version is None:
        yield
        return
    stand_in = ModuleType(name)
    stand_in.__dict__['__version__'] = version[1]
    module = sys.modules.setdefault(name, stand_in)
    try:
        yield
    finally:
        if module is stand_in:
            sys.modules.pop(name, None)


def collect_env() -> dict[str, str]:
    """Names and versions of the platform, compilers, torch, OpenCV, mmcv and mmseg."""
    from mmcv.utils import collect_env as collect_base_env
    revision = git_revision()
    with _only_its_version('torchvision'):  # it takes more than a second to import
        found = collect_base_env()
    return {**found, 'MMSegmentation': __version__ + (f'+{revision}' if revision else '')}
