"""ADE20K."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmseg.core.evaluation import ade_classes, ade_palette

from .builder import DATASETS
from .dataset_names import KnownDataset
from .submission import write_submission


@DATASETS.register_module()
class ADE20KDataset(KnownDataset):
    """150 kinds of things and stuff (Zhou et al., CVPR 2017); 0 in the files is ignored."""

    CLASSES = tuple(ade_classes())
    PALETTE = ade_palette()
    DEFAULTS = dict(img_suffix='.jpg', seg_map_suffix='.png', reduce_zero_label=True)

    def results2img(self, results: Sequence[Any], imgfile_prefix: str, to_label_id: bool = True,
                    indices: Sequence[int] | None = None) -> list[str]:
        """Label maps written as the server wants them, with values from 1 to 150; their names.

        Args:
            results: Label maps ``(H, W)``, or dicts with ``seg_map``.
            imgfile_prefix: Folder to write to.
            to_label_id: Has no meaning here; the values are the server's either way.
            indices: Numbers of the pages; all in order where None.
        """
        return write_submission(self, results, imgfile_prefix, indices,
                                range(1, len(type(self).CLASSES) + 1))

    def format_results(self, results: Sequence[Any], imgfile_prefix: str,  # type: ignore[override]
                       to_label_id: bool = True, indices: Sequence[int] | None = None,
                       **kwargs: Any) -> list[str]:
        """As :meth:`results2img`."""
        return self.results2img(results, imgfile_prefix, to_label_id, indices)
