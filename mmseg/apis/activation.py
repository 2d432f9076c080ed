"""Class activation maps: the parts of a page on which a network bases a class or a page type.

Grad-CAM (Selvaraju et al., ICCV 2017, section 3): the channels of a feature map are weighted by the
mean gradient of a score with respect to them, added up, and what is positive is shown. For pixels
the score is the mean logit of a class over the pixels that are labelled so (Seg-Grad-CAM,
Vinogradova et al., AAAI 2020, section 3); for the page it is the logit of its type.
"""
from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from ..core.visualization import compose_legend, paint_segmentation, side_by_side
from ..inference import as_page, softmax_scores
from ..inference.predictor import pixel_classes
from ..models.detectors import BaseDetector
from ..utils.errors import InputError, nearest
from ..utils.page_images import as_image
from .inference import prepare_image


class Activation(NamedTuple):
    """A heat map of the evidence for a class.

    Args:
        heat: (H, W) in [0, 1] at the page's size, 1 where most speaks for it; all 0 where nothing
            does.
        seg_map: The predicted classes (H, W).
        name: Of the class or page type.
        score: Mean score in [0, 1] of the class over its pixels, or of the page type.
        layer: Name of the layer that was looked at.
        pixels: How many pixels have the class; None for a page type.
    """

    heat: np.ndarray
    seg_map: np.ndarray
    name: str
    score: float
    layer: str
    pixels: int | None


def class_activation(model: Any, img: str | np.ndarray, *, target: str | int | None = None,
                     page_type: str | int | None = None,
                     layer: str | None = None) -> Activation:
    """Return the parts of a page on which a network bases a class or a page type.

    Args:
        model: From ``init_segmentor``.
        img: The page, a path or an array (H, W, 3) in BGR.
        target: A class of pixels, by name or index.
        page_type: Or a page type; an empty name takes the predicted one.
        layer: Name of the layer whose output is looked at, (N, C, H, W); by default the feature map
            that the head reads.

    Raises:
        InputError: Not one of ``target`` and ``page_type``, a name that does not exist, or a
            detector.
    """
    _check(model, target, page_type)
    device = next(model.parameters()).device
    data = prepare_image(model.cfg, img, device)
    scales = [metas[0].get('view_scale', 1.) for metas in data['img_metas']]
    view = min(range(len(scales)), key=lambda number: abs(scales[number] - 1))
    meta = data['img_metas'][view]
    place, index = (layer, None) if layer else _features(model, page_type is not None)
    with torch.enable_grad(), _Watched(model, place, index) as watched:
        logits = as_page(model.encode_decode(data['img'][view], meta))
        height, width = meta[0]['img_shape'][:2]
        if logits.seg.shape[1] == 0:  # a classifier: all pixels are background
            logits = logits._replace(seg=logits.seg.new_zeros(1, 1, height, width))
        seg = logits.seg[..., :height, :width]
        scores = softmax_scores(logits._replace(seg=seg))
        of_class, of_scores = _both_classes(seg[0], scores.seg[0])
        labels = _labels(of_scores, model)
        if page_type is None:
            number, name = _find(target, model.CLASSES, len(of_class), 'class')
            mask = labels == number
            mask = mask if bool(mask.any()) else torch.ones_like(mask)
            value, score = of_class[number][mask].mean(), of_scores[number][mask].mean()
            pixels = int((labels == number).sum())
        else:
            assert logits.cls is not None and scores.cls is not None
            of_page = (scores.cls if not getattr(model, 'multi_label', False)
                       else logits.cls.sigmoid())
            wanted = int(logits.cls.argmax()) if page_type == '' else page_type
            number, name = _find(wanted, model.PAGE_CLASSES, logits.cls.shape[1], 'page type')
            value, score, pixels = logits.cls[0, number], of_page[0, number], None
        gradient, = torch.autograd.grad(value, watched.output, allow_unused=True)
    if gradient is None:
        raise InputError(f"the layer '{place}' has no part in the score of '{name}'")
    size = tuple(meta[0]['ori_shape'][:2])
    padded = data['img'][view].shape[2:]
    heat = grad_cam(watched.output.detach(), gradient, padded)[:height, :width]
    resized = cv2.resize(heat.cpu().numpy(), size[::-1], interpolation=cv2.INTER_LINEAR)
    seg_map = cv2.resize(labels.cpu().numpy().astype(np.uint8), size[::-1],
                         interpolation=cv2.INTER_NEAREST)
    return Activation(resized, seg_map, name, float(score.detach()), place, pixels)


def _check(model: Any, target: str | int | None, page_type: str | int | None) -> None:
    """Raise InputError where the network has no such answer."""
    if (target is None) == (page_type is None):
        raise InputError('give a class of pixels or a page type, one of the two')
    if isinstance(model, BaseDetector):
        raise InputError(f'{type(model).__name__} finds boxes; only for classes of pixels and page '
                         'types it can be shown where a network looks')
    if target is not None and not pixel_classes(model):
        raise InputError('the network is a classifier, which has no classes of pixels; '
                         'give a page type (--page-type)')
    if page_type is not None and not model.with_cls_head:
        raise InputError('the network has no cls_head, so it predicts no page types')


def _both_classes(seg: torch.Tensor, scores: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits and scores (K, H, W) of all classes; of a single channel, that of the second class,
    the first one has what is left."""
    if len(seg) > 1:
        return seg, scores
    return torch.cat([-seg, seg]), torch.cat([1 - scores, scores])


def _labels(scores: torch.Tensor, model: Any) -> torch.Tensor:
    """The class (H, W) of each pixel, as a test gives it."""
    threshold = getattr(model, 'threshold', None)
    if threshold is not None and len(scores) == 2:
        return (scores[1] > threshold).long()
    return scores.argmax(dim=0)


def grad_cam(features: torch.Tensor, gradient: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    """The heat map (H, W) in [0, 1] of features (1, C, h, w) and their gradient, at ``size``."""
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    heat = (weights * features).sum(dim=1, keepdim=True).relu()
    heat = F.interpolate(heat, size=tuple(size), mode='bilinear', align_corners=False)[0, 0]
    return heat / heat.max().clamp(min=1e-12)


class _Watched:
    """A layer whose output is kept with its history, for as long as the context lasts."""

    output: torch.Tensor

    def __init__(self, model: Any, name: str, index: int | None) -> None:
        modules = dict(model.named_modules())
        if name not in modules:
            raise InputError(f"the network has no layer '{name}'{nearest(name, modules)}")
        self._name, self._index = name, index
        self._handle = modules[name].register_forward_hook(self._keep)

    def _keep(self, module: Any, inputs: Any, output: Any) -> Any:
        several = isinstance(output, (list, tuple))
        index = self._index if self._index is not None else -1
        kept = output[index] if several else output
        if not isinstance(kept, torch.Tensor) or kept.ndim != 4:
            shape = tuple(kept.shape) if isinstance(kept, torch.Tensor) else type(kept).__name__
            raise InputError(f"the layer '{self._name}' gives {shape}, not a map (N, C, H, W)")
        self.output = kept if kept.requires_grad else kept.requires_grad_()
        passed = kept.clone()  # what comes next may change its input in place
        if not several:
            return passed
        index %= len(output)
        return type(output)([*output[:index], passed, *output[index + 1:]])

    def __enter__(self) -> '_Watched':
        return self

    def __exit__(self, *error: Any) -> None:
        self._handle.remove()


def _features(model: Any, of_page: bool) -> tuple[str, int]:
    """The layer whose feature map a head reads, and its index among several."""
    head = model.cls_head if of_page else model.decode_head
    head = head[-1] if isinstance(head, torch.nn.ModuleList) else head
    index = getattr(head, 'in_index', -1)
    if isinstance(index, (list, tuple)):
        index = index[-1]
    if not pixel_classes(model):  # the neck of a classifier leaves no maps
        return 'backbone', -1
    return ('neck' if model.with_neck else 'backbone'), int(index)


def _find(wanted: str | int | None, names: Sequence[str] | None, count: int,
          what: str) -> tuple[int, str]:
    """Index and name of a class that is given as either."""
    known = list(names) if names else [str(number) for number in range(count)]
    if isinstance(wanted, str) and wanted in known:
        return known.index(wanted), wanted
    number = int(wanted) if str(wanted).isdigit() else -1  # type: ignore[arg-type]
    if not 0 <= number < count:
        raise InputError(f"there is no {what} '{wanted}'{nearest(str(wanted), known)}; there are "
                         f'{", ".join(known)}')
    return number, known[number]


def draw_activation(img: str | np.ndarray, found: Activation, classes: Sequence[str],
                    palette: Sequence[Sequence[int]], opacity: float = 0.5,
                    side: int = 900) -> np.ndarray:
    """The page, the predicted classes over it, and the heat over it, side by side:
    BGR, ``(h, w, 3)``.

    Args:
        img: The page.
        found: What :func:`class_activation` returned for it.
        classes: Names.
        palette: RGB of each.
        opacity: Of colours and heat, in (0, 1].
        side: The longer side of a panel, in pixels.
    """
    page = as_image(img)
    colours = cv2.applyColorMap((255 * found.heat).round().astype(np.uint8), cv2.COLORMAP_INFERNO)
    # where there is no heat the page stays as it is
    share = opacity * np.clip(2 * found.heat, 0, 1)[..., None]
    heat = (page * (1 - share) + colours * share).round().astype(np.uint8)
    kind = 'page type' if found.pixels is None else 'class'
    panels = {'page': page}
    if classes:  # a classifier has none
        panels['prediction'] = paint_segmentation(page, found.seg_map, palette, opacity)
    panels[f'{kind} {found.name} {found.score:.2f}, {found.layer}'] = heat
    sheet = side_by_side(list(panels.values()), list(panels),
                         panel_height=round(side * page.shape[0] / max(page.shape[:2])))
    if not classes:
        return sheet
    return compose_legend(sheet, classes, palette, seg=found.seg_map)
