"""Reading of configs that are not on disk, through mmcv's ``Config.fromfile``."""
import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from mmcv import Config

from .compose import compose, zoo_names

# The configs of the package: of an installed one, and of a checkout.
CONFIGS = (Path(__file__).parents[2] / 'configs', Path(__file__).parents[3] / 'configs')
_read_file = Config._file2dict


@cache
def config_names() -> dict[str, str]:
    """File name without ``.py`` → path below ``configs`` of every config, composed ones too."""
    found = {path.stem: path.relative_to(folder).as_posix()
             for folder in CONFIGS if folder.is_dir() for path in sorted(folder.rglob('*.py'))
             if '_base_' not in path.parts}
    return {**{name: f'{folder}/{name}.py' for name, folder in zoo_names().items()}, **found}


def close_names(name: str, most: int = 3) -> list[str]:
    """The names of configs most like a wrong one, the nearest first."""
    return get_close_matches(Path(name).stem, config_names(), n=most, cutoff=0.6)


def names_with(name: str, most: int = 3) -> list[str]:
    """The names of configs that have all parts of another name, such as those of ``psp_r50``."""
    parts = [part for part in re.split('[-_]', Path(name).stem.lower()) if part]
    found = [one for one in config_names() if parts and all(part in one for part in parts)]
    return sorted(found, key=lambda one: (not one.startswith(parts[0]), len(one), one))[:most]


def where_instead(name: str) -> str:
    """How an error goes on that names a missing config: the right folder, or the nearest names."""
    path = config_names().get(Path(name).stem)
    if path is not None:
        return f'; configs/{path} is there'
    close = close_names(name)
    return f'; the nearest names are {", ".join(close)}' if close else ''


def read_zoo(name: str) -> tuple[dict[str, Any], str]:
    """The values and the text of a composed config, as mmcv's own reader gives them of a file."""
    def read_base(path: str) -> Mapping[str, Any]:
        return _read_file(str(_in_package(Path(path)) or path))[0]
    values = compose(name, read_base)
    return values, f'{name}, composed\n'


def _in_package(path: Path) -> Path | None:
    """The package's file for a path that ends in one below ``configs``."""
    start = path.parts.index('_base_') if '_base_' in path.parts else -2
    for folder in CONFIGS:
        file = folder.joinpath(*path.parts[start:])
        if file.is_file():
            return file
    return None


def _read(filename: str, use_predefined_variables: bool = True) -> tuple[dict[str, Any], str]:
    """Like mmcv's reader, but a path that is not on disk may name a config of the package."""
    path = Path(filename)
    if path.is_file() or path.suffix != '.py':
        return _read_file(filename, use_predefined_variables)
    file = _in_package(path)
    if file is None and path.stem in zoo_names():
        return read_zoo(path.stem)
    return _read_file(str(file or filename), use_predefined_variables)


# Config.fromfile and every _base_ go through this function of mmcv's.
Config._file2dict = staticmethod(_read)
