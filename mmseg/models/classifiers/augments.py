"""Pages mixed with others of their batch, and their labels with them.

The strength of the mixture is drawn from a Beta distribution. Random numbers come from numpy's and
torch's global generators, which the run's seed sets for each iteration.
"""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from mmcv.utils import Registry
from torch import Tensor

from ...utils.errors import InputError
from ...utils.registry import build_from_cfg

AUGMENT = Registry('augment', build_func=build_from_cfg)
Box = tuple[int, int, int, int]
Mixed = tuple[Tensor, Tensor]


def one_hot_encoding(gt: Tensor, num_classes: int) -> Tensor:
    """Labels ``(N, C)`` of class indices ``(N,)``; labels that are ``(N, C)`` already stay."""
    return F.one_hot(gt, num_classes) if gt.ndim == 1 else gt


def _check(name: str, prob: float, num_classes: int, alpha: float | None = None) -> None:
    if not isinstance(prob, (int, float)) or not 0 <= prob <= 1:
        raise InputError(f'prob of {name} lies in [0, 1], got {prob!r}')
    if not isinstance(num_classes, int):
        raise InputError(f'num_classes of {name} is a whole number, got {num_classes!r}')
    if alpha is not None and not alpha > 0:
        raise InputError(f'alpha of {name} must be above 0, got {alpha!r}')


@AUGMENT.register_module()
class Identity:
    """Pages as they are, with labels ``(N, C)``.

    Args:
        num_classes: C.
        prob: How often, in [0, 1].

    Raises:
        InputError: A value out of range.
    """

    def __init__(self, num_classes: int, prob: float = 1.0) -> None:
        _check('Identity', prob, num_classes)
        self.num_classes, self.prob = num_classes, prob

    def __call__(self, img: Tensor, gt_label: Tensor) -> Mixed:
        return img, one_hot_encoding(gt_label, self.num_classes)


@AUGMENT.register_module()
class BatchMixup:
    """Each page faded into another one (Zhang et al., "mixup", ICLR 2018, section 2).

    Args:
        alpha: Both parameters of the Beta distribution of a page's own share; above 0.
        num_classes: C.
        prob: How often, in [0, 1].

    Raises:
        InputError: A value out of range.
    """

    def __init__(self, alpha: float, num_classes: int, prob: float = 1.0) -> None:
        _check(type(self).__name__, prob, num_classes, alpha)
        self.alpha, self.num_classes, self.prob = alpha, num_classes, prob

    def __call__(self, img: Tensor, gt_label: Tensor) -> Mixed:
        """Pages ``(N, 3, H, W)`` and labels ``(N, C)``, mixed; labels may come as ``(N,)``."""
        share = np.random.beta(self.alpha, self.alpha)
        others = torch.randperm(len(img))
        return self.mix(img, one_hot_encoding(gt_label, self.num_classes), others, share)

    def mix(self, img: Tensor, label: Tensor, others: Tensor, share: float) -> Mixed:
        """Pages and labels with ``share`` of themselves and the rest of ``others``.

        Args:
            img: Pages ``(N, 3, H, W)``.
            label: ``(N, C)``.
            others: Which page each is mixed with, ``(N,)``.
            share: In [0, 1].
        """
        return share * img + (1 - share) * img[others], _mixed(label, others, share)


def _mixed(label: Tensor, others: Tensor, share: float) -> Tensor:
    return share * label + (1 - share) * label[others]


@AUGMENT.register_module()
class BatchCutMix(BatchMixup):
    """A rectangle of each page replaced by that of another one.

    Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable
    Features", ICCV 2019, section 3.1. Labels are mixed by area.

    Args:
        alpha: Both parameters of the Beta distribution of a page's own share; above 0.
        num_classes: C.
        prob: How often, in [0, 1].
        cutmix_minmax: Smallest and largest ratio of the rectangle's sides to the page's, drawn
            evenly; ``alpha`` then has no effect on the rectangle.
        correct_lam: Whether labels are mixed by the area that is left of a rectangle that reaches
            beyond the page.

    Raises:
        InputError: A value out of range.
    """

    def __init__(self, alpha: float, num_classes: int, prob: float = 1.0,
                 cutmix_minmax: Sequence[float] | None = None, correct_lam: bool = True) -> None:
        super().__init__(alpha, num_classes, prob)
        if cutmix_minmax is not None and not (
                len(cutmix_minmax) == 2 and 0 <= cutmix_minmax[0] < cutmix_minmax[1] <= 1):
            raise InputError('cutmix_minmax is two ratios in [0, 1], the smaller one first, got '
                             f'{cutmix_minmax}')
        self.cutmix_minmax, self.correct_lam = cutmix_minmax, correct_lam

    def __call__(self, img: Tensor, gt_label: Tensor) -> Mixed:
        """Pages ``(N, 3, H, W)`` and labels ``(N, C)``, mixed; labels may come as ``(N,)``."""
        share = np.random.beta(self.alpha, self.alpha)
        others = torch.randperm(len(img))
        box = self.draw_box(img.shape[2], img.shape[3], share)
        return self.paste(img, one_hot_encoding(gt_label, self.num_classes), others, box, share)

    def draw_box(self, height: int, width: int, share: float) -> Box:
        """A random rectangle (top, bottom, left, right) that leaves ``share`` of the page.

        Its centre lies anywhere on the page, so that a part of it may lie beyond the border.
        """
        if self.cutmix_minmax is not None:
            least, most = self.cutmix_minmax
            sides = [np.random.randint(int(full * least), max(int(full * most),
                                                              int(full * least) + 1))
                     for full in (height, width)]
            top, left = (np.random.randint(0, max(full - side, 1))
                         for full, side in zip((height, width), sides))
            return top, top + sides[0], left, left + sides[1]
        ratio = np.sqrt(1 - share)
        ends: list[int] = []
        for full in (height, width):
            centre, half = np.random.randint(full), int(full * ratio) // 2
            ends += [max(centre - half, 0), min(centre + half, full)]
        return ends[0], ends[1], ends[2], ends[3]

    def paste(self, img: Tensor, label: Tensor, others: Tensor, box: Box, share: float) -> Mixed:
        """Pages with the rectangle ``box`` of ``others``, and their labels.

        Args:
            img: Pages ``(N, 3, H, W)``.
            label: ``(N, C)``.
            others: Whose rectangle each page gets, ``(N,)``.
            box: Top, bottom, left and right in pixels.
            share: Of a page's own label; of the area where ``correct_lam`` or ``cutmix_minmax``.
        """
        top, bottom, left, right = box
        mixed = img.clone()
        mixed[:, :, top:bottom, left:right] = self._patch(img[others], box)
        if self.correct_lam or self.cutmix_minmax is not None:
            share = 1 - (bottom - top) * (right - left) / (img.shape[2] * img.shape[3])
        return mixed, _mixed(label, others, share)

    def _patch(self, others: Tensor, box: Box) -> Tensor:
        return others[:, :, box[0]:box[1], box[2]:box[3]]


@AUGMENT.register_module()
class BatchResizeMix(BatchCutMix):
    """A rectangle of each page replaced by the whole of another one, made smaller.

    Qin et al., "ResizeMix: Mixing Data with Preserved Object Information and True Labels", 2020,
    section 3.

    Args:
        alpha: Both parameters of the Beta distribution of a page's own share; above 0.
        num_classes: C.
        lam_min, lam_max: Between which that share is brought.
        interpolation: How pages are made smaller, as :func:`torch.nn.functional.interpolate` has
            it.
        prob, cutmix_minmax, correct_lam: See :class:`BatchCutMix`.

    Raises:
        InputError: A value out of range.
    """

    def __init__(self, alpha: float, num_classes: int, lam_min: float = 0.1, lam_max: float = 0.8,
                 interpolation: str = 'bilinear', prob: float = 1.0,
                 cutmix_minmax: Sequence[float] | None = None, correct_lam: bool = True) -> None:
        super().__init__(alpha, num_classes, prob, cutmix_minmax, correct_lam)
        self.lam_min, self.lam_max, self.interpolation = lam_min, lam_max, interpolation

    def draw_box(self, height: int, width: int, share: float) -> Box:
        return super().draw_box(height, width,
                                self.lam_min + share * (self.lam_max - self.lam_min))

    def _patch(self, others: Tensor, box: Box) -> Tensor:
        size = box[1] - box[0], box[3] - box[2]
        if min(size) == 0:
            return others[:, :, :size[0], :size[1]]
        return F.interpolate(others, size=size, mode=self.interpolation)


class Augments:
    """One of several ways to mix, drawn for each batch by their ``prob``.

    Args:
        augments_cfg: Config of one, or a list. Where their ``prob`` add up to less than 1, the
            rest of the batches stays as it is; its labels are ``(N, C)`` too.

    Raises:
        InputError: None at all, probabilities that add up to more than 1, or to less with
            ``Identity`` among them.
    """

    def __init__(self, augments_cfg: dict | Sequence[dict]) -> None:
        configs = [augments_cfg] if isinstance(augments_cfg, dict) else list(augments_cfg)
        if not configs:
            raise InputError('train_cfg.augments is empty: give at least one, or leave it out')
        self.augments = [AUGMENT.build(cfg) for cfg in configs]
        self.augment_probs = [augment.prob for augment in self.augments]
        total = sum(self.augment_probs)
        whole = abs(total - 1) < 1e-6
        if total > 1 and not whole:
            raise InputError(f'prob of train_cfg.augments adds up to {total:g}; at most 1 can be '
                             'drawn')
        if whole:
            return
        if any(isinstance(augment, Identity) for augment in self.augments):
            raise InputError(f'prob of train_cfg.augments adds up to {total:g}; with Identity '
                             'among them it must be 1')
        self.augments.append(Identity(self.augments[0].num_classes, 1 - total))
        self.augment_probs.append(1 - total)

    def __call__(self, img: Tensor, gt_label: Tensor) -> Mixed:
        """Pages ``(N, 3, H, W)`` and labels ``(N, C)``, mixed."""
        # numpy wants a sum of 1 to the last digit
        chances = np.array(self.augment_probs) / sum(self.augment_probs)
        return self.augments[np.random.choice(len(self.augments), p=chances)](img, gt_label)
