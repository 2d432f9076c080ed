"""Pages in, scores out, from only an exported file."""
from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence

import cv2
import mmcv
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..core.erosion import ErosionParams
from ..core.text_lines import LineOptions
from ..inference import PageLogits, resize_to, slide, softmax_scores
from ..inference.predictor import PageArrays, Predictor
from ..inference.refinement import refine, refinements
from ..utils.errors import InputError
from .network import ExportedNetwork


class ExportedPredictor(Predictor):
    """A :class:`~mmseg.inference.predictor.Predictor` of a TorchScript or ONNX file.

    It gives the scores of the model that the file was made of, without the model: resizes a page
    and normalises it as the model's test pipeline does, in sliding windows where the model was
    tested in such. With several views baked in, those are resized inside the file, so that scores
    differ a little from those of a pipeline that resizes the page itself.

    Args:
        path: The file; its info is next to it or inside.
        device: ``'cpu'`` or ``'cuda'``.
        batch: Pages that go through the network together, at most.
        backend: One of ``mmseg.export.network.BACKENDS``; by default as the file is, for ONNX
            ``'onnxruntime'``.

    Attributes:
        classes: Names of the pixel classes, by index.
        palette: RGB of each.
        page_classes: Names of the page types; empty without a cls head.
        threshold: Score from which a pixel is of the second class, of a single channel.
        line_options: How lines are found in the scores of a line head; None without one.
        erosion: How the labels of the training were shrunk; None where they were not.

    Raises:
        InputError: A file of another kind, one without info, or one that gives only labels or
            does not say how a page is prepared.
    """

    def __init__(self, path: str | os.PathLike, device: str = 'cpu', *, batch: int = 4,
                 backend: str | None = None) -> None:
        self.network = ExportedNetwork(path, device, backend)
        info = self.network.info
        if info.graph.output == 'pred':
            raise InputError(f'{path} gives labels without scores; export it with --output scores')
        if info.preprocessing is None:
            raise InputError(f'{path} does not say how a page becomes its input: the test pipeline '
                             'of its config has more steps than resizing and normalising; prepare '
                             'pages yourself (mmseg.export.ExportedNetwork)')
        self.batch = max(1, batch)
        self.info, self.preprocessing = info, info.preprocessing
        self.classes, self.palette, self.page_classes = info.classes, info.palette, info.page_types
        self.threshold = info.threshold
        self.line_options = None if info.lines is None else LineOptions(**info.lines)
        self.refinements = refinements(info.refinements, info.classes, len(info.classes))
        self.erosion = None if info.erosion is None else ErosionParams(
            {info.classes.index(name): way for name, way in info.erosion['methods'].items()},
            info.erosion.get('scale'))

    def predict(self, images: Sequence[np.ndarray]) -> list[PageArrays]:
        """Return the scores of each page at its own size.

        Args:
            images: Pages (H, W, 3) uint8 in BGR, of any sizes.
        """
        by_size: dict[tuple[int, ...], list[int]] = defaultdict(list)
        prepared = [self._prepare(image) for image in images]
        for index, page in enumerate(prepared):
            by_size[tuple(page.shape)].append(index)
        found: dict[int, PageArrays] = {}
        batches = (same[start:start + self.batch] for same in by_size.values()
                   for start in range(0, len(same), self.batch))
        for indices in batches:
            logits = self._logits(torch.stack([prepared[index] for index in indices]))
            for row, index in enumerate(indices):
                cls, lines = (None if part is None else part[row:row + 1] for part in logits[1:])
                one = PageLogits(logits.seg[row:row + 1], cls, lines)
                found[index] = self._scores(one, images[index])
        return [found[index] for index in range(len(images))]

    def _prepare(self, image: np.ndarray) -> Tensor:
        """The input (3, h, w) of a page."""
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise InputError('a page must be (H, W, 3) uint8 in BGR, got '
                             f'{image.shape} {image.dtype}')
        scale = self.preprocessing.scale
        if scale is not None:
            resize = mmcv.imrescale if self.preprocessing.keep_ratio else mmcv.imresize
            image = resize(image, scale)
        fixed = self.info.page_size
        if fixed is not None and (image.shape[0] > fixed[0] or image.shape[1] > fixed[1]):
            factor = min(fixed[0] / image.shape[0], fixed[1] / image.shape[1])
            image = mmcv.imresize(image, (max(1, int(image.shape[1] * factor)),
                                          max(1, int(image.shape[0] * factor))))
        if self.info.graph.normalization is None:
            how = self.preprocessing.normalization
            image = mmcv.imnormalize(image, np.array(how.mean), np.array(how.std), how.to_rgb)
        page = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))
        pad = self.preprocessing.pad
        if pad is not None:
            below, right = (max(0, full - side) for full, side in zip(pad, image.shape[:2]))
            page = F.pad(page, (0, right, 0, below), value=self.network.blank)
        return page

    def _logits(self, pages: Tensor) -> PageLogits:
        window = self.info.window
        if window is None:
            return self.network.logits(pages)
        return slide(self.network.logits, pages, window['crop_size'], window['stride'])

    def _scores(self, logits: PageLogits, image: np.ndarray) -> PageArrays:
        """Scores of a page from its logits (1, K, h, w), (1, C), (1, 1, h, w)."""
        size = image.shape[:2]
        lines = None if logits.lines is None else resize_to(logits.lines, size, False)
        seg = resize_to(logits.seg, size, self.info.align_corners)
        scores = softmax_scores(PageLogits(seg, logits.cls, lines))
        page = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        scores = scores._replace(seg=refine(scores.seg, [page], self.refinements))
        if self.info.multi_label and logits.cls is not None:
            scores = scores._replace(cls=logits.cls.sigmoid())
        return PageArrays.of_batch(scores)[0]
