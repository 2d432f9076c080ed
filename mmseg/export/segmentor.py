"""An exported file as a segmentor, for tests."""
from __future__ import annotations

import os

import torch
from torch import Tensor, nn

from ..inference import PageLogits
from ..models import EncoderDecoder
from ..models.line_heads import DBPostprocessor
from ..models.segmentors.base import BaseSegmentor
from .network import ExportedNetwork


class _LineHead(nn.Module):
    """What makes lines of the scores that an exported file gives."""

    def __init__(self, options: dict) -> None:
        super().__init__()
        self.postprocessor = DBPostprocessor(**options)


class ExportedSegmentor(EncoderDecoder):
    """A segmentor whose backbone and heads are an exported file; it cannot be trained.

    Args:
        path: A TorchScript file, an ONNX file or a TensorRT engine.
        test_cfg: ``mode`` and ``layers``, as of the model.
        device: ``'cpu'`` or ``'cuda'``.
        backend: One of ``mmseg.export.network.BACKENDS``; found out by default.
    """

    def __init__(self, path: str | os.PathLike, test_cfg: dict | None = None, device: str = 'cpu',
                 backend: str | None = None) -> None:
        BaseSegmentor.__init__(self)  # has no parts to build
        self.network = ExportedNetwork(path, device, backend)
        info = self.network.info
        self.test_cfg, self.train_cfg = test_cfg, None
        self.align_corners, self.threshold = info.align_corners, info.threshold
        self.num_classes = self.out_channels = len(info.classes)
        self.CLASSES, self.PALETTE = list(info.classes), [list(rgb) for rgb in info.palette]
        self.PAGE_CLASSES = list(info.page_types) or None
        self.line_head = None if info.lines is None else _LineHead(info.lines)
        # Says on which device batches are wanted.
        self.placeholder = nn.Parameter(torch.empty(0), requires_grad=False)

    def encode_decode(self, img: Tensor, img_metas: list[dict] | None) -> Tensor | PageLogits:
        """Return logits (N, K, H, W) of normalised pages, with further heads a tuple."""
        normalization = self.network.info.graph.normalization
        if normalization is not None:  # the file does it again
            img = normalization.undo(img)
        return self.network.logits(img).plain()
