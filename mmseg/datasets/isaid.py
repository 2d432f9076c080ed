"""iSAID."""
from __future__ import annotations

from collections.abc import Sequence

from mmseg.core.evaluation import isaid_classes, isaid_palette

from .builder import DATASETS
from .custom import Results
from .dataset_names import KnownDataset


@DATASETS.register_module()
class iSAIDDataset(KnownDataset):
    """15 kinds of objects seen from the air, and background (Waqas Zamir et al., CVPRW 2019).

    The label map of ``a.png`` is ``a_instance_color_RGB.png``.
    """

    CLASSES = tuple(isaid_classes())
    PALETTE = isaid_palette()
    DEFAULTS = dict(img_suffix='.png', seg_map_suffix='.png')

    def load_annotations(self, img_dir: str, img_suffix: str, ann_dir: str | None,
                         seg_map_suffix: str | None = None, split: str | None = None
                         ) -> Sequence[Results]:
        """See :class:`CustomDataset`."""
        return super().load_annotations(img_dir, img_suffix, ann_dir,
                                        '_instance_color_RGB' + (seg_map_suffix or ''), split)
