"""Scores or boxes of pages by a checkpoint."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mmcv
import numpy as np
import torch

from ..core.visualization import distinct_palette
from ..datasets.label_erosion import erosion_of
from ..export.cpu_inference import for_cpu
from ..inference.predictor import PageArrays, PageBoxes, Predictor, pixel_classes
from ..inference.tiles import TileCount
from ..models.detectors import BaseDetector
from ..utils.compiled import compile_parts
from ..utils.config import load_config
from ..utils.errors import InputError
from ..utils.named_weights import find_weights
from .inference import init_segmentor, prepare_image


class CheckpointPredictor(Predictor):
    """A network with its config's test pipeline, several scales and layers included.

    Args:
        config: A file, a loaded config, or the name of a network in the package.
        checkpoint: A file, an address or such a name; with None a
            name in ``config`` gives its own weights, and a config keeps the initial ones.
        device: Where it runs; without a GPU ``'cuda…'`` becomes ``'cpu'``.
        batch: Pages of one size that go through the network together, at most.
        cfg_options: Changes to a config that is a file, such as ``{'model.test_cfg.mode':
            'slide'}``.
        fast: On a CPU, fuse batch norms into convolutions and use the layout channels_last where
            scores stay within 1e-5, see :func:`~mmseg.export.cpu_inference.for_cpu`; a config with
            ``compile`` has its parts compiled instead (:mod:`mmseg.utils.compiled`).

    Attributes:
        model: The segmentor or detector.
        classes: Names of the pixel classes, by index; a detector's begin with a background.
        palette: RGB of each.
        page_classes: Names of the page types; empty without a cls head.
        erosion: The label erosion of the config's training; None without.
        threshold: Score from which a pixel is of the second class, of a single channel.
        line_options: How lines are found in the scores of a line head; None without one.

    Raises:
        InputError: A config or checkpoint is not there or does not fit the other.
    """

    def __init__(self, config: str | Path | mmcv.Config, checkpoint: str | Path | None = None,
                 device: str = 'cuda:0', *, batch: int = 4,
                 cfg_options: dict[str, Any] | None = None, fast: bool = True) -> None:
        if batch < 1:
            raise InputError(f'batch is a number of pages, 1 or more, got {batch}')
        if isinstance(config, (str, Path)):
            if checkpoint is None and find_weights(str(config)) is not None:
                checkpoint = config
            config = load_config(str(config), cfg_options)
        model = init_segmentor(config, checkpoint, device)
        self.model = compile_parts(for_cpu(model, config) if fast else model, config)
        self.batch, self.tile_count = batch, TileCount()
        self.detects = isinstance(self.model, BaseDetector)
        count = int(self.model.num_classes)
        self.classes = pixel_classes(self.model)
        if len(self.classes) != count:
            raise InputError(f'{checkpoint} names {len(self.classes)} classes '
                             f'({", ".join(self.classes)}), but the network has {count}')
        self.palette = tuple((int(r), int(g), int(b)) for r, g, b in
                             (self.model.PALETTE or distinct_palette(count))[:count])
        if self.detects:  # as regions have it: 0 is what no region is made of
            self.classes = ('background', *self.classes)
            self.palette = ((0, 0, 0), *self.palette)
        self.page_classes = ()
        if self.model.with_cls_head:
            self.page_classes = tuple(self.model.PAGE_CLASSES or
                                      map(str, range(self.model.cls_head.num_classes)))
        self.erosion = erosion_of(config)
        self.threshold = 0.5 if self.model.threshold is None else float(self.model.threshold)
        self.line_options = (self.model.line_head.postprocessor.options
                             if self.model.with_line_head else None)

    def predict(self, images: Sequence[np.ndarray]) -> list[PageArrays | PageBoxes]:
        """Return the scores of each page at its own size, or of a detector its boxes.

        Args:
            images: Pages (H, W, 3) uint8 in BGR, of any sizes.

        Raises:
            InputError: Something else than such a page.
        """
        places: dict[tuple[int, ...], list[int]] = {}
        for place, image in enumerate(images):
            if not (isinstance(image, np.ndarray) and image.ndim == 3 and image.shape[2] == 3
                    and image.dtype == np.uint8 and image.size):
                what = (f'{image.dtype} {image.shape}' if isinstance(image, np.ndarray)
                        else type(image).__name__)
                raise InputError(f'a page is an array (H, W, 3) of uint8 in BGR, but number '
                                 f'{place} is {what}')
            # pages of one size have one size after the test pipeline too
            places.setdefault(image.shape, []).append(place)
        answers: dict[int, PageArrays | PageBoxes] = {}
        for same in places.values():
            for start in range(0, len(same), self.batch):
                batch = same[start:start + self.batch]
                answers.update(zip(batch, self._scores([images[place] for place in batch])))
        return [answers[place] for place in range(len(images))]

    def _scores(self, images: list[np.ndarray]) -> Sequence[PageArrays | PageBoxes]:
        """The scores of pages of one size."""
        data = prepare_image(self.model.cfg, images, next(self.model.parameters()).device)
        with torch.no_grad():
            if self.detects:
                results = self.model(return_loss=False, rescale=True, **data)
                return [PageBoxes.of_result(result, image.shape[:2])
                        for result, image in zip(results, images)]
            scores = self.model.test_scores(data['img'], data['img_metas'])
            self.tile_count = getattr(self.model, 'tile_count', self.tile_count)
        return PageArrays.of_batch(scores)
