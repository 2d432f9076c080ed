"""What every segmentor shares: dispatch of a batch, the sum of losses, pictures of results."""
import math
from abc import ABCMeta, abstractmethod
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import mmcv
import numpy as np
import torch
import torch.distributed as dist
from mmcv.runner import BaseModule

from ...core.visualization import paint_result, save_image
from ...utils.checkpoint import rename_old_names
from ...utils.errors import InputError
from ...utils.page_images import as_image
from ...utils.precision import computing_in

Losses = Mapping[str, torch.Tensor | Sequence[torch.Tensor]]


class BaseSegmentor(BaseModule, metaclass=ABCMeta):
    """Base of networks that label the pixels of a page, and perhaps the page."""

    # Names and colours of what the network was trained on, as far as they are known.
    CLASSES: Sequence[str] | None = None
    PALETTE: Sequence[Sequence[int]] | None = None
    PAGE_CLASSES: Sequence[str] | None = None

    def __init__(self, init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        # What the network computes in, see mmseg.utils.precision.
        self.autocast_dtype: torch.dtype | None = None
        self._register_load_state_dict_pre_hook(rename_old_names)

    def _has(self, part: str) -> bool:
        return getattr(self, part, None) is not None

    @property
    def with_neck(self) -> bool:
        """Whether there is a neck between backbone and heads."""
        return self._has('neck')

    @property
    def with_auxiliary_head(self) -> bool:
        """Whether auxiliary heads help the training."""
        return self._has('auxiliary_head')

    @property
    def with_decode_head(self) -> bool:
        """Whether a head labels pixels."""
        return self._has('decode_head')

    @property
    def with_cls_head(self) -> bool:
        """Whether a head says the type of the page."""
        return self._has('cls_head')

    @property
    def with_line_head(self) -> bool:
        """Whether a head finds text lines."""
        return self._has('line_head')

    @abstractmethod
    def extract_feat(self, imgs: torch.Tensor) -> Sequence[torch.Tensor]:
        """Return the feature maps ``(N, C, h, w)`` that the heads read, of images
        ``(N, 3, H, W)``."""

    @abstractmethod
    def encode_decode(self, img: torch.Tensor, img_metas: list[dict]) -> Any:
        """Return logits (N, K, H, W) at the size of ``img``, with page types a pair of logits.

        Args:
            img: (N, 3, H, W), normalised.
            img_metas: Metas of each page.
        """

    @abstractmethod
    def forward_train(self, imgs: torch.Tensor, img_metas: list[dict], **kwargs: Any) -> Losses:
        """Return the losses of a batch.

        Args:
            imgs: (N, 3, H, W), normalised.
            img_metas: Metas of each page.
            **kwargs: Labels of the batch.
        """

    @abstractmethod
    def simple_test(self, img: torch.Tensor, img_meta: list[dict], **kwargs: Any) -> list:
        """Return a result for each page, from one view.

        Args:
            img: (N, 3, H, W), normalised.
            img_meta: Metas of each page.
            **kwargs: Options of the segmentor.
        """

    @abstractmethod
    def aug_test(self, imgs: list[torch.Tensor], img_metas: list[list[dict]],
                 **kwargs: Any) -> list:
        """Return a result for each page, from several views.

        Args:
            imgs: A batch (N, 3, H, W) for each view.
            img_metas: For each view the metas of its N pages.
            **kwargs: Options of the segmentor.
        """

    def forward_test(self, imgs: list[torch.Tensor], img_metas: list[list[dict]],
                     **kwargs: Any) -> list:
        """Return a result for each page.

        Args:
            imgs: A batch (N, 3, H, W) for each view.
            img_metas: For each view the metas of its N pages.

        Raises:
            TypeError: An argument that is not a list.
            ValueError: Lists of different length.
        """
        for name, value in (('imgs', imgs), ('img_metas', img_metas)):
            if not isinstance(value, list):
                raise TypeError(f'{name} must be a list with an entry for each view, got '
                                f'{type(value).__name__}')
        if len(imgs) != len(img_metas):
            raise ValueError(f'{len(imgs)} views came with metas of {len(img_metas)}')
        if len(imgs) == 1:
            return self.simple_test(imgs[0], img_metas[0], **kwargs)
        return self.aug_test(imgs, img_metas, **kwargs)

    def forward(self, img: Any, img_metas: list, return_loss: bool = True, **kwargs: Any) -> Any:
        """Return losses of a batch, or with ``return_loss=False`` a result for each page.

        For losses ``img`` is a tensor and ``img_metas`` a list of dicts; for results both have one
        more list around, of the views.
        """
        with computing_in(self.autocast_dtype, img[0] if isinstance(img, (list, tuple)) else img):
            if return_loss:
                return self.forward_train(img, img_metas, **kwargs)
            return self.forward_test(img, img_metas, **kwargs)

    def train_step(self, data_batch: dict, optimizer: Any, **kwargs: Any) -> dict:
        """Return ``loss`` (a scalar to go back from), ``log_vars`` and ``num_samples``.

        The optimizer hook of the runner does the backward pass and the step.

        Args:
            data_batch: ``img``, ``img_metas`` and the labels of a batch.
            optimizer: Not used here.
            **kwargs: Not used here.
        """
        loss, log_vars = self._parse_losses(self(**data_batch))
        return dict(loss=loss, log_vars=log_vars, num_samples=len(data_batch['img_metas']))

    def val_step(self, data_batch: dict, optimizer: Any = None, **kwargs: Any) -> dict:
        """Return the same as ``train_step``, with ``_val`` after the names that are logged.

        Args:
            data_batch: As for ``train_step``.
            optimizer: Not used here.
            **kwargs: Not used here.
        """
        step = self.train_step(data_batch, optimizer, **kwargs)
        return dict(step, log_vars={f'{name}_val': v for name, v in step['log_vars'].items()})

    @staticmethod
    def _parse_losses(losses: Losses) -> tuple[torch.Tensor, dict[str, float]]:
        """Return the sum of what has ``loss`` in its name, and every value as logged.

        Values are means over the processes where there are several. A percentage that is nan, of
        nothing that counts in this batch, is not logged.
        """
        means = OrderedDict()
        for name, value in losses.items():
            if isinstance(value, torch.Tensor):
                means[name] = value.mean()
            elif isinstance(value, (list, tuple)):
                means[name] = torch.stack([part.mean() for part in value]).sum()
            else:
                raise TypeError(f'{name} must be a tensor or a list of tensors, got '
                                f'{type(value).__name__}')
        parts = [value for name, value in means.items() if 'loss' in name]
        if not parts:
            raise InputError(f"no head gave a loss: none of {list(means)} has 'loss' in its name")
        loss = torch.stack([part.float() for part in parts]).sum()
        logged = torch.stack([value.detach().float() for value in means.values()] + [loss.detach()])
        if dist.is_available() and dist.is_initialized():
            logged /= dist.get_world_size()
            dist.all_reduce(logged)
        return loss, {name: value for name, value in zip([*means, 'loss'], logged.tolist())
                      if 'loss' in name or not math.isnan(value)}

    def show_result(self, img: str | np.ndarray, result: list, palette: Sequence | None = None,
                    win_name: str = '', show: bool = False, wait_time: int = 0,
                    out_file: str | None = None, opacity: float = 0.5) -> np.ndarray | None:
        """Return the page with its result painted over it, or write or show it.

        Args:
            img: A path or an image (H, W, 3) in BGR.
            result: What the test gave for this page: a list of one result.
            palette: RGB of each class; by default that of the model.
            win_name: Title of the window.
            show: Open a window.
            wait_time: Milliseconds that it stays; 0 waits for a key.
            out_file: Where to write the picture.
            opacity: Of the colours, in (0, 1].

        Raises:
            InputError: An opacity out of range.
        """
        if not 0 < opacity <= 1:
            raise InputError(f'opacity must lie in (0, 1], got {opacity}')
        picture = paint_result(as_image(img), result[0], self.CLASSES or (),
                               palette=palette or self.PALETTE or None,
                               page_classes=self.PAGE_CLASSES, opacity=opacity)
        if show:
            mmcv.imshow(picture, win_name, wait_time)
        if out_file is not None:
            save_image(out_file, picture)
        return None if show or out_file else picture
