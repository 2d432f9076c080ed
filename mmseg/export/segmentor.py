"""An exported file as a segmentor, for tests."""
from __future__ import annotations

import os
from typing import Any

import torch
from torch import Tensor, nn

from ..inference import PageLogits
from ..inference.tiles import TileCount
from ..models import EncoderDecoder, ImageClassifier
from ..models.classifiers import BaseClassifier
from ..models.line_heads import DBPostprocessor
from ..models.segmentors.base import BaseSegmentor
from .network import ExportedNetwork

File = str | os.PathLike | ExportedNetwork


def _opened(file: File, device: str, backend: str | None) -> ExportedNetwork:
    return file if isinstance(file, ExportedNetwork) else ExportedNetwork(file, device, backend)


class _LineHead(nn.Module):
    """What makes lines of the scores that an exported file gives."""

    def __init__(self, options: dict) -> None:
        super().__init__()
        self.postprocessor = DBPostprocessor(**options)


class ExportedSegmentor(EncoderDecoder):
    """A segmentor whose backbone and heads are an exported file; it cannot be trained.

    Args:
        path: A TorchScript file, an ONNX file or a TensorRT engine; or one that is open.
        test_cfg: ``mode`` and ``layers``, as of the model.
        device: ``'cpu'`` or ``'cuda'``.
        backend: One of ``mmseg.export.network.BACKENDS``; found out by default.
    """

    def __init__(self, path: File, test_cfg: dict | None = None, device: str = 'cpu',
                 backend: str | None = None) -> None:
        BaseSegmentor.__init__(self)  # has no parts to build
        self.network = _opened(path, device, backend)
        info = self.network.info
        self.test_cfg, self.train_cfg, self.tile_count = test_cfg, None, TileCount()
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


class _PageTypeHead(nn.Module):
    """How many page types an exported file tells apart, and whether a page may be of several."""

    def __init__(self, num_classes: int, multi_label: bool) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.activation = 'sigmoid' if multi_label else 'softmax'


class ExportedClassifier(ImageClassifier):
    """A classifier that is an exported file; it cannot be trained.

    Args:
        path: A TorchScript file, an ONNX file or a TensorRT engine; or one that is open.
        device: ``'cpu'`` or ``'cuda'``.
        backend: One of ``mmseg.export.network.BACKENDS``; found out by default.
    """

    def __init__(self, path: File, device: str = 'cpu',
                 backend: str | None = None) -> None:
        BaseClassifier.__init__(self)  # has no parts to build
        self.network = _opened(path, device, backend)
        info = self.network.info
        self.CLASSES, self.PALETTE = list(info.page_types), None
        self.head = _PageTypeHead(len(info.page_types), bool(info.multi_label))
        # Says on which device batches are wanted.
        self.placeholder = nn.Parameter(torch.empty(0), requires_grad=False)

    @property
    def multi_label(self) -> bool:
        """Whether a page may be of several types."""
        return bool(self.network.info.multi_label)

    def logits(self, img: Tensor) -> Tensor:
        """Return the logits (N, C) of normalised pages (N, 3, H, W)."""
        normalization = self.network.info.graph.normalization
        if normalization is not None:  # the file does it again
            img = normalization.undo(img)
        cls = self.network.logits(img).cls
        assert cls is not None
        return cls

    def simple_test(self, img: Tensor, img_metas: Any = None,  # type: ignore[override]
                    rescale: bool = True, **kwargs: Any) -> list:
        """Return the scores (C,) of each page."""
        return list(self.cls_scores(self.logits(img)).cpu().numpy())


def exported_model(path: str | os.PathLike, test_cfg: dict | None = None, device: str = 'cpu',
                   backend: str | None = None) -> BaseSegmentor:
    """Return an exported file as a segmentor or classifier, whichever it was made of."""
    network = ExportedNetwork(path, device, backend)
    return (ExportedClassifier(network) if network.info.of_classifier else
            ExportedSegmentor(network, test_cfg))
