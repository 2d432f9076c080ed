"""The logger of the package."""
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from mmcv.utils import get_logger
from mmcv.utils.logging import logger_initialized

# what mmcv writes of each layer and each parameter
_INIT_LINE = re.compile(r'initialize \w+ with init_cfg |\n[\w.]+ - torch\.Size\(')


def get_root_logger(log_file: str | None = None,
                    log_level: int | str = logging.INFO) -> logging.Logger:
    """Return the logger ``mmseg``, which writes to the console and, if given, to ``log_file``.

    Under several processes only rank 0 writes below the level ERROR.
    """
    return get_logger(name='mmseg', log_file=log_file, log_level=log_level)


@contextmanager
def without_init_lines() -> Iterator[None]:
    """Log nothing about single layers and parameters while weights are initialised.

    Where weights were loaded from is logged, and at the level DEBUG everything.
    """
    def kept(record: logging.LogRecord) -> bool:
        return _INIT_LINE.match(record.getMessage()) is None

    loggers = [] if get_root_logger().isEnabledFor(logging.DEBUG) else [
        logging.getLogger(name) for name in ('mmcv', *logger_initialized)]
    for logger in loggers:
        logger.addFilter(kept)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(kept)
