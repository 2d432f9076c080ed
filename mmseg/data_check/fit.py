"""Where a config's network, transforms and data sets disagree on the classes."""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import mmcv

from mmseg.core.evaluation.report import select_classes
from mmseg.inference.fusion import resolve_layers
from mmseg.inference.refinement import refinements
from mmseg.utils.errors import InputError, plural
from mmseg.utils.seeds import seeded

from .findings import Finding
from .splits import Source, classes_of_network

# of this package, which take one factor for each class
_WEIGHTED = ('CrossEntropyLoss', 'DiceLoss', 'FocalLoss', 'LovaszLoss', 'TverskyLoss')


def class_findings(cfg: mmcv.Config, source: Source) -> list[Finding]:
    """Where the network and a data set have other classes."""
    found = []
    network, data = classes_of_network(cfg), source.dataset.CLASSES
    # one output for two classes is 0.x's way of saying foreground or not
    if network is not None and data is not None and network not in (1, len(data)):
        found.append(Finding(
            'classes' if network < len(data) else 'spare_classes', source.name, '',
            f'model.decode_head.num_classes is {network}, but '
            f'data.{source.splits[0]} has {len(data)} classes ({", ".join(data)}); make them the '
            'same, in the auxiliary heads too'))
    head: Mapping[str, Any] | None = (cfg.get('model') or {}).get('cls_head')
    if head is None or 'train' not in source.splits:
        return found
    if not source.has_page_classes:
        found.append(Finding(
            'page_label', source.name, '', f'model.cls_head needs the page labels of data.train, '
            f'but its {type(source.dataset).__name__} has none; add cls_label.json, or set '
            'model.cls_head=None'))
    elif head.get('num_classes', 2) != len(source.dataset.PAGE_CLASSES):
        found.append(Finding(
            'classes', source.name, '', f"model.cls_head.num_classes is {head['num_classes']}, "
            f'but data.train has {len(source.dataset.PAGE_CLASSES)} page classes '
            f'({", ".join(source.dataset.PAGE_CLASSES)})'))
    return found


def weight_findings(cfg: mmcv.Config) -> list[Finding]:
    """Losses of the heads whose ``class_weight`` has another length than there are classes."""
    found = []
    model = cfg.get('model') or {}
    for key in ('decode_head', 'auxiliary_head'):
        for name, head in _each(model.get(key), f'model.{key}'):
            count = head.get('num_classes')
            for place, loss in _each(head.get('loss_decode'), f'{name}.loss_decode'):
                weights = loss.get('class_weight')
                if (loss.get('type') in _WEIGHTED and isinstance(weights, (list, tuple))
                        and count not in (None, len(weights))):
                    found.append(Finding(
                        'class_weight', 'train', '', f'{place}.class_weight has '
                        f'{plural(len(weights), "value")}, but {name}.num_classes is {count}; give '
                        'one value for each class, or None'))
    return found


def evaluation_findings(cfg: mmcv.Config, sources: Sequence[Source]) -> list[Finding]:
    """Classes that ``test_cfg`` or ``evaluation`` name and the data do not have.

    The training would end at its first evaluation.
    """
    test_cfg = (cfg.get('model') or {}).get('test_cfg') or cfg.get('test_cfg')
    test_cfg = test_cfg if isinstance(test_cfg, Mapping) else {}
    selected = (cfg.get('evaluation') or {}).get('selected')
    found: dict[str, Finding] = {}
    for source in sources:
        names = source.dataset.CLASSES
        if names is None:
            continue
        number = classes_of_network(cfg) or len(names)
        try:
            resolve_layers(test_cfg.get('layers') or test_cfg.get('class_scales'), names, number)
            refinements(test_cfg, names, number)
            if selected is not None and source.splits != ['train']:
                select_classes(selected, names)
        except InputError as error:
            found.setdefault(str(error), Finding('tested', source.name, '', str(error)))
    return list(found.values())


def transform_findings(source: Source, try_one: bool) -> list[Finding]:
    """Transforms of a training that name other classes than its data set.

    Args:
        source: The data set.
        try_one: Also find out whether the transforms refuse its first page.
    """
    dataset, found = source.dataset, []
    classes = tuple(dataset.CLASSES or ())
    for transform in getattr(getattr(dataset, 'pipeline', None), 'transforms', ()):
        name = type(transform).__name__
        focus = getattr(transform, 'focus', None) or {}
        strange = [str(wanted) for wanted in focus.get('classes', ())
                   if isinstance(wanted, str) and wanted not in classes]
        if strange:
            found.append(Finding(
                'other_names', source.name, '', f'{name} has focus on {", ".join(strange)}, but '
                f'the classes of data.train are {", ".join(classes)}: windows are drawn without '
                'it'))
        names = getattr(transform, 'class_names', None)
        if names is not None and tuple(names) != classes:
            found.append(Finding(
                'other_names', source.name, '', f'{name} has class_names {", ".join(names)}, but '
                f'the classes of data.train are {", ".join(classes)}; give it these'))
    if try_one and len(source.pages):
        try:
            with seeded((0, )):
                dataset[0]
        except InputError as error:
            found.append(Finding('pipeline', source.name, '', str(error)))
    return found


def _each(part: Any, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """A config that may be a list of such, each with the key that it has."""
    if isinstance(part, Mapping):
        yield name, part
    elif isinstance(part, Sequence):
        yield from ((f'{name}[{number}]', one) for number, one in enumerate(part)
                    if isinstance(one, Mapping))
