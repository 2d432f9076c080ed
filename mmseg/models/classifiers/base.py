"""What every classifier shares: dispatch of a batch, the sum of losses, pictures of results."""
from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import mmcv
import numpy as np
from torch import Tensor

from ...core.visualization import compose_legend, save_image
from ...utils.page_images import as_image
from ...utils.precision import computing_in
from ..segmentors.base import BaseSegmentor


class BaseClassifier(BaseSegmentor):
    """Base of networks that say the type of a page.

    For commands it is a segmentor with no classes of pixels and a page-type head. Its ``CLASSES``
    are the names of the page types, as MMClassification has it.
    """

    # of pixels
    num_classes = out_channels = 0
    align_corners = False
    threshold: float | None = None

    @property
    def PAGE_CLASSES(self) -> Sequence[str] | None:  # type: ignore[override]
        """Names of the page types."""
        return getattr(self, 'CLASSES', None)

    @PAGE_CLASSES.setter
    def PAGE_CLASSES(self, names: Sequence[str] | None) -> None:
        if names is not None:
            self.CLASSES = names

    @property
    def with_head(self) -> bool:
        """Whether it has a head."""
        return self._has('head')

    @property
    def cls_head(self) -> Any:
        """The head, by the name that it has in segmentors."""
        return self.head

    @abstractmethod
    def extract_feat(self, imgs: Tensor, stage: str | None = None) -> Any:
        """Return features of the backbone, the neck, or right before the last layer."""

    def extract_feats(self, imgs: Sequence[Tensor], stage: str | None = None) -> Iterator[Any]:
        """Yield the features of each batch ``(N, 3, H, W)``."""
        for img in imgs:
            yield self.extract_feat(img) if stage is None else self.extract_feat(img, stage)

    def forward(self, img: Any, return_loss: bool = True,  # type: ignore[override]
                **kwargs: Any) -> Any:
        """Return losses of a batch, or with ``return_loss=False`` the scores of each page.

        Args:
            img: (N, 3, H, W); for scores also a list of several views.
            return_loss: Which of the two.
            **kwargs: ``gt_label`` for losses; ``img_metas``.
        """
        with computing_in(self.autocast_dtype, img[0] if isinstance(img, (list, tuple)) else img):
            if return_loss:
                return self.forward_train(img, **kwargs)
            return self.forward_test(img, **kwargs)

    def forward_test(self, imgs: Tensor | list[Tensor],  # type: ignore[override]
                     **kwargs: Any) -> Any:
        """Return the scores of each page, from one view or as the mean over several.

        Raises:
            TypeError: ``imgs`` is neither a batch nor a list of them.
        """
        if isinstance(imgs, Tensor):
            return self.simple_test(imgs, **kwargs)
        if not isinstance(imgs, list):
            raise TypeError(f'imgs is a batch or a list with one for each view, got {type(imgs)}')
        if len(imgs) > 1:
            return self.aug_test(imgs, **kwargs)
        metas = kwargs.pop('img_metas', None) or [[]]
        return self.simple_test(imgs[0], metas[0], **kwargs)

    def train_step(self, data_batch: dict, optimizer: Any = None, **kwargs: Any) -> dict:
        """Return ``loss`` (a scalar to go back from), ``log_vars`` and ``num_samples``."""
        losses: dict[str, Any] = {}
        for name, value in self(**data_batch).items():
            losses.update(value if isinstance(value, Mapping) else {name: value})
        loss, log_vars = self._parse_losses(losses)
        return dict(loss=loss, log_vars=log_vars, num_samples=len(data_batch['img'].data))

    def val_step(self, data_batch: dict, optimizer: Any = None, **kwargs: Any) -> dict:
        """Return the same, with ``_val`` after the names that are logged."""
        step = self.train_step(data_batch, optimizer, **kwargs)
        return dict(step, log_vars={f'{name}_val': v for name, v in step['log_vars'].items()})

    def show_result(self, img: str | np.ndarray, result: Any,  # type: ignore[override]
                    show: bool = False, win_name: str = '', wait_time: int = 0,
                    out_file: str | None = None, **kwargs: Any) -> np.ndarray:
        """Return the page with its type written above it, and write or show it where wanted.

        Args:
            img: A path or an image (H, W, 3) in BGR.
            result: Scores (C,) of the page, or a list of them; or a dict of what is written.
            show: Open a window.
            win_name: Title of the window.
            wait_time: Milliseconds that it stays; 0 waits for a key.
            out_file: Where to write the picture.
            **kwargs: What segmentors and MMClassification take of colours and fonts; without
                effect.
        """
        if isinstance(result, Mapping):
            text = ', '.join(f'{name}: {value:.2f}' if isinstance(value, float) else
                             f'{name}: {value}' for name, value in result.items())
        else:
            text = self.describe(result[0] if isinstance(result, list) else result)
        picture = compose_legend(as_image(img), (), (), page_type=text)
        if show:
            mmcv.imshow(picture, win_name, wait_time)
        if out_file is not None:
            save_image(out_file, picture)
        return picture

    def describe(self, scores: np.ndarray) -> str:
        """The predicted page type of scores ``(C,)``, or all types with a score from 0.5 on."""
        names = self.PAGE_CLASSES or [str(number) for number in range(len(scores))]
        chosen = [int(scores.argmax())]
        if getattr(self.head, 'activation', 'softmax') == 'sigmoid':
            chosen = [int(number) for number in np.flatnonzero(scores >= 0.5)]
        return ', '.join(f'{names[number]} {scores[number]:.2f}' for number in chosen) or 'none'
