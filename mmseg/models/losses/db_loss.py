"""Loss of differentiable binarization (Liao et al., AAAI 2020, section 3.4)."""
from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...utils.errors import InputError
from ..builder import LOSSES

_TARGETS = ('gt_shrink', 'gt_shrink_mask', 'gt_thr', 'gt_thr_mask')


@LOSSES.register_module()
class DBLoss(nn.Module):
    """Losses of the probability map, the threshold map and the binary map of text lines.

    Args:
        alpha: Factor of the loss of the probability map.
        beta: Factor of the loss of the threshold map.
        reduction: Only ``'mean'``.
        negative_ratio: Of the background, only this many times as many pixels as text has count,
            those with the largest loss.
        eps: Keeps divisions by zero away.
        bbce_loss: Whether the probability map has that balanced cross entropy, as in the paper,
            instead of a Dice loss.

    Raises:
        InputError: Another reduction.
    """

    def __init__(self, alpha: float = 1, beta: float = 1, reduction: str = 'mean',
                 negative_ratio: float = 3.0, eps: float = 1e-6, bbce_loss: bool = False) -> None:
        super().__init__()
        if reduction != 'mean':
            raise InputError(f"DBLoss knows only reduction='mean', got {reduction!r}")
        self.alpha, self.beta, self.reduction = alpha, beta, reduction
        self.negative_ratio, self.eps, self.bbce_loss = negative_ratio, eps, bbce_loss

    def balance_bce_loss(self, pred: Tensor, gt: Tensor, mask: Tensor) -> Tensor:
        """Return the cross entropy of text and of the hardest background, for scores (N, H, W)."""
        text, background = gt * mask, (1 - gt) * mask
        texts = int(text.sum())
        backgrounds = min(int(background.sum()), int(texts * self.negative_ratio))
        losses = F.binary_cross_entropy(pred, gt, reduction='none')
        hardest = torch.topk((losses * background).flatten(), backgrounds).values
        return ((losses * text).sum() + hardest.sum()) / (texts + backgrounds + self.eps)

    def l1_thr_loss(self, pred: Tensor, gt: Tensor, mask: Tensor) -> Tensor:
        """Return the mean difference of thresholds (N, H, W) near the borders of text."""
        return ((pred - gt).abs() * mask).sum() / (mask.sum() + self.eps)

    def _dice(self, pred: Tensor, gt: Tensor, mask: Tensor) -> Tensor:
        """One minus the Dice coefficient of the whole batch."""
        overlap = (pred * gt * mask).sum()
        return 1 - 2 * overlap / ((pred * mask).sum() + (gt * mask).sum() + self.eps)

    def forward(self, preds: Tensor, downsample_ratio: float = 1.0,
                **targets: Tensor) -> dict[str, Tensor]:
        """Return ``loss_prob``, ``loss_db`` and ``loss_thr``.

        Args:
            preds: Scores (N, 3, H, W): probability, threshold and binary map.
            downsample_ratio: Size of these maps to that of the page; targets are resized by it.
            **targets: ``gt_shrink``, ``gt_shrink_mask``, ``gt_thr`` and ``gt_thr_mask``, each
                (N, H, W) or (N, 1, H, W), as DBNetTargets draws them.

        Raises:
            InputError: A target is not there.
        """
        missing = [name for name in _TARGETS if name not in targets]
        if missing:
            raise InputError(f'DBLoss needs {", ".join(missing)}, which the pipeline did not give: '
                             'DBNetTargets draws them, and Collect has to hand them on')
        # Cross entropy of scores is not allowed within autocast.
        with torch.autocast(preds.device.type, enabled=False):
            preds = preds.float()
            shrunk, seen, thr, near = (
                self._fitted(targets[name], preds, downsample_ratio) for name in _TARGETS)
            prob = self.balance_bce_loss if self.bbce_loss else self._dice
            return dict(loss_prob=self.alpha * prob(preds[:, 0], shrunk, seen),
                        loss_db=self._dice(preds[:, 2], shrunk, seen),
                        loss_thr=self.beta * self.l1_thr_loss(preds[:, 1], thr, near))

    @staticmethod
    def _fitted(target: Tensor, preds: Tensor, ratio: float) -> Tensor:
        """The target as float (N, h, w) of the size of ``preds``, padding cut off."""
        target = target.to(preds).flatten(0, -3)
        if ratio != 1:
            target = F.interpolate(target[:, None], scale_factor=ratio)[:, 0]
        height, width = preds.shape[2:]
        return F.pad(target, (0, max(width - target.shape[2], 0),
                              0, max(height - target.shape[1], 0)))[:, :height, :width]
