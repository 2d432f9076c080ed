"""Prediction with an exported file of any kind."""
from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ..inference import PageLogits
from ..utils.errors import InputError, MissingFileError
from ..utils.safe_files import in_words, reading
from .files import INSIDE, load_traced
from .info import ExportMetadata, read_info
from .onnx import onnx_session, run_session
from .openvino import openvino_runner
from .tensorrt import engine_runner

BACKENDS = ('torchscript', 'onnxruntime', 'openvino', 'tensorrt')
Run = Callable[[Tensor], Sequence[Tensor]]


class ExportedNetwork:
    """Gives logits of pages, whatever the output of the file is.

    Where a file gives scores, their logarithm takes the place of logits: it differs from them by a
    number that is the same for all classes of a pixel, and no softmax sees that, neither before nor
    after the answer is resized. So a page gets the scores that the model itself gives.

    Args:
        path: A TorchScript file, an ONNX file or a TensorRT engine.
        device: ``'cpu'`` or ``'cuda'``.
        backend: One of ``BACKENDS``; by default as the file is, for ONNX ``'onnxruntime'``.

    Raises:
        InputError: A file of another kind, or one that nothing describes.
    """

    def __init__(self, path: str | os.PathLike, device: str = 'cpu',
                 backend: str | None = None) -> None:
        if not Path(path).is_file():
            raise MissingFileError(f'exported network {path} not found')
        self.path, self.device = str(path), torch.device(device)
        self.run, self.info = _open(str(path), device, backend or _backend_of(Path(path)))

    @torch.no_grad()
    def logits(self, img: Tensor) -> PageLogits:
        """Return logits of pages (N, 3, H, W), prepared as the file wants them.

        Raises:
            InputError: A page larger than a file of fixed size takes, or the file gives something
                else for it than its description says.
        """
        height, width = img.shape[2:]
        fixed = self.info.page_size
        if fixed is not None:
            if height > fixed[0] or width > fixed[1]:
                raise InputError(f'this file takes pages of {fixed[0]}x{fixed[1]}, got {height}x'
                                 f'{width}; export it with any size')
            img = F.pad(img, (0, fixed[1] - width, 0, fixed[0] - height), value=self.blank)
        parts = [self._of(chunk) for chunk in img.split(self.info.pages or len(img))]
        seg = torch.cat([part.seg for part in parts])
        if fixed is not None:  # the answer may have a size of its own
            rows, columns = (round(side * whole / full) for side, whole, full
                             in zip((height, width), seg.shape[2:], fixed))
            seg = seg[:, :, :rows, :columns]
        cls, lines = (torch.cat(found) if found else None for found in (
            [part.cls for part in parts if part.cls is not None],
            [part.lines for part in parts if part.lines is not None]))
        if lines is not None:
            lines = lines[:, :, :seg.shape[2], :seg.shape[3]]
        return PageLogits(seg, cls, lines)

    @property
    def blank(self) -> float:
        """The value around a page: the mean colour, nearly."""
        normalization = self.info.graph.normalization
        return 0. if normalization is None else round(sum(normalization.mean) / 3)

    def _of(self, img: Tensor) -> PageLogits:
        try:
            return self._logits_of(self.run(img.to(self.device)), img)
        except (InputError, MemoryError, torch.OutOfMemoryError):
            raise
        except Exception as error:  # each engine raises errors of its own
            raise InputError(f'{self.path} does not give what its description says for pages of '
                             f'{tuple(img.shape[2:])}: {in_words(error)}') from error

    def _logits_of(self, answers: Sequence[Tensor], img: Tensor) -> PageLogits:
        if self.info.of_classifier:
            return PageLogits(img[:, :0].float(), self._page_type(answers[0]))
        seg, *further = answers
        lines = further.pop() if further and self.info.lines is not None else None
        cls = further[0] if further else None
        if self.info.graph.output == 'logits':
            return PageLogits(seg, cls, lines)
        if self.info.graph.output == 'pred':
            classes = max(2, len(self.info.classes))
            seg = F.one_hot(seg.long(), classes).permute(0, 3, 1, 2).float()
        return PageLogits(_log(seg), None if cls is None else _log(cls),
                          None if lines is None else _log(lines))

    def _page_type(self, answer: Tensor) -> Tensor:
        """Logits (N, C) of what a classifier's file gives."""
        if self.info.graph.output == 'logits':
            return answer
        if self.info.graph.output == 'pred':
            answer = F.one_hot(answer.long(), len(self.info.page_types)).float()
        if self.info.multi_label:
            return answer.logit(eps=torch.finfo(answer.dtype).eps)
        return _log(answer)


def _log(scores: Tensor) -> Tensor:
    """Logits of scores (N, K, ...); of a single channel those of a sigmoid."""
    if scores.shape[1] == 1:
        return scores.logit(eps=torch.finfo(scores.dtype).eps)
    return scores.clamp(min=torch.finfo(scores.dtype).tiny).log()


def _backend_of(path: Path) -> str:
    """The backend of a file, by how it begins or is called."""
    with path.open('rb') as file:
        if file.read(2) == b'PK':  # a zip archive, as TorchScript is
            return 'torchscript'
    return 'tensorrt' if path.suffix in ('.trt', '.engine', '.plan') else 'onnxruntime'


def _open(path: str, device: str, backend: str) -> tuple[Run, ExportMetadata]:
    if backend not in BACKENDS:
        raise InputError(f"backend must be one of {', '.join(BACKENDS)}, got '{backend}'")
    if backend == 'torchscript':
        traced, info = load_traced(path, device)

        def run(img: Tensor) -> Sequence[Tensor]:
            answer: Any = traced(img)
            return [answer] if isinstance(answer, Tensor) else list(answer)

        return run, info
    if backend == 'tensorrt':
        return _one_at_a_time(engine_runner(path, device)), read_info(path, None)
    if backend == 'openvino':
        with reading(path, 'an ONNX file'):
            runner, inside = openvino_runner(path, device)
        return _one_at_a_time(runner), read_info(path, inside)
    session = onnx_session(path, device)
    with reading(path, 'an ONNX file'):  # its texts may be none
        inside = session.get_modelmeta().custom_metadata_map.get(INSIDE)
    return _on_threads(path, device, session), read_info(path, inside)


def _on_threads(path: str, device: str, session: Any) -> Run:
    """Run an ONNX file on as many threads as torch uses in the calling thread.

    A session has a fixed number, so that there is one for each number that was asked for.
    """
    sessions = {torch.get_num_threads(): session}

    def run(img: Tensor) -> Sequence[Tensor]:
        threads = torch.get_num_threads()
        if threads not in sessions:
            sessions[threads] = onnx_session(path, device)
        return run_session(sessions[threads], img)

    return run


def _one_at_a_time(run: Run) -> Run:
    """The same for several threads, where what is called keeps its outputs until the next call."""
    lock = threading.Lock()

    def locked(img: Tensor) -> Sequence[Tensor]:
        with lock:
            return run(img)

    return locked
