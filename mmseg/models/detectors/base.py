"""What every detector shares: how a batch is handed on, and pictures of results."""
from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import mmcv
import numpy as np
from torch import Tensor

from ...core.visualization import paint_boxes, save_image
from ...utils.errors import InputError
from ...utils.page_images import as_image
from ..segmentors.base import BaseSegmentor


class BaseDetector(BaseSegmentor):
    """Base of networks that find boxes.

    A page's result is a list with an array ``(n, 5)`` for each class: x1, y1, x2, y2 in pixels of
    the page and a score in [0, 1].
    """

    num_classes: int
    threshold: float | None = None

    @abstractmethod
    def forward_train(self, imgs: Tensor, img_metas: list[dict], **kwargs: Any) -> dict[str, Any]:
        """Return the losses of a batch.

        Args:
            imgs: Pages ``(N, 3, H, W)``.
            img_metas: The particulars of each.
            **kwargs: ``gt_bboxes``, corners in pixels ``(G, 4)`` for each page, and ``gt_labels``,
                their classes ``(G,)``.
        """

    def encode_decode(self, img: Tensor, img_metas: list[dict]) -> Any:
        """Raise InputError: a detector says nothing of pixels."""
        raise InputError(f'{type(self).__name__} finds boxes and has no scores of pixels; '
                         'this needs a segmentor')

    def forward_dummy(self, img: Tensor) -> Any:
        """Raise InputError: the attention needs numbers, which the counting of operations lacks."""
        raise InputError(f'the operations of {type(self).__name__} are not counted; mmseg bench '
                         'measures its speed')

    def aug_test(self, imgs: list[Tensor], img_metas: list[list[dict]], **kwargs: Any) -> list:
        """Raise InputError: boxes of several views are not merged."""
        raise InputError(f'{type(self).__name__} takes one view of a page, got {len(imgs)}: leave '
                         'out --aug-test, and flip and further scales of MultiScaleFlipAug')

    def show_result(self, img: str | np.ndarray, result: list,  # type: ignore[override]
                    score_thr: float = 0.3, palette: Sequence | None = None, win_name: str = '',
                    show: bool = False, wait_time: int = 0, out_file: str | None = None,
                    opacity: float = 0.5, **kwargs: Any) -> np.ndarray | None:
        """Return the page with its boxes painted over it, or write or show it.

        Args:
            img: A path or an image (H, W, 3) in BGR.
            result: A page's result, or a list with it.
            score_thr: Boxes with a lower score are left out.
            palette: RGB of each class; by default that of the model.
            win_name: Title of the window.
            show: Open a window.
            wait_time: Milliseconds that it stays; 0 waits for a key.
            out_file: Where to write the picture.
            opacity: Of the colours within boxes, in (0, 1].
            **kwargs: What MMDetection takes of colours and fonts; without effect.
        """
        if len(result) == 1 and isinstance(result[0], (list, tuple)):
            result = list(result[0])
        picture = paint_boxes(as_image(img), result, getattr(self, 'CLASSES', None) or (),
                              palette or getattr(self, 'PALETTE', None), score_thr, opacity)
        if show:
            mmcv.imshow(picture, win_name, wait_time)
        if out_file is not None:
            save_image(out_file, picture)
        return None if show or out_file else picture
