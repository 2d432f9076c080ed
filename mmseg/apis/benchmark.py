"""Speed of a network."""
import copy
import time
from collections.abc import Callable, Iterator
from itertools import chain, islice, repeat
from typing import Any, NamedTuple

import mmcv
import torch

from ..datasets import build_dataset
from ..datasets.config_loaders import test_loader
from ..utils import build_dp, get_device
from ..utils.compiled import compile_parts
from ..utils.errors import InputError
from .inference import init_segmentor

MAX_PAGES, MAX_SECONDS = 200, 60.


class Speed(NamedTuple):
    """Measurements of a run.

    Args:
        pages: Number of pages.
        seconds: For all of them, reading not included.
        least: For the quickest page, which what else runs on the machine disturbs least.
    """

    pages: int
    seconds: float
    least: float

    @property
    def pages_per_second(self) -> float:
        """The mean over the run."""
        return self.pages / self.seconds


def measure_speed(cfg: mmcv.Config, checkpoint: str | None = None,
                  size: tuple[int, int] | None = None, *, log_interval: int = 50,
                  max_pages: int = MAX_PAGES, max_seconds: float = MAX_SECONDS,
                  log: Callable[[str], Any] = print) -> Speed:
    """Return the speed of the network of ``cfg``, page by page, on a GPU where there is one.

    The time is that of the network only, from a prepared page to its label map; one page (on a
    GPU five) goes through first without being timed.

    Args:
        cfg: A loaded config.
        checkpoint: A file or address; without one the weights are random, which is as fast.
        size: (height, width) in pixels of a page of noise; None takes the pages of
            ``cfg.data.test``.
        log_interval: Pages between two lines of ``log``.
        max_pages: Pages after which the run ends.
        max_seconds: Seconds of the network after which it ends, though not before one page.
        log: Takes a line.

    Raises:
        InputError: No pages are given.
    """
    device = get_device()
    model = compile_parts(init_segmentor(cfg, checkpoint, device), cfg)
    if size is None:
        dataset = build_dataset(cfg.data.test, dict(test_mode=True))
        pages: Iterator[dict] = iter(test_loader(dataset, _one_by_one(cfg), False, 'test'))
        model = build_dp(model, device).eval()
    else:
        pages = repeat(_page_of_noise(size, device))
    first = next(pages, None)
    if first is None:
        raise InputError('cfg.data.test has no pages to measure with')
    for _ in range(5 if device == 'cuda' else 1):
        _seconds(model, first)
    count, seconds, least = 0, 0., float('inf')
    for page in islice(chain([first], pages), max_pages):
        took = _seconds(model, page)
        count, seconds, least = count + 1, seconds + took, min(least, took)
        if count % log_interval == 0:
            log(f'{count} pages: {count / seconds:.2f} pages a second')
        if seconds >= max_seconds:
            break
    return Speed(count, seconds, least)


def _one_by_one(cfg: mmcv.Config) -> mmcv.Config:
    """The config with one page a batch."""
    cfg = copy.deepcopy(cfg)
    cfg.data.test_dataloader = {**cfg.data.get('test_dataloader', {}), 'samples_per_gpu': 1}
    return cfg


def _page_of_noise(size: tuple[int, int], device: str) -> dict[str, Any]:
    """A batch of one page as a test's data loader gives it."""
    shape = (*size, 3)
    meta = dict(filename=None, ori_shape=shape, img_shape=shape, pad_shape=shape, flip=False)
    return dict(img=[torch.randn(1, 3, *size, device=device)], img_metas=[[meta]])


def _seconds(model: torch.nn.Module, page: dict[str, Any]) -> float:
    """Seconds that the network takes for a page."""
    start = _now()
    with torch.no_grad():
        model(return_loss=False, rescale=True, **page)
    return _now() - start


def _now() -> float:
    """Seconds of a clock after all work of the GPU is done."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()
