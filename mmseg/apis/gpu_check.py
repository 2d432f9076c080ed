"""Checks that need a machine with GPUs, of five minutes in all."""
from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mmcv
import numpy as np
import torch
from prettytable import PrettyTable
from torch import Tensor

from ..datasets import build_dataset
from ..datasets.config_loaders import train_loader
from ..export import (
    ExportedPredictor,
    Graph,
    describe_trace,
    export_onnx,
    save_onnx,
    save_traced,
    trace_segmentor,
)
from ..inference import PageArrays
from ..utils.errors import InputError
from ..utils.page_images import read_image
from ..utils.precision import autocast_dtype
from ..utils.seeds import seed_for
from .inference import init_segmentor
from .layout import CheckpointPredictor

SAME = 1e-3  # largest difference of scores that counts as equal, sums being taken in another order


class Skipped(Exception):
    """A check that this machine cannot run; the message says why."""


@dataclass
class Bench:
    """Inputs of the checks.

    Attributes:
        device: Where the network runs.
        cfg: Config of a small network, with its data.
        checkpoint: Weights of it.
        folder: For what is written.
        steps: Training steps that are timed.
        tools: Folder of ``train.py`` and ``test.py``.
    """
    device: torch.device
    cfg: mmcv.Config
    checkpoint: str
    folder: Path
    steps: int
    tools: Path

    def pages(self, count: int = 2) -> list[np.ndarray]:
        """Pages (H, W, 3) to predict."""
        folder = Path(self.cfg.data.test.data_root, 'JPEGImages')
        return [read_image(str(file)) for file in sorted(folder.iterdir())[-count:]]

    def scores(self, device: torch.device | str, **changes: Any) -> list[np.ndarray]:
        """Scores (K, H, W) of the pages on a device."""
        cfg = copy.deepcopy(self.cfg)
        cfg.merge_from_dict(changes)
        predictor = CheckpointPredictor(cfg, self.checkpoint, str(device))
        return [page.seg for page in predictor.predict(self.pages())
                if isinstance(page, PageArrays)]


Check = Callable[[Bench], str]


@contextmanager
def _exact() -> Any:
    """In this context, products on a GPU are computed in float32, not in TF32."""
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before


def _largest(one: Sequence[np.ndarray], two: Sequence[np.ndarray]) -> float:
    return max(float(np.abs(a - b).max()) for a, b in zip(one, two, strict=True))


def _same(one: Sequence[np.ndarray], two: Sequence[np.ndarray], most: float = SAME) -> str:
    """Largest difference of scores; a RuntimeError if it is more than ``most``."""
    found = _largest(one, two)
    if not found <= most:
        raise RuntimeError(f'scores differ by {found:.2g}, expected at most {most:g}')
    return f'largest difference of a score {found:.1e}'


def whole(bench: Bench) -> str:
    """Whole pages: the device and the CPU give the same scores."""
    with _exact():
        return _same(bench.scores('cpu'), bench.scores(bench.device))


def windows(bench: Bench) -> str:
    """Sliding windows."""
    options = {'model.test_cfg': dict(mode='slide', crop_size=(96, 96), stride=(64, 64))}
    with _exact():
        return _same(bench.scores('cpu', **options), bench.scores(bench.device, **options))


def layered(bench: Bench) -> str:
    """Several scales and mirror images, a class that uses one of them."""
    step = copy.deepcopy(bench.cfg.data.test.pipeline)
    step[1].update(img_ratios=[0.5, 1.0], flip=True)
    options = {'data.test.pipeline': step, 'model.test_cfg.layers': dict(validline=[1.0])}
    with _exact():
        return _same(bench.scores('cpu', **options), bench.scores(bench.device, **options))


def channels_last(bench: Bench) -> str:
    """Channels as the last axis in memory."""
    with _exact():
        return _same(bench.scores(bench.device),
                     bench.scores(bench.device, **{'channels_last': True}))


def half_scores(bench: Bench) -> str:
    """Scores in float16 and bfloat16 against float32.

    Raises:
        RuntimeError: They differ by more than 0.5.
    """
    exact = bench.scores(bench.device)
    found = {name: _largest(exact, bench.scores(bench.device, fp16=dict(dtype=name)))
             for name in ('float16', 'bfloat16')}
    if max(found.values()) > 0.5:
        raise RuntimeError(f'scores differ by {max(found.values()):.2g} from float32')
    return ', '.join(f'{name} differs by at most {value:.1e}' for name, value in found.items())


def _steps(bench: Bench, fp16: dict | None, last: bool = False) -> tuple[float, float, float]:
    """Seconds of a training step, and the first and last loss."""
    cfg = copy.deepcopy(bench.cfg)
    model = init_segmentor(cfg, bench.checkpoint, bench.device).train()
    model.autocast_dtype = autocast_dtype(dict(fp16=fp16), bench.device)
    if last:
        model.to(memory_format=torch.channels_last)
    scaler = torch.amp.GradScaler(bench.device.type,
                                  enabled=model.autocast_dtype is torch.float16)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    loader = train_loader(build_dataset(cfg.data.train), cfg, False)
    batch = next(iter(loader))
    image, label = (batch[key].data[0].to(bench.device) for key in ('img', 'gt_semantic_seg'))
    losses: list[float] = []
    start = time.perf_counter()
    for step in range(bench.steps + 2):
        seed_for(0, step)
        loss = model.train_step(dict(img=image, img_metas=batch['img_metas'].data[0],
                                     gt_semantic_seg=label), optimizer)['loss']
        optimizer.zero_grad()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        losses.append(float(loss))  # waits for the device
        if step == 1:
            start = time.perf_counter()
    seconds = (time.perf_counter() - start) / bench.steps
    if not np.isfinite(losses).all() or losses[-1] >= losses[0]:
        raise RuntimeError(f'the loss went from {losses[0]:.3g} to {losses[-1]:.3g}')
    return seconds, losses[0], losses[-1]


def training(bench: Bench) -> str:
    """Training steps in each precision, and their speed against float32."""
    base, first, final = _steps(bench, None)
    parts = [f'float32 {base:.3f} s a step, loss {first:.2f} to {final:.2f}']
    brain = dict(dtype='bfloat16')
    for name, fp16, last in (('float16', dict(), False), ('bfloat16', brain, False),
                             ('bfloat16 channels_last', brain, True)):
        seconds, _, final = _steps(bench, fp16, last)
        parts.append(f'{name} {base / seconds:.2f} times as fast, loss to {final:.2f}')
    return '; '.join(parts)


def traced(bench: Bench) -> str:
    """A file that was traced on a CPU."""
    model = init_segmentor(bench.cfg, bench.checkpoint, 'cpu')
    path, graph = bench.folder / 'traced.pt', Graph()
    save_traced(trace_segmentor(model, torch.randn(1, 3, 96, 128), graph), path,
                describe_trace(model, bench.cfg, graph))
    return _exported(bench, path)


def onnx(bench: Bench) -> str:
    """ONNX Runtime."""
    model = init_segmentor(bench.cfg, bench.checkpoint, 'cpu')
    path, graph = bench.folder / 'network.onnx', Graph()
    try:
        proto = export_onnx(model, torch.randn(1, 3, 96, 128), graph)
        save_onnx(proto, path, describe_trace(model, bench.cfg, graph))
        return _exported(bench, path)
    except InputError as error:
        raise Skipped(str(error)) from error


def _exported(bench: Bench, path: Path) -> str:
    pages = bench.pages()
    with _exact():
        one, two = ([page.seg for page in ExportedPredictor(path, str(device)).predict(pages)]
                    for device in ('cpu', bench.device))
        return _same(one, two)


def random_numbers(bench: Bench) -> str:
    """Random numbers of a resumed run on the device.

    Raises:
        RuntimeError: An iteration does not draw the same numbers again.
    """
    drawn: list[Tensor] = []
    for step in (3, 4, 3):
        seed_for(7, step)
        drawn.append(torch.rand(4, device=bench.device))
    if not torch.equal(drawn[0], drawn[2]) or torch.equal(drawn[0], drawn[1]):
        raise RuntimeError('an iteration does not draw the same again')
    return 'an iteration draws the same again'


def page_locked(bench: Bench) -> str:
    """Batches in page-locked memory.

    Raises:
        RuntimeError: A batch is not page-locked.
    """
    if bench.device.type != 'cuda':
        raise Skipped('there is nothing to fetch them')
    batch = next(iter(train_loader(build_dataset(bench.cfg.data.train), bench.cfg, False)))
    if not batch['img'].data[0].is_pinned():
        raise RuntimeError('the batch is not page-locked')
    return 'they are'


def two_processes(bench: Bench) -> str:
    """Training with SyncBN and the test in two processes: the test as in one.

    Raises:
        RuntimeError: The two tests report different scores.
    """
    if bench.device.type == 'cuda' and torch.cuda.device_count() < 2:
        raise Skipped('this machine has one GPU; two processes by nccl need two')
    config = bench.folder / 'two.py'
    bench.cfg.dump(str(config))
    device = f'device={bench.device.type}'
    _tool(bench, 'train.py', 2, config, '--work-dir', bench.folder / 'two', '--seed', '0',
          '--no-validate', '--cfg-options', device, 'runner.max_iters=2',
          'checkpoint_config.interval=2', 'model.backbone.norm_cfg.type=SyncBN')
    reports = []
    for count in (2, 1):
        folder = bench.folder / f'test_{count}'
        _tool(bench, 'test.py', count, config, bench.folder / 'two' / 'iter_2.pth', '--eval',
              'mIoU', '--work-dir', folder, '--cfg-options', device)
        report = json.loads(next(folder.glob('eval_*.json')).read_text())
        reports.append({key: value for key, value in report.items()
                        if key not in ('config', 'checkpoint')})
    if reports[0] != reports[1]:
        raise RuntimeError(f'two processes report {reports[0]}, one {reports[1]}')
    return f"trained, and {reports[0]['pages']} pages score the same in two processes and in one"


def _tool(bench: Bench, name: str, processes: int, *args: Any) -> None:
    launcher = ['-m', 'torch.distributed.run', '--standalone', f'--nproc_per_node={processes}']
    command = [sys.executable, *(launcher if processes > 1 else []), str(bench.tools / name),
               *map(str, args), *(['--launcher', 'pytorch'] if processes > 1 else [])]
    path = os.pathsep.join([str(bench.tools.parent), os.environ.get('PYTHONPATH', '')])
    done = subprocess.run(command, capture_output=True, text=True, timeout=600,
                          env={**os.environ, 'PYTHONPATH': path})
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith('error:')]
        lines = lines or done.stderr.strip().splitlines()[-1:]
        raise RuntimeError(f'{name} ended with {done.returncode}: {" ".join(lines)}')


CHECKS: dict[str, Check] = {
    'whole pages': whole, 'sliding windows': windows, 'layered scales': layered,
    'channels_last': channels_last, 'scores in 16 bits': half_scores, 'training steps': training,
    'random numbers': random_numbers, 'page-locked batches': page_locked, 'traced file': traced,
    'ONNX Runtime': onnx, 'two processes': two_processes,
}


def run_checks(bench: Bench, only: Sequence[str] = (),
               log: Callable[[str], Any] = print) -> dict[str, tuple[str, str]]:
    """Return for each check ``passed``, ``failed`` or ``skipped``, and what was found.

    Args:
        bench: What they work with.
        only: Names of those to run; all where empty.
        log: Told of each when it is done.
    """
    found: dict[str, tuple[str, str]] = {}
    for name, check in CHECKS.items():
        if only and name not in only:
            continue
        guard = torch.cuda.device(bench.device) if bench.device.type == 'cuda' else nullcontext()
        try:
            with guard:
                found[name] = 'passed', check(bench)
        except Skipped as reason:
            found[name] = 'skipped', str(reason)
        except Exception as error:  # whatever it is, the others are tried too
            text = (str(error).strip() or type(error).__name__).splitlines()[0]
            found[name] = 'failed', f'{type(error).__name__}: {text}'
        log(f'{name}: {found[name][0]}')
    return found


def environment(device: torch.device) -> str:
    """One line on the machine."""
    parts = [f'torch {torch.__version__}', f'mmcv {mmcv.__version__}',
             f'Python {sys.version.split()[0]}']
    if device.type == 'cuda':
        parts += [f'CUDA {torch.version.cuda}', f'cuDNN {torch.backends.cudnn.version()}']
        parts += [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return ', '.join(parts)


def table(found: dict[str, tuple[str, str]]) -> str:
    """The results as a table."""
    shown = PrettyTable(['check', 'result', 'found'], align='l')
    shown.max_width['found'] = 72
    shown.add_rows([[name, *result] for name, result in found.items()])
    return shown.get_string()
