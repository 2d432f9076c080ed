"""Packages and documents whose pages never enter training."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from mmseg.utils.errors import InputError

LISTS = Path(__file__).parent / 'lists'
_STEM = 28


def stem_of(file: str) -> str:
    """A document's name as lists of refusals have it: without ``.pdf``, blanks as ``_``, at most
    28 characters."""
    name = Path(file).name
    name = name[:-4] if name.lower().endswith('.pdf') else name
    return name.replace(' ', '_')[:_STEM]


@dataclass(frozen=True)
class Refusals:
    """Names that are refused.

    Attributes:
        packages: Names, or patterns that end in ``*``.
        documents: As :func:`stem_of` gives them.
    """

    packages: frozenset[str]
    documents: frozenset[str]

    def package(self, name: str) -> bool:
        """Whether a package is refused."""
        return any(fnmatchcase(name, pattern) for pattern in self.packages)

    def document(self, package: str, file: str) -> bool:
        """Whether a document is refused, by its package or by its own name."""
        return stem_of(file) in self.documents or self.package(package)


def read_refusals(paths: Iterable[Path]) -> Refusals:
    """Refusals of several lists together.

    A list has a line ``package NAME`` or ``document NAME`` each; lines that begin with ``#`` are
    remarks.

    Raises:
        InputError: A list is not there, or has a line of another kind.
    """
    names: dict[str, set[str]] = {'package': set(), 'document': set()}
    for path in paths:
        if not path.is_file():
            raise InputError(f'{path}: no such list of refused packages and documents')
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if not line.strip() or line.startswith('#'):
                continue
            kind, _, name = line.strip().partition(' ')
            if kind not in names or not name.strip():
                raise InputError(f"{path}, line {number}: expected 'package NAME' or "
                                 f"'document NAME', got {line!r}")
            names[kind].add(name.strip())
    return Refusals(frozenset(names['package']), frozenset(names['document']))
