"""Where the commands that evaluate leave their report."""
from __future__ import annotations

import time
from pathlib import Path

import mmseg


def report_file(work_dir: str | None, config: str, model: str, prefix: str = 'eval') -> Path:
    """The JSON file of a report, named after the time.

    Args:
        work_dir: Its folder; by default the one that the model file is in, or
            ``work_dirs/<name of the config>`` for a model of the package or of an address.
        config: Path of the config.
        model: Checkpoint or exported file.
        prefix: What the file name begins with.
    """
    own = Path(mmseg.__file__).resolve().parent
    if work_dir is not None:
        folder = Path(work_dir)
    elif Path(model).is_file() and own not in Path(model).resolve().parents:
        folder = Path(model).parent
    else:
        folder = Path('work_dirs', Path(config).stem)
    return folder / f'{prefix}_{time.strftime("%Y%m%d_%H%M%S")}.json'


def say_where(report: Path) -> None:
    """Print the path of a report that was written, in one of several processes."""
    from mmcv.runner import get_dist_info
    if report.is_file() and get_dist_info()[0] == 0:
        print(f'report: {report}')
