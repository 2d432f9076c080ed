"""A network that finds text lines and nothing else."""
from __future__ import annotations

from typing import Any

import torch

from ...inference import PageLogits, PageScores
from ...utils.errors import InputError
from ...utils.precision import computing_in
from .. import builder
from ..builder import SEGMENTORS
from .base import BaseSegmentor
from .encoder_decoder import EncoderDecoder


@SEGMENTORS.register_module()
class DBNet(EncoderDecoder):
    """Backbone → neck → head of text lines (Liao et al., AAAI 2020), with the names of mmocr.

    As a segmentor it has one channel, shrunk text, and the classes background and text, so that
    sliding windows, several scales, exports and the layout command take it as any other.

    Args:
        backbone: Config.
        neck: Config.
        bbox_head: Config of the line head.
        train_cfg: Accepted, as mmocr's configs have it.
        test_cfg: ``mode`` and what belongs to it, as of :class:`EncoderDecoder`.
        pretrained: Weights of the backbone: a path or address.
        show_score: Accepted; pictures of results do not write scores.
        init_cfg: How to initialise what no part initialises itself.

    Raises:
        InputError: ``pretrained`` is given here and in ``backbone``.
    """

    align_corners = False
    num_classes = 2
    out_channels = 1

    def __init__(self, backbone: dict, neck: dict, bbox_head: dict, train_cfg: dict | None = None,
                 test_cfg: dict | None = None, pretrained: str | None = None,
                 show_score: bool = False, init_cfg: dict | list | None = None) -> None:
        BaseSegmentor.__init__(self, init_cfg)
        if pretrained is not None:
            if backbone.get('pretrained') is not None:
                raise InputError('pretrained is given in model and in model.backbone; keep one')
            backbone = dict(backbone, pretrained=pretrained)
        self.train_cfg, self.test_cfg, self.show_score = train_cfg, test_cfg, show_score
        self.backbone = builder.build_backbone(backbone)
        self.neck = builder.build_neck(neck)
        self.bbox_head = builder.build_head(bbox_head)
        self.threshold = self.bbox_head.postprocessor.options.mask_thr
        self.CLASSES: Any = ('background', 'text')

    @property
    def with_line_head(self) -> bool:
        """It has one, under another name."""
        return True

    @property
    def line_head(self) -> Any:
        """The head, by the name that it has in other networks."""
        return self.bbox_head

    def encode_decode(self, img: torch.Tensor, img_metas: list[dict] | None) -> PageLogits:
        """Return logits of shrunk text, as those of pixels and as those of lines."""
        with computing_in(self.autocast_dtype, img):
            features = self.extract_feat(img)
            logits = self._line_logits(features, img)
        return PageLogits(logits, None, logits)

    def forward_train(self, img: torch.Tensor, img_metas: list[dict],  # type: ignore[override]
                      **line_targets: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return ``loss_prob``, ``loss_db`` and ``loss_thr``.

        Args:
            img: (N, 3, H, W).
            img_metas: A dict a page.
            **line_targets: What the loss compares with, each (N, H, W).
        """
        return self.bbox_head.forward_train(self.extract_feat(img), **line_targets)

    def _results(self, scores: PageScores) -> list:
        assert scores.lines is not None
        return [dict(result, boundary_result=result['lines'])
                for result in super()._results(scores)]
