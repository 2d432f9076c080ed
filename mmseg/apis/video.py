"""Videos and cameras: each frame painted with the prediction of a network."""
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from ..core.visualization import compose_legend, distinct_palette, paint_result
from ..utils.errors import InputError
from ..utils.videos import frames, opened, video_writer, window
from .inference import inference_segmentor

_QUIT = (27, ord('q'), ord('Q'))


def paint_video(model: Any, source: str | int, *, out: str | Path | None = None,
                show: bool = False, wait: int = 1, palette: Sequence | None = None,
                opacity: float = 0.5, fourcc: str = 'MJPG', fps: float = -1,
                size: tuple[int, int] = (-1, -1)) -> int:
    """Paint the frames of a video into another one, or into a window; return how many.

    The video appears under its name when it is whole; Esc, q or the end of the source end it.

    Args:
        model: From ``init_segmentor``.
        source: A file, or the number of a camera.
        out: A video file to write.
        show: Open a window.
        wait: Milliseconds that a frame stays there at least; 0 waits for a key.
        palette: RGB of each class; by default that of the model.
        opacity: Of the colours, in (0, 1].
        fourcc: Four letters of the codec of ``out``.
        fps: Frames a second of ``out``; below 0 as the source has them.
        size: (height, width) of ``out`` in pixels, without the legend; below 0 as the source.

    Raises:
        InputError: The source cannot be read, ``out`` cannot be written with this codec, or this
            OpenCV has no windows.
    """
    if not 0 < opacity <= 1:
        raise InputError(f'opacity must lie in (0, 1], got {opacity}')
    with ExitStack() as stack:
        capture = stack.enter_context(opened(source))
        if show:
            stack.enter_context(window(str(source)))
        total = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        rate = fps if fps > 0 else capture.get(cv2.CAP_PROP_FPS) or 25.
        add: Callable[[np.ndarray], None] | None = None
        count = 0
        for frame in tqdm(frames(capture), desc='frames', unit='frame',
                          total=total if total > 0 else None):
            result = inference_segmentor(model, frame)[0]
            height, width = (wanted if wanted > 0 else have
                             for wanted, have in zip(size, frame.shape[:2]))
            painted = painted_frame(model, frame, result, palette, opacity, (height, width))
            if out is not None:
                add = add or stack.enter_context(video_writer(out, fourcc, rate, painted.shape))
                add(painted)
            count += 1
            if show:
                cv2.imshow(str(source), painted)
                if cv2.waitKey(wait) & 0xFF in _QUIT:
                    break
        if count == 0:
            raise InputError(f'{source} has no frame that can be read')
    return count


def painted_frame(model: Any, frame: np.ndarray, result: Any, palette: Sequence | None,
                  opacity: float, size: tuple[int, int]) -> np.ndarray:
    """A frame under its result, with the names of all classes and the page type below.

    Args:
        model: With the names.
        frame: (H, W, 3) in BGR.
        result: Of ``inference_segmentor``.
        palette: RGB of each class; by default that of the model.
        opacity: Of the colours.
        size: (height, width) of the picture without the caption below it.
    """
    classes = model.CLASSES or [str(number) for number in range(model.num_classes)]
    palette = palette or model.PALETTE or distinct_palette(len(classes))
    painted = paint_result(frame, result, classes, palette, opacity=opacity, legend=False)
    if painted.shape[:2] != size:
        painted = cv2.resize(painted, size[::-1], interpolation=cv2.INTER_AREA)
    kind, score = None, None
    if isinstance(result, dict) and result.get('cls_label') is not None:
        label = int(result['cls_label'])
        kind = model.PAGE_CLASSES[label] if model.PAGE_CLASSES else f'page type {label}'
        score = float(result['cls_scores'][label])
    # All classes, so that the legend is as high on each frame.
    return compose_legend(painted, classes, palette, kind, score)
