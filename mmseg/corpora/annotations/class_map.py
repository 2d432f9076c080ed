"""Class maps: files that map the labels of a corpus to classes, read and checked."""
from __future__ import annotations

import hashlib
import json
import re
import reprlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmseg.utils.errors import InputError, nearest
from mmseg.utils.safe_files import read_yaml

IGNORE = 'ignore'
VOID = 255
CLASSES = ('background', 'figure', 'text', 'table', 'validline')
PAGE_CLASSES = ('document', 'slide')
MAPS = Path(__file__).parent / 'maps'

_KEYS = ('classes', 'labels', 'regions', 'order', 'line_width', 'page_classes', 'page_type',
         'values')


@dataclass(frozen=True)
class ClassMap:
    """The labels of one corpus in terms of our classes.

    Attributes:
        source: The file it came from.
        classes: Our classes; the first is the background.
        labels: Those of them that the corpus labels.
        regions: Label of the corpus, as :func:`plain` writes it → class or 'ignore'.
        order: Classes and 'ignore' as they are painted, later ones over earlier ones.
        line_width: Thickness of a line that is drawn without one, in pixels.
        page_classes: Our page types.
        page_type: The type of all pages; None where it is not known.
        page_types: A key of the annotations and what its values mean, ``(key, {value: type})``.
        values: For pixel masks: value, colour ``#rrggbb`` or folder → label of the corpus.
    """

    source: str
    classes: tuple[str, ...]
    labels: tuple[str, ...]
    regions: Mapping[str, str]
    order: tuple[str, ...]
    line_width: float
    page_classes: tuple[str, ...]
    page_type: str | None
    page_types: tuple[str, Mapping[str, str | None]] | None
    values: Mapping[str, str]

    @property
    def rest(self) -> int:
        """The value of pixels in no region: background where that is labelled, else 255."""
        return 0 if self.classes[0] in self.labels else VOID

    def find(self, label: str) -> str | None:
        """The class of a label of the corpus, 'ignore', or None where the map does not know it.

        ``text:heading``, a label with its kind, is looked up as such, then as ``text``.
        """
        name = plain(label)
        return self.regions.get(name) or self.regions.get(name.partition(':')[0].strip())

    def value_of(self, target: str) -> int:
        """The value in a label map of a class or of 'ignore'."""
        return VOID if target == IGNORE else self.classes.index(target)

    def type_of(self, annotation: Mapping[str, Any]) -> str | None:
        """The type of a page from its fields in the annotations; None if they do not have it."""
        if self.page_types is not None:
            key, types = self.page_types
            if key in annotation:
                return types.get(str(annotation[key]), self.page_type)
        return self.page_type

    def digest(self) -> str:
        """A short word that differs where pages would be labelled differently."""
        content = [self.classes, self.labels, sorted(self.regions.items()), self.order,
                   self.line_width, sorted(self.values.items())]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def plain(label: str) -> str:
    """``label`` in small letters with blanks for ``_`` and ``-``, as releases of a corpus vary."""
    return re.sub(r'[\s_-]+', ' ', str(label)).strip().casefold()


def map_names() -> list[str]:
    """The corpora for which a class map is there."""
    return sorted(path.stem for path in MAPS.glob('*.yaml'))


def load_class_map(name: str) -> ClassMap:
    """The class map of a corpus, or from a YAML or JSON file.

    Args:
        name: One of :func:`map_names`, a YAML or JSON file, or a text file with a name a line, such
            as labelme's ``labels.txt``: its names become the classes.

    Raises:
        InputError: There is no such map, or it is not as ``maps/README.md`` says.
    """
    known = MAPS / f'{name}.yaml'
    path = known if known.is_file() else Path(name)
    if not path.is_file():
        raise InputError(f"there is no class map '{name}'{nearest(name, map_names())}; expected "
                         f"one of {', '.join(map_names())}, or a YAML or JSON file")
    if path.suffix == '.txt':
        return _of_names(path)
    try:
        content = read_yaml(path)
    except InputError as error:
        raise InputError(f'the class map {error}') from error
    if not isinstance(content, dict) or not isinstance(content.get('regions'), dict):
        raise InputError(f"the class map {path} needs the key 'regions', which says for each label "
                         "of the corpus which class it is, or 'ignore'")
    return _checked(content, str(path))


def _of_names(path: Path) -> ClassMap:
    """A map of the names in a text file to themselves, after the background."""
    try:
        lines = [line.strip() for line in path.read_text(encoding='utf-8-sig').splitlines()]
    except UnicodeDecodeError as error:
        raise InputError(f'{path} is not a text file: {error}') from error
    special = ('', '__ignore__', '_background_', CLASSES[0])
    names = [line for line in lines if line not in special]
    if not names or len(set(names)) < len(names):
        raise InputError(f'{path} must name each class once, a name a line; got '
                         f"{', '.join(names) or 'no name'}")
    return _checked(dict(classes=[CLASSES[0], *names],
                         regions={'__ignore__': IGNORE, '_background_': CLASSES[0],
                                  **{name: name for name in names}}), str(path))


def _checked(content: dict[str, Any], source: str) -> ClassMap:
    _known(content, _KEYS, f'the class map {source} has the key')
    classes = _names(content, 'classes', CLASSES, source)
    labels = _names(content, 'labels', classes, source)
    order = _names(content, 'order', (IGNORE, *classes[1:]), source)
    page_classes = _names(content, 'page_classes', PAGE_CLASSES, source)
    regions = {plain(label): str(target) for label, target in content['regions'].items()}
    _known(labels, classes, f'labels of {source} names the class')
    _known(order, (IGNORE, *classes), f'order of {source} names the class')
    _known(regions.values(), (IGNORE, *classes), f'regions of {source} names the class')
    for label, target in regions.items():
        if target not in (IGNORE, classes[0], *labels):
            raise InputError(f"the class map {source} makes '{label}' a {target}, which is not "
                             f"under labels ({', '.join(labels)}); add it there, or write ignore")
    lost = sorted({*regions.values()} - {classes[0], *order})
    if lost:
        raise InputError(f"order of {source} lacks {', '.join(lost)}; it says which class is "
                         'painted over which')
    width = content.get('line_width', 3)
    if not isinstance(width, (int, float)) or isinstance(width, bool) \
            or not 1 <= width <= 1000:
        raise InputError(f'line_width of {source} must be at least 1 pixel and at most 1000, got '
                         f'{reprlib.repr(width)}')
    constant, by_key = _page_type(content.get('page_type'), page_classes, source)
    values = {str(value): str(label) for value, label in _mapping(
        content.get('values'), f'values of {source}').items()}
    # the background lies below everything, in no one's way
    order = order if classes[0] in order else (classes[0], *order)
    return ClassMap(source, classes, labels, regions, order, float(width), page_classes, constant,
                    by_key, values)


def _mapping(value: Any, what: str) -> Mapping[Any, Any]:
    """``value``, a mapping or nothing."""
    if not isinstance(value, (dict, type(None))):
        raise InputError(f'{what} must map one to the other, got {reprlib.repr(value)}')
    return value or {}


def _names(content: Mapping[str, Any], key: str, default: Iterable[str],
           source: str) -> tuple[str, ...]:
    names = content.get(key)
    if names is None:
        return tuple(default)
    if not isinstance(names, list) or not names or len({*map(str, names)}) < len(names):
        raise InputError(f'{key} of the class map {source} must be a list of different names, got '
                         f'{names!r}')
    return tuple(str(name) for name in names)


def _known(names: Iterable[str], choices: Iterable[str], what: str) -> None:
    choices = tuple(choices)
    for name in names:
        if name not in choices:
            raise InputError(f"{what} '{name}'{nearest(name, choices)}; expected some of "
                             f"{', '.join(choices)}")


def _page_type(value: Any, page_classes: tuple[str, ...], source: str) -> tuple[
        str | None, tuple[str, Mapping[str, str | None]] | None]:
    """The type of all pages, and the types by a key of the annotations."""
    if value is None or isinstance(value, str):
        constants: list[Any] = [value]
        by_key = None
    elif isinstance(value, dict) and isinstance(value.get('key'), str):
        types = {str(k): v for k, v in _mapping(
            value.get('types'), f'types of page_type of {source}').items()}
        constants = [value.get('else'), *types.values()]
        by_key = (value['key'], types)
    else:
        raise InputError(f'page_type of the class map {source} must be a page type or key, types '
                         f'and else, got {value!r}')
    _known([name for name in constants if name is not None], page_classes,
           f'page_type of {source} names')
    return constants[0], by_key
