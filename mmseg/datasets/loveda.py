"""LoveDA."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmseg.core.evaluation import loveda_classes, loveda_palette

from .builder import DATASETS
from .dataset_names import KnownDataset
from .submission import write_submission


@DATASETS.register_module()
class LoveDADataset(KnownDataset):
    """Seven kinds of ground seen from the air (Wang et al., NeurIPS 2021); 0 is ignored."""

    CLASSES = tuple(loveda_classes())
    PALETTE = loveda_palette()
    DEFAULTS = dict(img_suffix='.png', seg_map_suffix='.png', reduce_zero_label=True)

    def results2img(self, results: Sequence[Any], imgfile_prefix: str,
                    indices: Sequence[int] | None = None) -> list[str]:
        """Label maps written as the server wants them, with values from 0 to 6; their names.

        Args:
            results: Label maps ``(H, W)``, or dicts with ``seg_map``.
            imgfile_prefix: Folder to write to.
            indices: Numbers of the pages; all in order where None.
        """
        return write_submission(self, results, imgfile_prefix, indices,
                                range(len(type(self).CLASSES)))

    def format_results(self, results: Sequence[Any], imgfile_prefix: str,
                       indices: Sequence[int] | None = None, **kwargs: Any) -> list[str]:
        """As :meth:`results2img`."""
        return self.results2img(results, imgfile_prefix, indices)
