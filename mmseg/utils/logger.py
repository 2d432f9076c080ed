"""The logger of the package."""
import logging

from mmcv.utils import get_logger


def get_root_logger(log_file: str | None = None,
                    log_level: int | str = logging.INFO) -> logging.Logger:
    """Return the logger ``mmseg``, which writes to the console and, if given, to ``log_file``.

    Under several processes only rank 0 writes below the level ERROR.
    """
    return get_logger(name='mmseg', log_file=log_file, log_level=log_level)
