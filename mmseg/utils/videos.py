"""Videos and cameras: frames read, shown and written."""
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from .atomic_write import atomic_path
from .errors import InputError, MissingFileError


@contextmanager
def opened(source: str | int) -> Iterator[cv2.VideoCapture]:
    """Give the open video of a file or the number of a camera.

    Raises:
        MissingFileError: The file does not exist.
        InputError: It cannot be read.
    """
    if isinstance(source, str) and not Path(source).is_file():
        raise MissingFileError(f'video {source} not found')
    capture = cv2.VideoCapture(source)
    try:
        if not capture.isOpened():
            raise InputError(f'camera {source} cannot be opened' if isinstance(source, int)
                             else f'{source} cannot be read as a video')
        yield capture
    finally:
        capture.release()


def frames(capture: cv2.VideoCapture) -> Iterator[np.ndarray]:
    """Yield each frame (H, W, 3) in BGR up to the first that cannot be read."""
    while True:
        there, frame = capture.read()
        if not there:
            return
        yield frame


@contextmanager
def window(title: str) -> Iterator[None]:
    """Open a window, and close it in the end.

    Raises:
        InputError: This OpenCV has no windows, or the machine has no screen.
    """
    try:
        cv2.namedWindow(title)
    except cv2.error as error:
        raise InputError('no window can open: this OpenCV was built without them, or there is no '
                         'screen; install opencv-python in place of opencv-python-headless, or '
                         'write a file with --output-file instead') from error
    yield
    cv2.destroyAllWindows()


@contextmanager
def video_writer(path: str | Path, fourcc: str, fps: float,
                 shape: Sequence[int]) -> Iterator[Callable[[np.ndarray], None]]:
    """Give a function that adds a frame (H, W, 3) in BGR to a video.

    The file appears under its name where the block ends without an error. A frame of another height
    is cut or filled up with white.

    Args:
        path: Of the file; its suffix says the format.
        fourcc: Four letters of the codec.
        fps: Frames per second.
        shape: (height, width, ...) of a frame in pixels.

    Raises:
        InputError: The codec does not fit the file.
    """
    if len(fourcc) != 4:
        raise InputError(f"a codec has four letters, such as MJPG or mp4v, not '{fourcc}'")
    height, width = shape[:2]

    def add(frame: np.ndarray) -> None:
        writer.write(cv2.copyMakeBorder(
            frame[:height], 0, max(0, height - frame.shape[0]), 0, 0, cv2.BORDER_CONSTANT,
            value=(255, 255, 255)))

    with atomic_path(path, keep_suffix=True) as part:
        writer = cv2.VideoWriter(str(part), cv2.VideoWriter.fourcc(*fourcc), fps, (width, height))
        if not writer.isOpened():
            raise InputError(f"{path} cannot be written with the codec '{fourcc}': try .avi with "
                             'MJPG or .mp4 with mp4v')
        try:
            yield add
        finally:
            writer.release()
