"""The traced file: TorchScript, and beside the code what a reader has to know."""
from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from ..utils.errors import InputError
from .torchscript import Layers

# Test transforms that change nothing, or that `preparation` puts into words.
_KNOWN_TRANSFORMS = {'LoadImageFromFile', 'MultiScaleFlipAug', 'Resize', 'RandomFlip', 'Normalize',
                     'ImageToTensor', 'DefaultFormatBundle', 'Collect'}


@dataclass(frozen=True)
class TraceInfo:
    """What stands in a traced file beside the network.

    Attributes:
        classes: Names of the pixel classes.
        page_types: Names of the page classes; empty without a cls head.
        scales: Views that are baked in, as ratios to the page.
        flip: Whether their mirror images are baked in.
        layers: Class name or index → scales it listens to; None where the model's own count.
        preparation: How a page becomes the input: ``scale`` (width, height in pixels, 1 to keep
            the ratio), ``mean``, ``std`` and ``to_rgb``. Empty where the test pipeline has other
            steps too. ``threshold``, of a network with a single channel: the score from which on
            a pixel is foreground.
    """
    classes: tuple[str, ...] = ()
    page_types: tuple[str, ...] = ()
    scales: tuple[float, ...] = (1.0,)
    flip: bool = False
    layers: dict[str | int, tuple[float, ...]] | None = None
    preparation: dict[str, tuple[float, ...]] = field(default_factory=dict)

    def to_files(self) -> dict[str, str]:
        """Return the texts that go into the file, by name; plain lines, for readers in C++."""
        return {
            'classes': '\n'.join(self.classes),
            'page_types': '\n'.join(self.page_types),
            'preparation': '\n'.join(' '.join([key, *(repr(float(value)) for value in values)])
                                     for key, values in self.preparation.items()),
            'views': json.dumps({'scales': self.scales, 'flip': self.flip, 'layers': self.layers}),
        }

    @classmethod
    def from_files(cls, files: Mapping[str, str]) -> TraceInfo:
        """Return what :meth:`to_files` wrote; defaults for what is not there."""
        views = json.loads(files.get('views') or '{}')
        layers = views.get('layers')
        lines = [line.split() for line in files.get('preparation', '').splitlines()]
        return cls(
            classes=tuple(files.get('classes', '').splitlines()),
            page_types=tuple(files.get('page_types', '').splitlines()),
            scales=tuple(views.get('scales', (1.0,))),
            flip=views.get('flip', False),
            layers=None if layers is None else {k: tuple(v) for k, v in layers.items()},
            preparation={key: tuple(map(float, values)) for key, *values in lines})


def _floats(values: float | Sequence[float]) -> tuple[float, ...]:
    return tuple(map(float, values)) if isinstance(values, Sequence) else (float(values),)


def describe_trace(model: torch.nn.Module, pipeline: Sequence[Mapping[str, Any]] = (),
                   layers: Layers | None = None,
                   scales: Sequence[float] = (1.0,), flip: bool = False) -> TraceInfo:
    """Return the info of a trace of ``model`` with these views.

    Args:
        model: The segmentor; names come from its ``CLASSES`` and ``PAGE_CLASSES``.
        pipeline: The config's test pipeline.
        layers: As in :func:`~mmseg.export.trace_segmentor`; the next two likewise.
        scales: Sizes of the views.
        flip: Whether their mirror images are added.
    """
    page_types = getattr(model, 'PAGE_CLASSES', None) if getattr(model, 'cls_head', None) else None
    prepare = preparation(pipeline)
    threshold = getattr(getattr(model, 'decode_head', None), 'threshold', None)
    if threshold is not None:
        prepare['threshold'] = (float(threshold),)
    return TraceInfo(
        classes=tuple(getattr(model, 'CLASSES', None) or ()), page_types=tuple(page_types or ()),
        scales=_floats(scales), flip=flip,
        layers=None if layers is None else {str(k): _floats(v) for k, v in layers.items()},
        preparation=prepare)


def preparation(pipeline: Sequence[Mapping[str, Any]]) -> dict[str, tuple[float, ...]]:
    """Return ``scale``, ``mean``, ``std`` and ``to_rgb`` of a test pipeline, ``{}`` where unclear.

    Args:
        pipeline: The config's test pipeline.
    """
    steps = [dict(step) for step in pipeline]
    steps += [dict(inner) for step in steps for inner in step.get('transforms', ())]
    by_type = {step['type']: step for step in steps}
    scale = by_type.get('MultiScaleFlipAug', {}).get('img_scale')
    if isinstance(scale, list) and len(scale) == 1:
        scale = scale[0]
    if not by_type.keys() <= _KNOWN_TRANSFORMS or 'Normalize' not in by_type or \
            isinstance(scale, list) or by_type.get('Resize', {}).get('img_scale') is not None:
        return {}
    found: dict[str, tuple[float, ...]] = {}
    if scale is not None and 'Resize' in by_type:
        found['scale'] = (*_floats(scale), float(by_type['Resize'].get('keep_ratio', True)))
    normalize = by_type['Normalize']
    found.update(mean=_floats(normalize['mean']), std=_floats(normalize['std']),
                 to_rgb=_floats(normalize.get('to_rgb', True)))
    return found


def save_traced(traced: torch.jit.ScriptModule, path: str | os.PathLike, info: TraceInfo) -> None:
    """Write ``traced`` with ``info`` inside; ``path`` is the old file or the whole new one.

    Raises:
        InputError: The file cannot be written.
    """
    path = Path(path)
    part = path.with_name(f'.{path.name}.{os.getpid()}')
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.jit.save(traced, str(part), _extra_files=info.to_files())
        os.replace(part, path)
    except (OSError, RuntimeError) as error:
        part.unlink(missing_ok=True)
        raise InputError(f'cannot write {path} ({str(error).splitlines()[0]})') from error


def load_traced(path: str | os.PathLike,
                map_location: str = 'cpu') -> tuple[torch.jit.ScriptModule, TraceInfo]:
    """Return the network of a traced file and what the file says about it.

    Raises:
        InputError: No such file, or no TorchScript in it.
    """
    if not Path(path).is_file():
        raise InputError(f'traced model {path} not found')
    files: dict[str, Any] = dict.fromkeys(TraceInfo().to_files(), '')
    try:
        traced = torch.jit.load(str(path), map_location, _extra_files=files)
    except RuntimeError as error:
        raise InputError(f'{path} is no file of a traced network: '
                         f'{str(error).strip().splitlines()[0]}') from error
    return traced, TraceInfo.from_files({name: text.decode() for name, text in files.items()})
