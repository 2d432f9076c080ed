"""Cityscapes."""
from __future__ import annotations

import importlib
import os.path as osp
import tempfile
from collections.abc import Sequence
from typing import Any
from unittest import mock

import mmcv
import numpy as np
from mmcv.utils import print_log

from mmseg.core.evaluation import EvalResult, cityscapes_classes, cityscapes_palette, is_counts
from mmseg.utils.errors import InputError

from .builder import DATASETS
from .cityscapes_labels import ids_of_train_ids, palette_of_ids
from .custom import CustomDataset
from .submission import write_submission

_OWN = 'cityscapes'


@DATASETS.register_module()
class CityscapesDataset(CustomDataset):
    """19 kinds of things and stuff in streets (Cordts et al., CVPR 2016).

    Label maps hold the numbers in training: ``tools/convert_datasets/cityscapes.py`` makes them
    from the polygons.

    Args:
        img_suffix: How image names end.
        seg_map_suffix: How label map names end.
        **kwargs: See :class:`CustomDataset`.

    Attributes:
        FILE_METRICS: Metrics that :meth:`evaluate` computes from files that
            :meth:`format_results` wrote.
    """

    CLASSES = tuple(cityscapes_classes())
    PALETTE = cityscapes_palette()
    FILE_METRICS = (_OWN, )

    def __init__(self, img_suffix: str = '_leftImg8bit.png',
                 seg_map_suffix: str = '_gtFine_labelTrainIds.png', **kwargs: Any) -> None:
        super().__init__(img_suffix=img_suffix, seg_map_suffix=seg_map_suffix, **kwargs)

    def results2img(self, results: Sequence[Any], imgfile_prefix: str, to_label_id: bool = True,
                    indices: Sequence[int] | None = None) -> list[str]:
        """Label maps written as palette PNGs, all in one folder; their names.

        Args:
            results: Label maps ``(H, W)``, or dicts with ``seg_map``.
            imgfile_prefix: Folder to write to.
            to_label_id: Whether the files hold the ids that the server wants, 7 for a road, or
                the numbers in training, 0 for a road.
            indices: Numbers of the pages; all in order where None.
        """
        values = ids_of_train_ids() if to_label_id else range(len(type(self).CLASSES))
        return write_submission(self, results, imgfile_prefix, indices, values, palette_of_ids())

    def format_results(self, results: Sequence[Any], imgfile_prefix: str,  # type: ignore[override]
                       to_label_id: bool = True, indices: Sequence[int] | None = None,
                       **kwargs: Any) -> list[str]:
        """As :meth:`results2img`, for the evaluation server."""
        return self.results2img(results, imgfile_prefix, to_label_id, indices)

    def evaluate(self, results: Sequence[Any],  # type: ignore[override]
                 metric: str | Sequence[str] = 'mIoU', logger: Any = None,
                 imgfile_prefix: str | None = None, **kwargs: Any) -> EvalResult:
        """Scores of all pages; with the metric 'cityscapes' those of Cityscapes' own program.

        Args:
            results: As for :class:`CustomDataset`; for 'cityscapes' label maps, or the names of
                files in ``imgfile_prefix``.
            metric: 'cityscapes', or what :class:`CustomDataset` takes, or several.
            logger: Where tables go.
            imgfile_prefix: Folder of what :meth:`format_results` wrote.
            **kwargs: For :meth:`CustomDataset.evaluate`.

        Returns:
            The scores of :class:`CustomDataset`; for 'cityscapes' what the program gives, such as
            ``averageScoreClasses``, ``averageScoreInstClasses`` and ``averageScoreCategories``.

        Raises:
            InputError: 'cityscapes' without the package cityscapesscripts, without files to read,
                or where ``ann_dir`` lacks the ``*_gtFine_labelIds.png``.
        """
        metrics = [metric] if isinstance(metric, str) else list(metric)
        others = [name for name in metrics if name != _OWN]
        scores = (super().evaluate(results, others, logger, **kwargs) if others
                  else EvalResult())
        if len(others) < len(metrics):
            scores.update(self._evaluate_files(results, imgfile_prefix, logger))
            if not others:
                scores.report = {'summary': dict(scores)}
                scores.text = ''
        return scores

    def result_names(self, metric: str | Sequence[str] = 'mIoU',
                     selected: Sequence[str | int] | None = None, **kwargs: Any) -> list[str]:
        """The names of the scores of :meth:`evaluate`, those of 'cityscapes' left out."""
        metrics = [metric] if isinstance(metric, str) else list(metric)
        others = [name for name in metrics if name != _OWN]
        return super().result_names(others, selected, **kwargs) if others else []

    def _evaluate_files(self, results: Sequence[Any], folder: str | None,
                        logger: Any) -> dict[str, Any]:
        """What Cityscapes' own program says of the files in ``folder``."""
        if folder is not None:
            return _official_scores(self.ann_dir, folder, logger)
        if len(results) and not is_counts(results[0]):
            with tempfile.TemporaryDirectory() as made:
                self.format_results(results, made)
                return _official_scores(self.ann_dir, made, logger)
        raise InputError("the metric 'cityscapes' is computed from label maps, but only their "
                         'counts came; evaluate with mmseg test, or give imgfile_prefix, the '
                         'folder that format_results wrote to')


def _official_scores(ann_dir: str | None, folder: str, logger: Any) -> dict[str, Any]:
    """Run cityscapesscripts on the files in ``folder``."""
    try:
        program = importlib.import_module(
            'cityscapesscripts.evaluation.evalPixelLevelSemanticLabeling')
    except ImportError as error:
        raise InputError("the metric 'cityscapes' needs the package cityscapesscripts: pip "
                         'install cityscapesscripts') from error
    suffix = '_gtFine_labelIds.png'
    if ann_dir is None or not osp.isdir(ann_dir):
        raise InputError(f"the metric 'cityscapes' needs ann_dir with the *{suffix} files, got "
                         f'{ann_dir}')
    labels = sorted(osp.join(ann_dir, name)
                    for name in mmcv.scandir(ann_dir, suffix, recursive=True))
    if not labels:
        raise InputError(f"the metric 'cityscapes' reads *{suffix} files, but {ann_dir} has none")
    print_log(f'Cityscapes\' own evaluation of {folder}', logger)
    args = program.args
    args.predictionPath = osp.abspath(folder)
    args.predictionWalk = None
    args.evalInstLevelScore = args.evalPixelAccuracy = True
    args.JSONOutput = False
    try:
        # cityscapesscripts 2.3.0 calls it, NumPy 2.4 has it no more
        with mock.patch.object(np, 'in1d', np.isin, create=True):
            return program.evaluateImgLists([program.getPrediction(args, name) for name in labels],
                                            labels, args)
    except SystemExit as error:  # how the program reports what is wrong
        raise InputError("Cityscapes' own evaluation stopped; it said why just before: is there a "
                         f'label map for each *{suffix} in {folder}, and the *_instanceIds.png '
                         'next to these?') from error
