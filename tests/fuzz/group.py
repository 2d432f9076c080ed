"""What a group of inputs is, and the folder of pages that most of them lie in."""
from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..voc_folder import LABELS, write_voc


def as_is(content: Any) -> Any:
    """For samples that are bytes or texts."""
    return content


def as_json(value: Any) -> str:
    """A value as JSON; NaN and infinities as Python writes them."""
    return json.dumps(value, default=str)


@dataclass(frozen=True)
class Group:
    """Inputs of one kind.

    Attributes:
        file: Where an input is written, in the group's folder.
        samples: Gives good inputs: bytes, texts, or values for ``write``.
        read: Reads ``file`` in a folder as a command or function of the project would.
        write: Makes bytes or a text of a sample.
        prepare: Writes what else the folder needs.
    """

    file: str
    samples: Callable[[], Iterable[Any]]
    read: Callable[[Path], Any]
    write: Callable[[Any], Any] = as_is
    prepare: Callable[[Path], None] = lambda folder: None


PIPELINE = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')]
CLASSES = ('background', 'figure', 'text', 'table', 'validline')
PAGES = tuple(LABELS)


def voc_folder(folder: Path) -> None:
    """Three small pages in VOC layout."""
    write_voc(folder)


def read_all(dataset: Any) -> None:
    """Every page of a data set through its pipeline."""
    for index in range(min(len(dataset), 4)):
        dataset[index]
