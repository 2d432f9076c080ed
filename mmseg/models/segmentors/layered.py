"""Scores of several views of a page, of which the larger ones may be computed in part."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import torch

from ...inference import (
    Fusion,
    PageLogits,
    PageScores,
    as_page,
    check_layers,
    softmax_scores,
    undo_flips,
)
from ...inference.fusion import Layers
from ...inference.tiles import Tiles, partial_scales, tile_of, tiled
from ...inference.views import resized_at
from ...ops import PageMeans
from ...utils.errors import InputError
from ...utils.precision import in_full


def mean_of(parts: Sequence[torch.Tensor | None]) -> torch.Tensor | None:
    """Return the mean of what several views say, all of one shape; None where they say nothing."""
    said = [part for part in parts if part is not None]
    return torch.stack(said).mean(dim=0) if said else None


def layered_scores(model: Any, imgs: Sequence[torch.Tensor], img_metas: Sequence[list[dict]],
                   layers: Layers, tiles: Tiles | None, rescale: bool = True) -> PageScores:
    """Return the mean of views, each class over the scales that it uses.

    With ``tiles``, a class that uses one of the larger scales alone takes its scores from it on the
    tiles on which the smaller views leave a doubt about the class, and from those elsewhere. Heads
    that look at the mean of the page take that of the largest of the smaller views. Page types and
    lines are then those of the smaller views.

    Args:
        model: An :class:`~mmseg.models.EncoderDecoder`, whose ``tile_count`` counts.
        imgs: A batch (N, 3, h, w) for each view.
        img_metas: For each view the metas of its N pages; ``view_scale`` is the view's scale.
        layers: Class index → scales.
        tiles: How tiles are chosen; None computes all views whole.
        rescale: Whether scores come at the pages' own size, as several views must.

    Raises:
        InputError: A class uses a scale that no view has, or tiles are wanted where no scale can be
            computed in part.
    """
    scales = [float(metas[0].get('view_scale', 1.)) for metas in img_metas]
    check_layers(layers, scales)
    in_part = {} if tiles is None else partial_scales(layers, scales, model.num_classes)
    waiting = {label for labels in in_part.values() for label in labels}
    fusion = Fusion({label: wanted for label, wanted in layers.items() if label not in waiting})
    pages, lines, means = list[Any](), list[Any](), PageMeans()
    largest = max((scale for scale in scales if scale not in in_part), default=None)
    for img, metas, scale in zip(imgs, img_metas, scales):
        if scale in in_part:
            continue
        with means.noted() if in_part and scale == largest else nullcontext():
            view = as_page(model.inference(img, metas, rescale))
        fusion.add(view.seg, scale)
        pages.append(view.cls)
        lines.append(view.lines)
    seg = fusion.mean()
    if in_part:
        seg = seg.clone()  # written to
    for scale, labels in in_part.items():
        assert tiles is not None
        in_doubt = tiles.in_doubt(seg, labels)
        first = seg[:, labels]
        found = [_on_tiles(model, img, metas, first, in_doubt, labels, tiles, means)
                 for img, metas, own in zip(imgs, img_metas, scales) if own == scale]
        seg[:, labels] = sum(found[1:], start=found[0]) / len(found)
    return PageScores(seg, mean_of(pages), mean_of(lines))


def _on_tiles(model: Any, img: torch.Tensor, metas: list[dict], first: torch.Tensor,
              in_doubt: torch.Tensor, labels: list[int], tiles: Tiles,
              means: PageMeans) -> torch.Tensor:
    """Scores (N, k, H, W) of classes: those of a view on the tiles in doubt, else ``first``."""
    if (model.test_cfg or {}).get('mode', 'whole') != 'whole':
        raise InputError("test_cfg.tiles are windows of their own: it needs test_cfg.mode 'whole'")
    in_doubt = undo_flips(in_doubt[:, None], metas)[:, 0]  # as the view shows the page
    height, width = first.shape[2:]
    view = metas[0].get('img_shape', img.shape[2:])[:2]
    rows, columns = (tile_of(length, side, tiles.size)
                     for length, side in zip((height, width), view, strict=True))
    result = first.clone()
    for number in range(len(img)):
        grid = torch.zeros(int(rows[-1]) + 1, int(columns[-1]) + 1, dtype=torch.bool)
        y, x = in_doubt[number].cpu().nonzero(as_tuple=True)
        grid[rows[y], columns[x]] = True
        page, meta = img[number:number + 1], metas[number:number + 1]
        forward = _forward(model, meta, page, partial(means.of_page, number))
        logits, pixels = tiled(forward, page, grid, tiles)
        model.tile_count = model.tile_count.plus(pixels, page.shape[2] * page.shape[3])
        if logits is None:
            continue
        shown = undo_flips(result[number:number + 1], meta)
        y, x = grid[rows][:, columns].nonzero(as_tuple=True)
        shown[0][:, y, x] = _scores_at(model, logits, meta[0], y, x)[labels]
        result[number:number + 1] = undo_flips(shown, meta)
    return result


def _scores_at(model: Any, logits: torch.Tensor, meta: dict, y: torch.Tensor,
               x: torch.Tensor) -> torch.Tensor:
    """Scores (K, p) of pixels of a page at its own size, from the logits of a view of it."""
    height, width = meta.get('img_shape', logits.shape[2:])[:2]
    maps, device = in_full(logits[0, :, :height, :width]), logits.device
    pixels = resized_at(maps, meta['ori_shape'][:2], y.to(device), x.to(device),
                        model.align_corners)
    return softmax_scores(PageLogits(pixels[None, ..., None])).seg[0, ..., 0]


def _forward(model: Any, metas: list[dict], page: torch.Tensor,
             of_page: Callable[[], AbstractContextManager]) -> Callable[[torch.Tensor], PageLogits]:
    """What gives the logits of windows of a page, for which types and lines are not needed."""
    metas = [dict(meta, pixels_alone=True) for meta in metas]

    def logits(window: torch.Tensor) -> PageLogits:
        with nullcontext() if window.shape == page.shape else of_page():
            return as_page(model.encode_decode(window, metas))

    return logits
