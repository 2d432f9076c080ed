"""Silences messages of torch and mmcv at import that users cannot act on."""
import logging
import warnings


def _no_cuda_notice(record: logging.LogRecord) -> bool:
    """False for the notice of ``torch.utils.cpp_extension``, which mmcv imports."""
    return 'No CUDA runtime is found' not in str(record.msg)


def apply() -> None:
    """Silence mmcv's announcement of version 2.0 and torch's remark on a missing CUDA runtime."""
    warnings.filterwarnings('ignore', message='On January 1, 2023, MMCV will release v2.0.0')
    logging.getLogger('torch.utils.cpp_extension').addFilter(_no_cuda_notice)
