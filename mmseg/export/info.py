"""Metadata of an exported file, as JSON next to it and inside it."""
from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import mmcv
import torch

from ..core.evaluation.report import write_json
from ..core.visualization import distinct_palette
from ..datasets.label_erosion import erosion_of
from ..inference.predictor import pixel_classes
from ..inference.refinement import REFINEMENTS
from ..utils.errors import InputError
from ..utils.safe_files import parse_json, read_json
from .graph import Graph, Normalization
from .info_check import check_values

# Test transforms that change nothing, or that `preprocessing` puts into words.
_KNOWN_TRANSFORMS = {'LoadImageFromFile', 'KeepPage', 'MultiScaleFlipAug', 'Resize', 'RandomFlip',
                     'Normalize', 'ImageToTensor', 'DefaultFormatBundle', 'Collect'}
_FORMAT = 'mmseg export 1'


@dataclass(frozen=True)
class Preprocessing:
    """Preprocessing of a page.

    Attributes:
        scale: (width, height) in pixels to which it is resized; None leaves it.
        keep_ratio: Whether it is fitted into the scale, either way round.
        normalization: Of its values; done inside the file where the graph has one too.
        pad: Of a classifier, (height, width) to which a page is filled up on the right and at the
            bottom, with 0 where it is normalised; None leaves it.
    """
    scale: tuple[int, int] | None
    keep_ratio: bool
    normalization: Normalization
    pad: tuple[int, int] | None = None


@dataclass(frozen=True)
class ExportMetadata:
    """The metadata in and next to an exported file.

    Attributes:
        classes: Names of the pixel classes; empty of a classifier.
        palette: RGB of each.
        page_types: Names of the page classes; empty without a cls head.
        graph: What is computed inside.
        preprocessing: What has to be done before; None where the test pipeline has steps that have
            no short form.
        threshold: Of a network with a single channel: the score from which on a pixel is
            foreground.
        align_corners: How the network's answers are resized.
        window: ``crop_size`` and ``stride`` (height, width) of a model that is tested in sliding
            windows; None where it sees a page at once.
        page_size: (height, width) of the input where it is fixed; None takes any.
        pages: Number of pages at once where it is fixed; None takes any.
        erosion: Where labels were shrunk for the training: ``methods``, class name → (method,
            number) of ``LabelErosion``, and ``scale`` (width, height), the size that pages had
            there, where they had not their own.
        lines: Of a network with a line head, how lines are found in its scores: the values of
            :class:`~mmseg.core.text_lines.LineOptions`; None without such a head.
        refinements: How labels follow the page afterwards, by the keys of ``test_cfg`` that
            :mod:`mmseg.inference.refinement` names; None where they do not.
        multi_label: Of a classifier, whether a page may be of several types, so that the scores
            are of a sigmoid; None where it may not.
    """
    classes: tuple[str, ...] = ()
    palette: tuple[tuple[int, int, int], ...] = ()
    page_types: tuple[str, ...] = ()
    graph: Graph = Graph()
    preprocessing: Preprocessing | None = None
    threshold: float | None = None
    align_corners: bool = False
    window: dict[str, tuple[int, int]] | None = None
    page_size: tuple[int, int] | None = None
    pages: int | None = None
    erosion: dict[str, Any] | None = None
    lines: dict[str, Any] | None = None
    refinements: dict[str, Any] | None = None
    multi_label: bool | None = None

    @property
    def output_names(self) -> list[str]:
        """Names of what the file gives."""
        return self.graph.output_names(bool(self.page_types), self.lines is not None,
                                       not self.of_classifier)

    @property
    def of_classifier(self) -> bool:
        """Whether the network tells page types alone."""
        return bool(self.page_types) and not self.classes

    def summary(self, path: str | os.PathLike) -> str:
        """Return a line that says what the file takes and gives."""
        size = 'any size' if self.page_size is None else 'x'.join(map(str, self.page_size))
        count = 'N' if self.pages is None else self.pages
        kind = 'normalised float32' if self.graph.normalization is None else 'uint8 in BGR'
        return (f'{path}: takes pages ({count}, 3, H, W) of {size}, {kind}; gives '
                f'{" and ".join(self.output_names)}; {sidecar(path).name} says the rest')

    def to_json(self) -> dict[str, Any]:
        """Return plain values, with names of inputs and outputs for readers of other languages.

        What is None is left out.
        """
        values = {key: value for key, value in asdict(self).items() if value is not None}
        for part in ('graph', 'preprocessing'):
            if part in values:
                values[part] = {k: v for k, v in values[part].items() if v is not None}
        raw = self.graph.normalization is not None
        entry = {'name': 'input', 'layout': 'NCHW', 'dtype': 'uint8' if raw else 'float32',
                 'range': 'BGR, 0 to 255' if raw else 'normalised'}
        return json.loads(json.dumps({'format': _FORMAT, 'input': entry,
                                      'outputs': self.output_names, **values}))

    @classmethod
    def from_json(cls, values: Any, source: str) -> ExportMetadata:
        """Return the metadata that :meth:`to_json` wrote.

        Args:
            values: The parsed text.
            source: The file, for errors.

        Raises:
            InputError: It is of something else.
        """
        if not isinstance(values, Mapping) or values.get('format') != _FORMAT:
            raise InputError(f'{source} does not describe an exported network: its key format '
                             f'should be {_FORMAT!r}')
        check_values(values, source)
        try:
            known = {key: _tuples(value) for key, value in values.items()
                     if key not in ('format', 'input', 'outputs')}
            graph, prepare = dict(known.pop('graph', {})), known.pop('preprocessing', None)
            for part in filter(None, (graph, prepare)):
                if part.get('normalization') is not None:
                    part['normalization'] = Normalization(**part['normalization'])
            if prepare is not None:
                prepare = Preprocessing(**{'scale': None, **prepare})
            return cls(graph=Graph(**graph), preprocessing=prepare, **known)
        except TypeError as error:
            raise InputError(f'{source} does not fit this version ({error}); export the network '
                             'again') from error


def _tuples(value: Any) -> Any:
    """``value`` with tuples for lists, at any depth."""
    if isinstance(value, Mapping):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, (list, tuple)) else value


def sidecar(path: str | os.PathLike) -> Path:
    """Return the name of the JSON for an exported file: ``model.pt`` has ``model.json``."""
    return Path(path).with_suffix('.json')


def write_sidecar(info: ExportMetadata, path: str | os.PathLike) -> None:
    """Write ``info`` as JSON next to the exported file ``path``, atomically."""
    write_json({'file': Path(path).name, **info.to_json()}, sidecar(path))


def read_info(path: str | os.PathLike, inside: str | None) -> ExportMetadata:
    """Return the info of an exported file: of the JSON next to it, else of the one inside.

    A JSON that names another file counts for that one: ``model.pt`` and ``model.onnx`` share one.

    Args:
        path: The exported file.
        inside: The text in the file itself; empty if there is none.

    Raises:
        InputError: There is neither, or what is there does not describe an exported network.
    """
    file = sidecar(path)
    if file.is_file():
        try:
            values = read_json(file)
        except InputError as error:
            raise InputError(f'{error}; export the network again') from error
        if isinstance(values, dict) and values.pop('file', Path(path).name) == Path(path).name:
            return ExportMetadata.from_json(values, str(file))
    if not inside:
        raise InputError(f'{path} has no information on its classes and inputs: {file} is '
                         'missing, and the file itself has none; write it with '
                         'tools/pytorch2torchscript.py or tools/pytorch2onnx.py')
    return ExportMetadata.from_json(parse_json(inside, path), str(path))


def describe_trace(model: torch.nn.Module, config: mmcv.Config | None = None,
                   graph: Graph | None = None) -> ExportMetadata:
    """Return the info of an export of ``model``, which takes pages of any size and number.

    Args:
        model: The segmentor; names come from its ``CLASSES``, ``PALETTE`` and ``PAGE_CLASSES``.
        config: Whose pipelines say how a page is prepared and how labels were shrunk; None leaves
            both out.
        graph: What is computed in addition to the model.
    """
    cls_head = getattr(model, 'cls_head', None)
    classes = pixel_classes(model)
    palette = (getattr(model, 'PALETTE', None) or distinct_palette(len(classes)))[:len(classes)]
    page_types: tuple[str, ...] = ()
    if cls_head is not None:
        numbers = map(str, range(getattr(cls_head, 'num_classes', 0)))
        page_types = tuple(getattr(model, 'PAGE_CLASSES', None) or numbers)
    line_head = getattr(model, 'line_head', None)
    test = getattr(model, 'test_cfg', None) or {}
    threshold = getattr(model, 'threshold', None)
    data = {} if config is None else config.get('data', {})
    erosion = None if config is None else erosion_of(config)
    return ExportMetadata(
        classes=classes, palette=tuple((int(r), int(g), int(b)) for r, g, b in palette),
        page_types=page_types, graph=graph or Graph(),
        preprocessing=preprocessing(_pipeline(data), bool(page_types) and not classes),
        threshold=None if threshold is None else float(threshold),
        align_corners=bool(model.align_corners),
        multi_label=True if getattr(model, 'multi_label', False) else None,
        window={key: tuple(test[key]) for key in ('crop_size', 'stride')}
        if test.get('mode') == 'slide' else None,
        lines=None if line_head is None else asdict(line_head.postprocessor.options),
        refinements={key: dict(test[key]) for key in REFINEMENTS if test.get(key)} or None,
        erosion=None if erosion is None else {
            'methods': {classes[label]: way for label, way in erosion.methods.items()},
            **({} if erosion.scale is None else {'scale': erosion.scale})})


def _pipeline(data: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The test pipeline of a config's ``data``."""
    test = data.get('test', {})
    return (test[0] if isinstance(test, (list, tuple)) else test).get('pipeline', ())


def normalization(config: mmcv.Config) -> Normalization:
    """Return how the test pipeline of ``config`` normalises.

    Raises:
        InputError: It does not.
    """
    for step in _steps(_pipeline(config.data)):
        if step.get('type') == 'Normalize':
            return _normalization(step)
    raise InputError('the test pipeline has no Normalize, so a file cannot do it (--normalize)')


def _normalization(step: Mapping[str, Any]) -> Normalization:
    mean, std = (tuple(map(float, step[key])) for key in ('mean', 'std'))
    return Normalization(mean, std, bool(step.get('to_rgb', True)))


def _steps(pipeline: Any) -> Iterator[Mapping[str, Any]]:
    """The transforms of a pipeline, those inside others too."""
    for step in pipeline or ():
        yield step
        yield from _steps(step.get('transforms'))


def preprocessing(pipeline: Sequence[Mapping[str, Any]],
                  of_classifier: bool = False) -> Preprocessing | None:
    """Return the preprocessing of a test pipeline, None if it has further steps.

    Args:
        pipeline: The config's test pipeline.
        of_classifier: Whether pages may be filled up: the scores of a page type have no size that
            would have to be cut back.
    """
    steps, pad = list(_steps(pipeline)), None
    if of_classifier:
        steps, pad = _without_pad(steps)
    by_type = {step['type']: step for step in steps}
    scale = by_type.get('MultiScaleFlipAug', {}).get('img_scale')
    if isinstance(scale, list) and len(scale) == 1:
        scale = scale[0]
    resize = by_type.get('Resize')
    if not by_type.keys() <= _KNOWN_TRANSFORMS or 'Normalize' not in by_type or \
            isinstance(scale, list) or (resize or {}).get('img_scale') is not None:
        return None
    if resize is None or scale is None:
        scale = None
    keep_ratio = True if resize is None else bool(resize.get('keep_ratio', True))
    return Preprocessing(None if scale is None else (int(scale[0]), int(scale[1])), keep_ratio,
                         _normalization(by_type['Normalize']), pad)


def _without_pad(steps: list[Mapping[str, Any]]
                 ) -> tuple[list[Mapping[str, Any]], tuple[int, int] | None]:
    """Transforms without the one that fills normalised pages up with 0, and its (height, width)."""
    kinds = [step['type'] for step in steps]
    if kinds.count('Pad') != 1 or 'Normalize' not in kinds[:kinds.index('Pad')]:
        return steps, None
    step = steps[kinds.index('Pad')]
    if step.get('size') is None or step.get('pad_val', 0) != 0:
        return steps, None
    return [one for one in steps if one is not step], (int(step['size'][0]), int(step['size'][1]))


def with_input(info: ExportMetadata, page_size: Sequence[int] | None = None,
               pages: int | None = None) -> ExportMetadata:
    """Return ``info`` of a file whose input is fixed."""
    return replace(info, pages=pages,
                   page_size=None if page_size is None else (page_size[0], page_size[1]))
