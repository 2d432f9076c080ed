"""Test of a checkpoint on the data set of a config, up to the report."""
import os
import pickle
from functools import partial
from typing import Any

import mmcv
import torch
from mmcv.runner import get_dist_info

from ..core.evaluation import write_report
from ..datasets import build_dataset
from ..datasets.config_loaders import add_views, test_loader
from ..export.cpu_inference import for_cpu
from ..inference.tiles import TileCount
from ..layout.counting import count_regions
from ..models import OutputNames
from ..models.detectors import BaseDetector
from ..utils import build_ddp, build_dp
from ..utils.atomic_write import atomic_write, check_folder
from ..utils.compiled import compile_parts
from ..utils.errors import InputError
from ..utils.util_distribution import chosen_device
from .inference import init_segmentor
from .test import multi_gpu_test, single_gpu_test


def evaluate_checkpoint(cfg: mmcv.Config, checkpoint: str, *, metrics: list[str] | None = None,
                        options: dict | None = None, out: str | None = None,
                        format_only: bool = False, aug_test: bool = False, show: bool = False,
                        show_dir: str | None = None, opacity: float = 0.5,
                        distributed: bool = False, tmpdir: str | None = None,
                        gpu_collect: bool = False, gpu_id: int = 0, score_thr: float = 0.3,
                        report: str | None = None, model: torch.nn.Module | None = None
                        ) -> dict[str, Any] | None:
    """Return the scores of ``checkpoint`` on ``cfg.data.test`` on rank 0, None elsewhere.

    Args:
        cfg: A loaded config.
        checkpoint: A file or address.
        metrics: mIoU, mDice, mFscore, regions, hmean-iou, or what the data set offers, such as
            accuracy of page types; None evaluates nothing.
        options: Arguments of ``dataset.evaluate`` or, with ``format_only``, of the formatting;
            files go to ``imgfile_prefix``, by default ``format_results`` in the work folder.
        out: A pickle file for the results of all pages.
        format_only: Write results in the data set's own format.
        aug_test: Average six scales and their mirror images.
        show: Open a window for each page.
        show_dir: A folder for painted pages.
        opacity: Of the colours, in (0, 1].
        distributed: Whether a process group is there.
        tmpdir: A folder that all processes see, for collecting results.
        gpu_collect: Collect through GPU memory instead.
        gpu_id: Which GPU, without a process group.
        score_thr: Boxes of a detector with a lower score are not painted.
        report: A JSON file for the scores.
        model: Asked in place of the config's, with the weights that it has.

    Raises:
        InputError: ``show`` or ``show_dir`` in several processes, or ``out`` cannot be written.
    """
    if distributed and (show or show_dir):
        raise InputError('pages are painted by one process only: leave out --launcher')
    for folder in [os.path.dirname(file) for file in (out, report) if file] + [show_dir]:
        if folder:
            check_folder(folder)
    if aug_test:
        add_views(cfg.data.test)
    dataset = build_dataset(cfg.data.test, dict(test_mode=True))
    count_regions(dataset, cfg, metrics)
    loader = test_loader(dataset, cfg, distributed, 'test')
    device = chosen_device(cfg.get('device'), None if distributed else gpu_id)
    if model is None:
        model = init_segmentor(cfg, checkpoint, device, OutputNames.of(dataset))
        model = compile_parts(for_cpu(model, cfg), cfg)
    if isinstance(model, BaseDetector):
        model.show_result = partial(model.show_result, score_thr=score_thr)  # type: ignore
    options, modes = _options_and_modes(
        dataset, metrics, options, out, format_only,
        os.path.join(cfg.get('work_dir') or os.curdir, 'format_results'))
    if distributed:
        results = multi_gpu_test(build_ddp(model, device, broadcast_buffers=False), loader, tmpdir,
                                 gpu_collect, **modes)
    else:
        results = single_gpu_test(build_dp(model, device), loader, show, show_dir,
                                  opacity=opacity, **modes)
    if get_dist_info()[0] != 0:
        return None
    _tell(model, results, out)
    if not metrics:
        return None
    scores = dataset.evaluate(results, metric=metrics, **options)
    if report is not None:
        write_report(scores, report, config=cfg.filename, checkpoint=checkpoint)
    return scores


def _tell(model: torch.nn.Module, results: list | None, out: str | None) -> None:
    """Print what was not computed, and write the results of all pages where they are wanted."""
    skipped = getattr(model, 'tile_count', TileCount()).skipped
    if skipped is not None:
        print(f'larger scales: {skipped:.0%} of their pixels were not needed')
    if out:
        with atomic_write(out) as part, part.open('wb') as file:
            pickle.dump(results, file)
        print(f'results: {out}')


def _options_and_modes(dataset: Any, metrics: list[str] | None, options: dict | None,
                       out: str | None, format_only: bool, folder: str
                       ) -> tuple[dict[str, Any], dict[str, Any]]:
    """Options with a folder where files are written, and how the test loop treats results."""
    options = dict(options or {})
    on_files = set(metrics or ()).intersection(getattr(dataset, 'FILE_METRICS', ()))
    if on_files and (out or len(metrics or ()) > 1):
        raise InputError(f"--eval {' '.join(on_files)} is computed from files that take the place "
                         'of all other results: leave out other metrics and --out')
    writes = format_only or bool(on_files)
    if writes:
        options.setdefault('imgfile_prefix', folder)
    counted = bool(metrics) and not out and not on_files and getattr(dataset, 'counts_pages', True)
    return options, dict(pre_eval=counted, format_only=writes,
                         format_args=options if writes else None)
