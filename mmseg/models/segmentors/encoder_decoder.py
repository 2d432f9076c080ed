"""The usual segmentor: one backbone, a decode head, helpers for training, a page-type head."""
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from ...core.utils import add_prefix
from ...inference import (
    Fusion,
    PageLogits,
    PageScores,
    as_page,
    check_layers,
    resize_to,
    resolve_layers,
    slide,
    softmax_scores,
    undo_flips,
)
from ...inference.refinement import refine_batch
from ...inference.tiles import TileCount, Tiles
from ...utils.errors import InputError
from ...utils.precision import computing_in, in_full
from .. import builder
from ..builder import SEGMENTORS
from ..cls_heads import cls_head_inputs
from .base import BaseSegmentor
from .channel_check import check_channels
from .frozen import Frozen
from .labelled_pages import Losses, of_labelled
from .layered import layered_scores, mean_of
from .settings import check_settings


@SEGMENTORS.register_module()
class EncoderDecoder(BaseSegmentor):
    """Backbone → neck → decode head for pixels, and heads for page types and text lines.

    Args:
        backbone: Config.
        decode_head: Config.
        neck: Config, or None.
        auxiliary_head: Config or list of configs of heads that only add losses, or None.
        train_cfg: Handed to the heads while training. ``frozen`` names parts that are not trained
            (``'backbone'``, ``'decode_head'``, …): a head can learn on a trained network without
            changing its other outputs.
        test_cfg: ``mode`` (``'whole'`` or ``'slide'``, the latter with ``crop_size`` and
            ``stride`` in pixels) and ``class_scales``, also called ``layers`` (class name or index
            → scales it uses), with ``tiles`` (True, or ``size``, ``margin`` and ``doubt`` of
            :class:`~mmseg.inference.tiles.Tiles`): larger scales only where they are needed.
            ``ruling_lines``, ``ruled_tables``, ``text_ink``, ``table_boxes``, ``figure_boxes``: see
            :mod:`mmseg.inference.refinement`.
        pretrained: Weights of the backbone: a path or address.
        init_cfg: How to initialise what no part initialises itself.
        cls_head: Config of the page-type head, or None. Its ``in_channels`` and ``in_index`` are
            those of the decode head where it does not give them.
        line_head: Config of the head of text lines, such as ``DBHead``, or None.
        line_neck: Config of what makes one map for it from the features, such as ``FPNC``; None
            hands it the features themselves.

    Raises:
        InputError: ``pretrained`` is given here and in ``backbone``, ``line_neck`` without
            ``line_head``, or a key of ``train_cfg`` or ``test_cfg`` is unknown.
    """

    def __init__(self, backbone: dict, decode_head: dict, neck: dict | None = None,
                 auxiliary_head: dict | list | None = None, train_cfg: dict | None = None,
                 test_cfg: dict | None = None, pretrained: str | None = None,
                 init_cfg: dict | list | None = None, cls_head: dict | None = None,
                 line_head: dict | None = None, line_neck: dict | None = None) -> None:
        super().__init__(init_cfg)
        if pretrained is not None:
            if backbone.get('pretrained') is not None:
                raise InputError('pretrained is given in model and in model.backbone; keep one')
            backbone = dict(backbone, pretrained=pretrained)
        self.train_cfg, self.test_cfg = train_cfg, test_cfg
        self.tile_count = TileCount()
        self.backbone = builder.build_backbone(backbone)
        if neck is not None:
            self.neck = builder.build_neck(neck)
        self._init_decode_head(decode_head)
        self._init_auxiliary_head(auxiliary_head)
        if cls_head is not None:
            first = decode_head[0] if isinstance(decode_head, (list, tuple)) else decode_head
            self.cls_head = builder.build_head(cls_head_inputs(cls_head, first))
        if line_head is not None:
            self.line_head = builder.build_head(line_head)
            if line_neck is not None:
                self.line_neck = builder.build_neck(line_neck)
        elif line_neck is not None:
            raise InputError('line_neck serves a line_head, which the model does not have')
        check_channels(self)
        check_settings(self)
        self._frozen = Frozen(self, (train_cfg or {}).get('frozen', ()))

    def _init_decode_head(self, decode_head: dict) -> None:
        self.decode_head = builder.build_head(decode_head)
        self._describe_output(self.decode_head)

    def _describe_output(self, head: nn.Module) -> None:
        self.align_corners = head.align_corners
        self.num_classes = head.num_classes
        self.out_channels = getattr(head, 'out_channels', head.num_classes)
        self.threshold: float | None = getattr(head, 'threshold', None)

    def _init_auxiliary_head(self, auxiliary_head: dict | list | None) -> None:
        if isinstance(auxiliary_head, (list, tuple)):
            self.auxiliary_head = nn.ModuleList(builder.build_head(c) for c in auxiliary_head)
        elif auxiliary_head is not None:
            self.auxiliary_head = builder.build_head(auxiliary_head)

    def train(self, mode: bool = True) -> 'EncoderDecoder':
        """Set the mode of all parts; those that are frozen keep their batch norms' statistics."""
        super().train(mode)
        if mode and hasattr(self, '_frozen'):
            self._frozen.keep_statistics(self)
        return self

    def extract_feat(self, img: torch.Tensor) -> Sequence[torch.Tensor]:
        """Return the feature maps of backbone and neck for ``img`` (N, 3, H, W)."""
        features = self.backbone(img)
        return self.neck(features) if self.with_neck else features

    def encode_decode(self, img: torch.Tensor,
                      img_metas: list[dict] | None) -> torch.Tensor | PageLogits:
        """Return logits (N, K, H, W) at the size of ``img``; with further heads a tuple.

        The network computes in ``autocast_dtype``; its logits come in float32. Where the metas say
        ``pixels_alone``, further heads are not computed.
        """
        further = not (img_metas and img_metas[0].get('pixels_alone'))
        with computing_in(self.autocast_dtype, img):
            features = self.extract_feat(img)
            logits = self._decode_head_forward_test(features, img_metas)
            cls = self.cls_head(features) if further and self.with_cls_head else None
            lines = self._line_logits(features, img) if further and self.with_line_head else None
        return PageLogits(resize_to(in_full(logits), img.shape[2:], self.align_corners),
                          None if cls is None else in_full(cls), lines).plain()

    def _line_inputs(self, features: Sequence[torch.Tensor]) -> Any:
        return self.line_neck(features) if self._has('line_neck') else features

    def _line_logits(self, features: Sequence[torch.Tensor], img: torch.Tensor) -> torch.Tensor:
        """Logits (N, 1, H, W) of shrunk text lines at the size of ``img``."""
        logits = in_full(self.line_head.logits(self._line_inputs(features)))
        return resize_to(logits, img.shape[2:], align_corners=False)

    def forward_dummy(self, img: torch.Tensor) -> torch.Tensor | PageLogits:
        """Return the logits of ``img`` (N, 3, H, W), without metas, for counting operations."""
        return self.encode_decode(img, None)

    def _decode_head_forward_train(self, x: Sequence[torch.Tensor], img_metas: list[dict],
                                   gt_semantic_seg: torch.Tensor) -> dict:
        losses = self.decode_head.forward_train(x, img_metas, gt_semantic_seg, self.train_cfg)
        return add_prefix(losses, 'decode')

    def _decode_head_forward_test(self, x: Sequence[torch.Tensor],
                                  img_metas: list[dict] | None) -> torch.Tensor:
        return self.decode_head.forward_test(x, img_metas, self.test_cfg)

    def _auxiliary_head_forward_train(self, x: Sequence[torch.Tensor], img_metas: list[dict],
                                      gt_semantic_seg: torch.Tensor) -> dict:
        several = isinstance(self.auxiliary_head, nn.ModuleList)
        losses = {}
        for index, head in enumerate(self.auxiliary_head if several else [self.auxiliary_head]):
            part = head.forward_train(x, img_metas, gt_semantic_seg, self.train_cfg)
            losses.update(add_prefix(part, f'aux_{index}' if several else 'aux'))
        return losses

    def forward_train(self, img: torch.Tensor, img_metas: list[dict],
                      gt_semantic_seg: torch.Tensor, **line_targets: torch.Tensor) -> Losses:
        """Return the losses of all heads, named ``decode.…``, ``aux.…``, ``cls.…``, ``line.…``.

        Args:
            img: (N, 3, H, W).
            img_metas: A dict a page: ``cls_label`` for a cls head; ``unlabelled`` trains it alone.
            gt_semantic_seg: Labels (N, 1, H, W), integer.
            **line_targets: What the line head's loss compares with, each (N, H, W).

        Raises:
            InputError: Targets of text lines for a model without a line head.
        """
        if line_targets and not self.with_line_head:
            raise InputError(f'the pipeline gives {", ".join(line_targets)}, but the model has no '
                             'line_head to learn from it')
        features = self.extract_feat(img)
        losses = of_labelled(self, self._pixel_losses, features, img_metas, gt_semantic_seg,
                             line_targets)
        if self.with_cls_head and 'cls_head' not in self._frozen:
            losses.update(add_prefix(
                self.cls_head.forward_train(features, img_metas, self.train_cfg), 'cls'))
        return losses

    def _pixel_losses(self, features: Sequence[torch.Tensor], img_metas: list[dict],
                      gt_semantic_seg: torch.Tensor, line_targets: Losses) -> Losses:
        """The losses of the heads that label pixels."""
        losses: Losses = {}
        if 'decode_head' not in self._frozen:
            losses.update(self._decode_head_forward_train(features, img_metas, gt_semantic_seg))
        if self.with_auxiliary_head and 'auxiliary_head' not in self._frozen:
            losses.update(self._auxiliary_head_forward_train(features, img_metas, gt_semantic_seg))
        if self.with_line_head and 'line_head' not in self._frozen:
            losses.update(add_prefix(
                self.line_head.forward_train(self._line_inputs(features), **line_targets), 'line'))
        return losses

    def whole_inference(self, img: torch.Tensor, img_meta: list[dict],
                        rescale: bool) -> torch.Tensor | PageLogits:
        """Return the logits ``(N, K, H, W)`` of ``img (N, 3, H, W)`` seen at once; ``rescale``
        gives them the page's own size."""
        return self._rescaled(self.encode_decode(img, img_meta), img_meta, rescale)

    def slide_inference(self, img: torch.Tensor, img_meta: list[dict],
                        rescale: bool) -> torch.Tensor | PageLogits:
        """Return logits ``(N, K, H, W)``, means over windows of ``test_cfg.crop_size``, every
        ``stride``.

        Raises:
            InputError: ``crop_size`` or ``stride`` is missing.
        """
        settings = self.test_cfg or {}
        for key in ('crop_size', 'stride'):
            if key not in settings:
                raise InputError(f"test_cfg.mode 'slide' needs test_cfg.{key} in pixels")
        windows = slide(lambda window: as_page(self.encode_decode(window, img_meta)), img,
                        settings['crop_size'], settings['stride'])
        return self._rescaled(windows.plain(), img_meta, rescale)

    def _rescaled(self, logits: torch.Tensor | PageLogits, img_meta: list[dict],
                  rescale: bool) -> torch.Tensor | PageLogits:
        """Cut the padding off and resize to the page's own size, where wanted."""
        if not rescale:
            return logits

        def whole(maps: torch.Tensor, align_corners: bool) -> torch.Tensor:
            if 'img_shape' in img_meta[0]:
                height, width = img_meta[0]['img_shape'][:2]
                maps = maps[:, :, :height, :width]
            return resize_to(maps, img_meta[0]['ori_shape'][:2], align_corners)

        page = as_page(logits)
        return page._replace(
            seg=whole(page.seg, self.align_corners),
            lines=None if page.lines is None else whole(page.lines, False)).plain()

    def _logits(self, img: torch.Tensor, img_meta: list[dict], rescale: bool) -> PageLogits:
        """Logits of one view, of the unflipped page."""
        mode = (self.test_cfg or {}).get('mode', 'whole')
        if mode not in ('whole', 'slide'):
            raise InputError(f"test_cfg.mode must be 'whole' or 'slide', got '{mode}'")
        run: Callable = self.slide_inference if mode == 'slide' else self.whole_inference
        page = as_page(run(img, img_meta, rescale))
        return page._replace(
            seg=undo_flips(page.seg, img_meta),
            lines=None if page.lines is None else undo_flips(page.lines, img_meta))

    def inference(self, img: torch.Tensor, img_meta: list[dict],
                  rescale: bool) -> torch.Tensor | PageScores:
        """Return the scores of one view, of the unflipped page; with further heads a tuple.

        All pages of the batch must have the same ``ori_shape`` and ``img_shape``.
        """
        scores = softmax_scores(self._logits(img, img_meta, rescale))
        return scores.seg if scores.cls is None and scores.lines is None else scores

    def test_scores(self, imgs: list[torch.Tensor], img_metas: list[list[dict]],
                    rescale: bool = True) -> PageScores:
        """Return the mean of one or several views, each class over the scales it uses.

        Args:
            imgs: A batch (N, 3, H, W) for each view.
            img_metas: For each view the metas of its N pages; ``view_scale`` is the view's scale.
            rescale: Whether scores come at the pages' own size, as several views must.
        """
        wanted = (self.test_cfg or {}).get('tiles')
        tiles = Tiles.of(wanted) if wanted else None
        scores = layered_scores(self, imgs, img_metas, self._layers(), tiles, rescale)
        return scores._replace(seg=self._refined(scores.seg, img_metas[0], rescale))

    def _refined(self, seg: torch.Tensor, img_meta: list[dict], rescale: bool) -> torch.Tensor:
        """Scores or logits of pages at their own size, as ``test_cfg`` says."""
        wanted = self.test_cfg if rescale else None
        return refine_batch(seg, img_meta, wanted, self.CLASSES, self.num_classes)

    def _layers(self) -> dict[int, tuple[float, ...]]:
        given = {key: value for key, value in (self.test_cfg or {}).items()
                 if key in ('layers', 'class_scales') and value is not None}
        if len(given) == 2:
            raise InputError('test_cfg has class_scales and layers, two names of one key; keep one')
        layers = next(iter(given.values()), None)
        return resolve_layers(layers, self.CLASSES, self.num_classes)

    def page_scores(self, img: torch.Tensor, scales: Sequence[float] = (1.,), flip: bool = False,
                    layers: dict | None = None) -> PageScores:
        """Return scores of ``img`` (N, 3, H, W), computed by tensor operations only, for tracing.

        Args:
            img: Normalised pages.
            scales: Views of them, resized inside.
            flip: Add the mirror image of each view.
            layers: Class name or index → scales; by default ``test_cfg.layers`` where there are
                several scales.

        Raises:
            InputError: A class uses a scale that is none of ``scales``.
        """
        if layers is None and len(scales) > 1:
            chosen = self._layers()
        else:
            chosen = resolve_layers(layers, self.CLASSES, self.num_classes)
        check_layers(chosen, scales)
        fusion, pages, lines = Fusion(chosen), list[Any](), list[Any]()
        for scale in scales:
            view = img if scale == 1 else nn.functional.interpolate(
                img, scale_factor=scale, mode='bilinear', align_corners=False)
            for flipped in (False, True) if flip else (False,):
                page = as_page(self.encode_decode(view.flip(3) if flipped else view, None))
                seg = resize_to(page.seg.flip(3) if flipped else page.seg, img.shape[2:],
                                self.align_corners)
                found = page.lines
                if found is not None:
                    found = resize_to(found.flip(3) if flipped else found, img.shape[2:], False)
                scores = softmax_scores(PageLogits(seg, page.cls, found))
                fusion.add(scores.seg, scale)
                pages.append(scores.cls)
                lines.append(scores.lines)
        return PageScores(fusion.mean(), mean_of(pages), mean_of(lines))

    def _results(self, scores: PageScores) -> list:
        """A result for each page: a label map, or a dict with what the further heads say."""
        seg = scores.seg
        if self.threshold is not None and seg.shape[1] == 1:  # foreground where it passes that
            labels = (seg.squeeze(1) > self.threshold).long()
        else:
            labels = seg.max(dim=1).indices  # on a CPU, argmax takes six times as long
        seg_maps = list(labels.cpu().numpy())
        if scores.cls is None and scores.lines is None:
            return seg_maps
        results: list[dict] = [dict(seg_map=seg_map) for seg_map in seg_maps]
        if scores.cls is not None:
            for result, page in zip(results, scores.cls.detach().float().cpu().numpy()):
                result.update(cls_label=int(page.argmax()), cls_scores=page)
        if scores.lines is not None:
            for result, lines in zip(results, scores.lines):
                result['lines'] = self.line_head.postprocessor(lines)
        return results

    def simple_test(self, img: torch.Tensor, img_meta: list[dict], rescale: bool = True) -> list:
        """Return for each page a label map (H, W), or with further heads a dict.

        The dict has ``seg_map`` (H, W); with a cls head ``cls_label`` (int) and ``cls_scores``
        (C,); with a line head ``lines``, of each text line ``[x1, y1, x2, y2, …, score]``.
        """
        check_layers(self._layers(), {float(meta.get('view_scale', 1.)) for meta in img_meta})
        views = {(tuple(meta['ori_shape']), tuple(meta.get('img_shape', ())))
                 for meta in img_meta}
        if len(views) > 1:  # pages of several sizes in one padded batch
            return [self.simple_test(img[i:i + 1], img_meta[i:i + 1], rescale)[0]
                    for i in range(len(img_meta))]
        logits = self._logits(img, img_meta, rescale)
        logits = logits._replace(seg=self._refined(logits.seg, img_meta, rescale))
        # The largest logit has the largest score: only a threshold needs the scores themselves.
        scores = softmax_scores(logits._replace(seg=logits.seg[:, :1]))
        return self._results(scores if logits.seg.shape[1] == 1 else
                             scores._replace(seg=logits.seg))

    def simple_test_logits(self, img: torch.Tensor, img_metas: list[dict],
                           rescale: bool = True) -> np.ndarray:
        """Return the pixel scores (N, K, H, W) of one view, for ensembles."""
        return as_page(self.inference(img, img_metas, rescale)).seg.detach().float().cpu().numpy()

    def aug_test(self, imgs: list[torch.Tensor], img_metas: list[list[dict]],
                 rescale: bool = True) -> list:
        """Return the same as ``simple_test``, from the mean over views.

        ``test_cfg.layers`` says which scales a class uses; the scale of a view is
        ``view_scale`` of its metas.

        Raises:
            ValueError: Views of several sizes without ``rescale``.
        """
        if not rescale:
            raise ValueError('views of several sizes can only be averaged with rescale=True')
        return self._results(self.test_scores(imgs, img_metas, rescale))

    def aug_test_logits(self, img: list[torch.Tensor], img_metas: list[list[dict]],
                        rescale: bool = True) -> np.ndarray:
        """Return the pixel scores (N, K, H, W) as the mean over views, for ensembles."""
        return self.test_scores(img, img_metas, rescale).seg.detach().float().cpu().numpy()
