"""The checkpoint from which a training resumes."""
from __future__ import annotations

from typing import Any

import mmcv
from mmcv.runner import CheckpointLoader, get_dist_info

from ..utils.errors import InputError
from ..utils.misc import checkpoints_newest_first
from .training_state import read_state, threads_in
from .utils import from_first


def choose_checkpoint(cfg: mmcv.Config, logger: Any) -> int | None:
    """Set ``cfg.resume_from`` to the checkpoint to resume from; return the seed noted in it.

    With ``auto_resume`` that is the newest checkpoint in ``cfg.work_dir`` that can be read, unless
    ``resume_from`` names one; those passed over are named in the log. All processes take what the
    first one finds.

    Args:
        cfg: Of the training.
        logger: Told what is passed over.

    Raises:
        InputError: There are checkpoints and none can be read, or the one that is named cannot.
    """
    error: InputError | None = None
    chosen: tuple[str, int | None] | None = None
    if get_dist_info()[0] == 0:
        try:
            chosen = _choose(cfg, logger)
        except InputError as found:
            error = found
    # The others wait for the first one's answer, so that all resume from the same file.
    failed, chosen = from_first((str(error) if error else None, chosen))
    if failed:
        raise InputError(failed)
    if chosen is None:
        return None
    cfg.resume_from, seed = chosen
    return seed


def _choose(cfg: mmcv.Config, logger: Any) -> tuple[str, int | None] | None:
    if cfg.get('resume_from'):
        return cfg.resume_from, _seed_of_readable(str(cfg.resume_from))
    if not cfg.get('auto_resume'):
        return None
    files = checkpoints_newest_first(cfg.work_dir)
    errors = []
    for file in files:
        try:
            return str(file), _seed_of_readable(str(file))
        except InputError as error:
            errors.append(str(error))
            logger.warning(f'{error}; an older checkpoint is tried')
    if errors:
        raise InputError(f'none of the {len(files)} checkpoints in {cfg.work_dir} can be resumed '
                         f'from; the newest: {errors[0]}; move them away to start from the first '
                         'iteration')
    return None


def _seed_of_readable(path: str) -> int | None:
    """The seed in a checkpoint, after a check that a training can resume from it."""
    loaded = CheckpointLoader.load_checkpoint(path, 'cpu')
    state = read_state(loaded, path, None)
    weights = loaded.get('state_dict')
    if not isinstance(weights, dict) or 'optimizer' not in loaded:
        raise InputError(f'{path} holds weights but no state of a training; start from them with '
                         '--load-from' if isinstance(weights, dict) else
                         f'{path} has no state_dict')
    return state.seed


def noted_threads(path: str) -> int | None:
    """The threads of the training that wrote a checkpoint, None where it does not say.

    On a CPU a sum over pixels depends in its last digits on how it is divided among threads.

    Raises:
        InputError: The file cannot be read as a checkpoint.
    """
    return threads_in(CheckpointLoader.load_checkpoint(path, 'cpu'))


def resume(runner: Any, cfg: mmcv.Config) -> None:
    """Resume ``runner`` from ``cfg.resume_from``, or with ``auto_resume`` from the next that fits.

    Raises:
        InputError: The checkpoint does not fit, nor does an older one that may be tried.
    """
    chosen = str(cfg.resume_from)
    files = [chosen]
    if cfg.get('auto_resume'):
        found = [str(file) for file in checkpoints_newest_first(cfg.work_dir)]
        files = found[found.index(chosen):] if chosen in found else files
    for older, file in zip([*files[1:], None], files):
        try:
            runner.resume(file)
            return
        except InputError as error:
            if older is None:
                raise
            runner.logger.warning(f'{error}; {older} is tried')
