"""Label maps as PNG files."""
from __future__ import annotations

import io
import os
from collections.abc import Sequence

import numpy as np
from PIL import Image

from .atomic_write import atomic_path


def label_png(label: np.ndarray, palette: Sequence[Sequence[int]] | None = None) -> bytes:
    """Return a label map as the content of a PNG with 8 bits a pixel.

    Args:
        label: (H, W), values in [0, 255].
        palette: RGB colours of the values from 0 on, for a palette PNG; grey where None.
    """
    picture = Image.fromarray(np.asarray(label).astype(np.uint8))
    if palette is not None:
        # all 256 colours: Pillow saves fewer bits a pixel for a shorter palette
        colours = np.zeros((256, 3), dtype=np.uint8)
        if len(palette):
            colours[:len(palette)] = palette
        picture.putpalette(colours.tobytes())
    content = io.BytesIO()
    picture.save(content, 'PNG')
    return content.getvalue()


def write_label_map(path: str | os.PathLike, label: np.ndarray,
                    palette: Sequence[Sequence[int]] | None = None) -> None:
    """Write :func:`label_png` of a label map (H, W) atomically.

    Args:
        path: The file; its folder is made.
        label: The label map.
        palette: RGB colours of the values from 0 on; grey where None.
    """
    content = label_png(label, palette)
    with atomic_path(path) as part, open(part, 'wb') as file:
        file.write(content)
