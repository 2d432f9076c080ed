"""An OpenCV that is installed and cannot be loaded."""
from __future__ import annotations

import os
import traceback


def loading_problem(error: ImportError) -> str | None:
    """Return in a sentence why OpenCV cannot be loaded and what helps; None for other errors.

    The package opencv-python, which mmcv's metadata ask for, has windows and needs the libraries of
    a display, which containers and servers often lack.

    Args:
        error: As it was raised.
    """
    folders = {os.path.basename(os.path.dirname(frame.filename))
               for frame in traceback.extract_tb(error.__traceback__)}
    if 'cv2' not in folders:
        return None
    return (f'OpenCV cannot be loaded ({error}): opencv-python, which mmcv brings, needs the '
            'libraries of a display; without one run pip install --force-reinstall --no-deps '
            'opencv-python-headless, which takes its place')
