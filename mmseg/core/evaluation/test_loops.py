"""Running a network over a data set, in one process or in several."""
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mmcv
import numpy as np
import torch
from mmcv.engine import collect_results_cpu, collect_results_gpu
from mmcv.image import tensor2imgs
from mmcv.runner import get_dist_info
from torch.utils.data import DataLoader
from tqdm import tqdm

from mmseg.core.evaluation.counts import is_counts
from mmseg.core.evaluation.page_counter import PageCounter
from mmseg.utils.errors import InputError
from mmseg.utils.page_images import read_image
from mmseg.utils.peers import note_progress
from mmseg.utils.stopping import StopTraining, stop_asked

Take = Callable[[dict, list, list[int]], None]


def np2tmp(array: np.ndarray, temp_file_name: str | None = None, tmpdir: str | None = None) -> str:
    """Write ``array`` to an ``.npy`` file and return its name.

    Args:
        array: Of any shape and type that numpy can save.
        temp_file_name: Where; by default a new file.
        tmpdir: The folder of a new file.
    """
    if temp_file_name is None:
        with tempfile.NamedTemporaryFile(suffix='.npy', dir=tmpdir, delete=False) as file:
            temp_file_name = file.name
    np.save(temp_file_name, array)
    return temp_file_name


def _show(model: Any, data: dict, result: list, show: bool, out_dir: str | None,
          opacity: float) -> None:
    """Paint the results of a batch over the pages, at the pages' own size."""
    views, images = data['img_metas'], data['img']
    if not isinstance(images, list):  # a pipeline without views gives one
        views, images = [views], [images]
    for index, meta in enumerate(views[0].data[0]):
        if meta.get('filename') and Path(meta['filename']).is_file():
            page = read_image(meta['filename'])
        else:  # a page that is not a file of its own: taken from what the network saw
            height, width = meta['img_shape'][:2]
            page = tensor2imgs(images[0], **meta['img_norm_cfg'])[index][:height, :width]
            page = mmcv.imresize(page, tuple(meta['ori_shape'][1::-1]))
        name = Path(meta.get('ori_filename') or f'{index}.png')
        out_file = str(Path(out_dir, name)) if out_dir else None
        model.show_result(page, [result[index]], palette=model.PALETTE, show=show,
                          out_file=out_file, opacity=opacity)


def _run(model: torch.nn.Module, data_loader: DataLoader, take: Take) -> None:
    """Pass the results of each batch of this process to ``take``, with a progress bar on rank 0."""
    model.eval()
    rank, world_size = get_dist_info()
    total = len(data_loader.dataset)
    with tqdm(total=total, desc='test', unit='page', disable=rank != 0, leave=False) as bar:
        for data, indices in zip(data_loader, data_loader.batch_sampler or ()):
            with torch.no_grad(), _no_kernel_search():
                result = model(return_loss=False, **data)
            take(data, result, indices)
            note_progress()
            if stop_asked():
                raise StopTraining
            bar.update(min(len(indices) * world_size, total - bar.n))


@contextmanager
def _no_kernel_search() -> Iterator[None]:
    """In this context, cuDNN does not measure its algorithms for each size of page."""
    before = torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = False
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = before


def _page_results(data_loader: DataLoader, efficient_test: bool, pre_eval: bool, format_only: bool,
                  format_args: dict | None) -> Callable[[list, list[int]], list]:
    """The results of a batch: files, counts, formatted files, or the label maps themselves."""
    if sum((efficient_test, pre_eval, format_only)) > 1:
        raise InputError('efficient_test, pre_eval and format_only exclude each other; take '
                         'pre_eval, which counts each page at once')
    dataset = data_loader.dataset
    if efficient_test:
        mmcv.mkdir_or_exist('.efficient_test')
        return lambda result, indices: [np2tmp(page, tmpdir='.efficient_test') for page in result]
    if format_only:
        return lambda result, indices: dataset.format_results(result, indices=indices,
                                                              **(format_args or {}))
    if pre_eval:
        return lambda result, indices: dataset.pre_eval(result, indices)
    return lambda result, indices: result


def single_gpu_test(model: torch.nn.Module, data_loader: DataLoader, show: bool = False,
                    out_dir: str | None = None, efficient_test: bool = False,
                    opacity: float = 0.5, pre_eval: bool = False, format_only: bool = False,
                    format_args: dict | None = None) -> list:
    """Return a result for each page, from one process on any device.

    With ``pre_eval`` the pages' counts are summed as they come, as in :func:`multi_gpu_test`: the
    list then has one entry, the sum, or one for each part of a concatenation of data sets. Where a
    custom data set counts in a way of its own, it has an entry for each page.

    Args:
        model: In an ``MMDataParallel``.
        data_loader: Over the data set, not shuffled.
        show: Open a window for each page.
        out_dir: Write painted pages there.
        efficient_test: Keep label maps in files (0.x's way; ``pre_eval`` needs less).
        opacity: Of the colours, in (0, 1].
        pre_eval: Return the sum of the pages' counts, ready for ``dataset.evaluate``, not label
            maps.
        format_only: Return what ``dataset.format_results`` writes.
        format_args: Its arguments.
    """
    convert = _page_results(data_loader, efficient_test, pre_eval, format_only, format_args)
    results: list = []
    counter: PageCounter | None = PageCounter(data_loader) if pre_eval else None

    def take(data: dict, result: list, indices: list[int]) -> None:
        nonlocal counter
        if show or out_dir:
            _show(model.module, data, result, show, out_dir, opacity)
        found = convert(result, indices)
        if counter is not None and not all(map(is_counts, found)):
            counter = None
        if counter is None:
            results.extend(found)
        else:
            counter.add(found, indices)

    _run(model, data_loader, take)
    return results if counter is None else counter.sums()


def multi_gpu_test(model: torch.nn.Module, data_loader: DataLoader, tmpdir: str | None = None,
                   gpu_collect: bool = False, efficient_test: bool = False,
                   pre_eval: bool = False, format_only: bool = False,
                   format_args: dict | None = None) -> list | None:
    """Return the results of all processes on rank 0, None on the others.

    With ``pre_eval`` the ranks sum their counts, each page once even where the sampler repeats
    pages to give every rank as many; the list then has one entry, the sum, or one for each part
    of a concatenation of data sets.

    Args:
        model: In a distributed wrapper.
        data_loader: Over this rank's share of the data set.
        tmpdir: A folder that all ranks see, for collecting label maps through files.
        gpu_collect: Collect label maps through GPU memory.
        efficient_test: As for :func:`single_gpu_test`.
        pre_eval: As for :func:`single_gpu_test`.
        format_only: As for :func:`single_gpu_test`.
        format_args: As for :func:`single_gpu_test`.
    """
    convert = _page_results(data_loader, efficient_test, pre_eval, format_only, format_args)
    rank, processes = get_dist_info()
    if pre_eval:
        counter = PageCounter(data_loader)
        _run(model, data_loader, lambda data, result, indices:
             counter.add(convert(result, indices), indices))
        sums = counter.sums()
        return sums if rank == 0 else None
    results: list = []
    _run(model, data_loader, lambda data, result, indices:
         results.extend(convert(result, indices)))
    size = len(data_loader.dataset)
    if processes == 1:
        return results[:size]
    if gpu_collect:
        return collect_results_gpu(results, size)
    collected = collect_results_cpu(results, size, tmpdir)
    if tmpdir is None and rank == 0:
        shutil.rmtree('.dist_test', ignore_errors=True)  # mmcv leaves its parent folder behind
    return collected
