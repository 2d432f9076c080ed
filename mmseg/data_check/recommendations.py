"""Recommendations from the statistics of a data set: class weights, size of the crops."""
from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import mmcv
import numpy as np

from .splits import Source
from .totals import Chunk

# Beyond these a weight makes a training jump rather than learn.
MIN_WEIGHT, MAX_WEIGHT = 0.1, 10.0
WEIGHT_RULE = ('median frequency balancing (Eigen and Fergus, ICCV 2015, section 6.3.2): the '
               'median of the frequencies by the frequency of the class, each over the pages with '
               f'that class; clipped to {MIN_WEIGHT:g} to {MAX_WEIGHT:g}, two digits, 1 for a '
               'class that does not occur')
_CROP_STEP, _MIN_CROP, _MAX_CROP = 64, 64, 1024
# Share of the pages that need no padding; padding the smallest is fine.
_FIT = 0.8
CROP_RULE = (f'the largest multiple of {_CROP_STEP} that {_FIT:.0%} of the pages hold unpadded, as '
             f'the pipeline scales them, at most {_MAX_CROP}')


class Classes(NamedTuple):
    """How often each class occurs in training.

    Attributes:
        names: Of the K classes.
        palette: Their RGB colours.
        pixels: Pixels of each, (K,).
        pages: Pages on which each occurs, (K,).
        weights: What they suggest as class_weight, (K,).
    """
    names: Sequence[str]
    palette: Sequence[Sequence[int]] | None
    pixels: np.ndarray
    pages: np.ndarray
    weights: list[float]


class Sizes(NamedTuple):
    """How large the pages of training are.

    Attributes:
        sizes: Width and height in pixels at their own size, (P, 2).
        scaled: The same as the pipeline's Resize gives them, before any random ratio.
        crop: Height and width of the crop they suggest.
        current: The config's crop, (height, width); None where it does not crop.
        fits: Share of the scaled pages that hold the current, or else the suggested, crop.
    """
    sizes: np.ndarray
    scaled: np.ndarray
    crop: tuple[int, int]
    current: tuple[int, int] | None
    fits: float


def class_weights(pixels: np.ndarray, pixels_where: np.ndarray) -> list[float]:
    """A weight for each class by median frequency balancing, see :data:`WEIGHT_RULE`.

    Args:
        pixels: Pixels of each class, (K,).
        pixels_where: All labelled pixels of the pages on which a class occurs, (K,).
    """
    there = pixels > 0
    frequency = pixels / np.maximum(pixels_where, 1)
    weights = np.ones(len(pixels))
    if there.any():
        weights[there] = np.median(frequency[there]) / frequency[there]
    return np.round(np.clip(weights, MIN_WEIGHT, MAX_WEIGHT), 2).tolist()


def count_classes(sources: Sequence[Source], totals: Sequence[Chunk]) -> Classes | None:
    """The classes of training; None without its label maps or classes."""
    train = [(source, total) for source, total in zip(sources, totals, strict=True)
             if 'train' in source.splits and source.num_classes and total.masks]
    if not train:
        return None
    first = train[0][0]
    pixels, pages, where = (sum(getattr(total, name) for _, total in train)
                            for name in ('pixels', 'pages_with', 'pixels_where'))
    names = first.dataset.CLASSES or [str(number) for number in range(first.num_classes or 0)]
    return Classes(list(names), first.dataset.PALETTE, pixels, pages,
                   class_weights(pixels, where))


def measure_sizes(cfg: mmcv.Config, sources: Sequence[Source],
                  totals: Sequence[Chunk]) -> Sizes | None:
    """The sizes of the training pages; None where no image can be read."""
    known = [total.sizes for source, total in zip(sources, totals, strict=True)
             if 'train' in source.splits]
    sizes = np.concatenate(known) if known else np.zeros((0, 2), np.int32)
    sizes = sizes[sizes[:, 0] > 0]
    if not len(sizes):
        return None
    steps = dict(_steps(cfg.data.get('train')))
    resize = next((step for step in steps.values() if step.get('type') == 'Resize'), {})
    scaled = _scaled(sizes, resize)
    short = np.sort(scaled.min(axis=1))[len(scaled) - math.ceil(_FIT * len(scaled))]
    side = int(np.clip(short // _CROP_STEP * _CROP_STEP, _MIN_CROP, _MAX_CROP))
    current = next((_pair(step['crop_size']) for step in steps.values()
                    if step.get('type') == 'RandomCrop' and 'crop_size' in step), None)
    height, width = current or (side, side)
    fits = float(((scaled[:, 0] >= width) & (scaled[:, 1] >= height)).mean())
    return Sizes(sizes, scaled, (side, side), current, fits)


def weight_options(cfg: mmcv.Config, weights: Sequence[float]) -> tuple[str, str]:
    """The weights as a line for the config, and as an option of the command line.

    The option changes the cross entropy of the decode head, the last one of a cascade.
    """
    path, loss = _loss((cfg.get('model') or {}).get('decode_head'), 'model.decode_head') or (
        'model.decode_head.loss_decode', {})
    if isinstance(loss, (list, tuple)):
        number = next((place for place, one in enumerate(loss)
                       if one.get('type') == 'CrossEntropyLoss'), 0)
        path = f'{path}.{number}'
    plain = '[' + ', '.join(f'{weight:g}' for weight in weights) + ']'
    kind = '' if loss else f'{path}.type=CrossEntropyLoss '
    return (f'class_weight={plain}',
            f"--cfg-options {kind}{path}.class_weight='{plain.replace(' ', '')}'")


def _loss(head: Any, path: str) -> tuple[str, Any] | None:
    """A head's ``loss_decode`` with its path; the last head's of several, or one within it."""
    if isinstance(head, (list, tuple)) and head:
        return _loss(head[-1], f'{path}.{len(head) - 1}')
    if not isinstance(head, Mapping):
        return None
    if 'loss_decode' in head:
        return f'{path}.loss_decode', head['loss_decode']
    found = (_loss(part, f'{path}.{key}') for key, part in head.items())
    return next((one for one in found if one is not None), None)


def crop_options(cfg: mmcv.Config, crop: tuple[int, int]) -> tuple[str, str]:
    """The crop as a line for the config, and as an option of the command line."""
    height, width = crop
    parts = [f"{path}.{key}='({height},{width})'" for path, step in _steps(cfg.data.get('train'))
             for kind, key in (('RandomCrop', 'crop_size'), ('Pad', 'size'))
             if step.get('type') == kind and key in step]
    return (f'crop_size = ({height}, {width})',
            ' '.join(['--cfg-options', *parts]) if parts else '')


def _steps(cfg: Any, path: str = 'data.train') -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The transforms of a data set's pipelines, wrapped ones too, with their paths."""
    if isinstance(cfg, (list, tuple)):
        for number, part in enumerate(cfg):
            yield from _steps(part, f'{path}.{number}')
    elif isinstance(cfg, Mapping):
        for number, step in enumerate(cfg.get('pipeline') or ()):
            yield f'{path}.pipeline.{number}', step
        for key in ('dataset', 'datasets'):
            yield from _steps(cfg.get(key), f'{path}.{key}')


def _pair(size: Any) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else (int(size[0]), int(size[1]))


def _scaled(sizes: np.ndarray, resize: Mapping[str, Any]) -> np.ndarray:
    """Sizes as the config's Resize gives them: within img_scale, or just that."""
    scale = resize.get('img_scale')
    if isinstance(scale, list) and scale and isinstance(scale[0], (list, tuple)):
        scale = scale[0]
    if scale is None:
        return sizes
    if not resize.get('keep_ratio', True):
        return np.broadcast_to(np.asarray(scale), sizes.shape)
    long, short = max(scale), min(scale)
    factor = np.minimum(long / sizes.max(axis=1), short / sizes.min(axis=1))
    return np.round(sizes * factor[:, None]).astype(int)
